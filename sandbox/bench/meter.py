"""Run a program and measure what it and all its descendants cost."""

import os
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, Self

import psutil

# Often enough to see the processes that live for one batch only.
SAMPLE_SECONDS = 0.2
# A large resync by the stock path takes a quarter of an hour; a hanging one must end.
TIMEOUT_SECONDS = 3600.0
MEGABYTE = 1e6


@dataclass(frozen=True)
class Cost:
    """What a program took: time, the processors' time, memory at its peak."""

    seconds: float
    cpu_seconds: float
    megabytes: float


class PeakMemory:
    """Watches a process and its descendants; shared pages count once."""

    def __init__(self, pid: int) -> None:
        self.megabytes = 0.0
        self._root = psutil.Process(pid)
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(SAMPLE_SECONDS):
            self.megabytes = max(self.megabytes, self.now())

    def now(self) -> float:
        """Return the megabytes of this moment."""
        total = 0.0
        try:
            for process in (self._root, *self._root.children(recursive=True)):
                total += _own_memory(process)
        except psutil.NoSuchProcess:
            pass  # it has ended meanwhile
        return total / MEGABYTE


def _own_memory(process: Any) -> float:
    try:
        memory = process.memory_full_info()
    except psutil.NoSuchProcess:
        return 0.0
    # Linux shares what forked processes have in common; elsewhere only theirs counts.
    return float(getattr(memory, "pss", memory.uss))


def cpu_seconds_of(pid: int) -> float:
    """Return the processors' time that a running process has taken so far."""
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def run(
    program: Sequence[str], environment: Mapping[str, str], folder: Path
) -> tuple[int, Cost, str]:
    """Run a program to its end; return its status, its cost and its log."""
    with TemporaryFile() as log:
        started = time.monotonic()
        process = subprocess.Popen(
            program,
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        guard = threading.Timer(TIMEOUT_SECONDS, process.kill)
        guard.start()
        try:
            with PeakMemory(process.pid) as memory:
                # The only call that tells the time of descendants, too.
                _, waited, usage = os.wait4(process.pid, 0)
        finally:
            guard.cancel()
        seconds = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(waited)
        log.seek(0)
        text = log.read().decode(errors="replace")
    cost = Cost(seconds, usage.ru_utime + usage.ru_stime, memory.megabytes)
    return process.returncode, cost, text
