"""Run the integration's programs from a process that has loaded the framework.

Loading it takes longer than most of what tests have programs do. Each program is a
process of its own all the same, and runs its unmodified entry point.
"""

import asyncio
import multiprocessing
import os
import runpy
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

import sandbox.sail

# Only what belongs to others: our own rooms are loaded as a program loads them.
LIBRARIES = ["port_ocean.cli.cli", "port_ocean.ocean", "port_ocean.run", "redis"]
WARM = multiprocessing.get_context("forkserver")
WARM.set_forkserver_preload(LIBRARIES)


class WarmProgram:
    """A program that runs: a script's path or `-m` and a module, then its arguments."""

    def __init__(
        self, words: list[str], environment: Mapping[str, str], path: Path, log: str
    ) -> None:
        """Start it in a folder; it adds its output to the log."""
        sys.audit("subprocess.Popen", words, None, None, None)
        own = (words, dict(environment), str(path), log)
        self._process = WARM.Process(target=become, args=own)
        self._process.start()

    @property
    def pid(self) -> int:
        """Return the number of the process."""
        return self._process.pid or 0

    @property
    def returncode(self) -> int | None:
        """Return the exit status, None while it runs."""
        return self._process.exitcode

    def terminate(self) -> None:
        """Ask it to end."""
        self._process.terminate()

    def kill(self) -> None:
        """End it."""
        self._process.kill()

    async def wait(self) -> int:
        """Wait for its end; return the exit status."""
        ended, loop = asyncio.Event(), asyncio.get_running_loop()
        loop.add_reader(self._process.sentinel, ended.set)
        try:
            await ended.wait()
        finally:
            loop.remove_reader(self._process.sentinel)
        self._process.join()
        return self._process.exitcode or 0


def become(words: list[str], environment: dict[str, str], path: str, log: str) -> None:
    """Be the program in this process: its settings, its folder and its output."""
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(path)
    with open(log, "ab") as output, open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
        for stream in (1, 2):
            os.dup2(output.fileno(), stream)
    sys.path.insert(0, path)
    if words[0] == "-m":
        sys.argv = words[1:]
        runpy.run_module(words[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = words
        runpy.run_path(words[0], run_name="__main__")


async def start(
    environment: Mapping[str, str],
    log: IO[bytes],
    path: Path = sandbox.sail.ROOT,
    program: Sequence[str] = sandbox.sail.PROGRAM,
) -> WarmProgram:
    """Start a program with these settings and no others."""
    words = [word for word in program if word != sys.executable]
    settings = sandbox.sail.settings_only(environment)
    return WarmProgram(words, settings, path, log.name)


sail = partial(sandbox.sail.sail, start=start)
serving = partial(sandbox.sail.serving, start=start)


async def run(
    program: Sequence[str], environment: Mapping[str, str], path: Path
) -> tuple[int, str]:
    """Run a program in a folder to its end; return its exit status and output."""
    words = [word for word in program if word != sys.executable]
    with NamedTemporaryFile() as log:
        process = WarmProgram(words, environment, path, log.name)
        try:
            async with asyncio.timeout(sandbox.sail.TIMEOUT_SECONDS):
                status = await process.wait()
        finally:
            process.kill()
        return status, log.read().decode(errors="replace")
