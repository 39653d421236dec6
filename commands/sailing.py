"""Run the integration for one resync; keep its log, and show how far it is."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path
from tempfile import gettempdir
from typing import IO

from rich.console import Console
from rich.status import Status

from commands.line import ROOT
from framework.summary import REPORT_FILE, SYNCED

OCEAN = Path(sys.executable).with_name("ocean")
LISTENER = "OCEAN__EVENT_LISTENER"
LOG_NAME = "resync.log"
# Our own line of a kind that has come, and the framework's of one that begins.
DONE = re.compile(rf"\| INFO +\| {SYNCED}(.+)$")
# What a service says that people want to know. The framework's warnings at each start,
# end and refusal are not part of it: refusals are named by us.
TOLD = re.compile(
    rf"\| (?:INFO +\| (?:{SYNCED}|(?=The resync is |Live events|Jira sends|Octopus))"
    r"|(?:WARNING|ERROR) +\| (?!No base URL|Execution|Shutting down|Bulk upsert))(.+)$"
)
BEGUN = re.compile(r"\| INFO +\| Starting processing resource (\S+) with index")
# Enough to see why a program ended that should not have.
LAST_LINES = 8


def log_file(name: str = LOG_NAME) -> Path | None:
    """Return where a log can be kept: here, or else where files may be written.

    None, and a line that says so, if nothing can be written anywhere.
    """
    wrong: OSError | None = None
    for folder in _folders():
        file = folder / name
        try:
            file.open("a").close()
        except OSError as error:
            wrong = wrong or error
        else:
            return file
    print(f"No log can be kept ({wrong}), so everything is shown here.", flush=True)
    return None


def _folders() -> Iterator[Path]:
    yield ROOT
    with suppress(OSError):  # there may be none
        yield Path(gettempdir())


def serve(log: Path) -> int:
    """Run as a service until it is stopped; return the exit status.

    The screen has what people want to know, and the file has everything.
    """
    with log.open("w", encoding="utf-8") as kept, _start(os.environ) as process:
        asked = stoppable(process)
        print(f"It runs until Ctrl-C. Log: {log}", flush=True)
        follow(process.stdout or (), kept, verbose=False, told=TOLD)
        status = process.wait()
    if asked:
        return 0
    print(f"It ended with status {status}:\n{last_lines(log)}\nLog: {log}", flush=True)
    return status


def sail(report: Path, log: Path | None, *, verbose: bool) -> int:
    """Run one resync; return the exit status. The program writes a report.

    What it logs goes to a file, and to the screen if that is asked for, or without one.
    """
    parts = f"{LISTENER}__"
    usual = {k: v for k, v in os.environ.items() if not k.upper().startswith(parts)}
    # All of it, since what a file .env says of the rest would still count.
    once = {LISTENER: '{"type":"ONCE","should_resync":true}'}
    settings = {**usual, **once, REPORT_FILE: str(report)}
    file = log or Path(os.devnull)
    with file.open("w", encoding="utf-8") as kept, _start(settings) as process:
        asked = stoppable(process)
        follow(process.stdout or (), kept, verbose=verbose or log is None)
        status = process.wait()
    if signal.SIGINT in asked:
        raise KeyboardInterrupt
    return status


def _start(environment: Mapping[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [OCEAN, "sail", "."],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )


def stoppable(process: subprocess.Popen[str]) -> list[int]:
    """Stop a program when this one is to stop; return a list of what was asked.

    So the integration can still report to Port that it was stopped.
    """
    asked: list[int] = []

    def stop(number: int, _: object) -> None:
        asked.append(number)
        process.terminate()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    return asked


def follow(
    lines: Iterable[str],
    kept: IO[str],
    *,
    verbose: bool,
    told: re.Pattern[str] = DONE,
) -> None:
    """Keep each line; show all of them, or else what is worth telling."""
    console = Console(highlight=False)
    shown: AbstractContextManager[Status | None] = nullcontext()
    if told is DONE and not verbose and console.is_terminal:
        shown = console.status("starting")
    with shown as status:
        for line in lines:
            kept.write(line)
            kept.flush()
            if verbose:
                print(line, end="", flush=True)
            elif found := told.search(line):
                console.print(found[1], markup=False, soft_wrap=True)
            elif status and (begun := BEGUN.search(line)):
                status.update(begun[1])


def last_lines(log: Path) -> str:
    """Return the end of a log."""
    lines = log.read_text("utf-8", "replace").splitlines()
    return "\n".join(f"    {line}" for line in lines[-LAST_LINES:])
