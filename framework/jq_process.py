"""The way to the process that runs jq, which is started when it is first needed.

It gets none of the environment unless that is allowed, and ends with this process.
"""

import asyncio
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection, Pipe
from pathlib import Path

from framework.jq_worker import READY

WORKER = Path(__file__).with_name("jq_worker.py")
# What decides how dates and texts are written, or where Python's libraries are.
PASSED_ON = ("TZ", "LANG", "LC_ALL", "LD_LIBRARY_PATH")


class JqProcess:
    """Starts the worker, asks it, and starts another one after it was ended."""

    def __init__(self, *, environment: bool) -> None:
        self._environment = environment
        self._worker: _Worker | None = None
        # Requests wait for each other here, and nothing else of the process for them.
        self._thread = ThreadPoolExecutor(1, "jq")

    async def ask(self, *messages: bytes) -> bytes | None:
        """Return the reply, None if the worker was ended instead.

        Raises RuntimeError if it can't be started.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._ask, messages)

    def _ask(self, messages: tuple[bytes, ...]) -> bytes | None:
        if self._worker is None:
            self._worker = _Worker(environment=self._environment)
        reply = self._worker.ask(messages)
        if reply is None:
            self.close()
        return reply

    def close(self) -> None:
        """End the worker, whatever it does."""
        worker, self._worker = self._worker, None
        if worker:
            worker.close()


class _Worker:
    """A running worker and the connection to it."""

    def __init__(self, *, environment: bool) -> None:
        self._connection, theirs = Pipe()
        known = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-I", str(WORKER), str(theirs.fileno())),
                "environment" if environment else "none",
            ],
            pass_fds=[theirs.fileno()],
            env=dict(os.environ) if environment else known,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for us alone
        )
        theirs.close()
        if _received(self._connection) != READY:
            self.close()
            raise RuntimeError("the process that runs jq can't be started")

    def ask(self, messages: tuple[bytes, ...]) -> bytes | None:
        try:
            for message in messages:
                self._connection.send_bytes(message)
        except OSError:
            return None
        return _received(self._connection)

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        self._connection.close()


def _received(connection: Connection) -> bytes | None:
    try:
        return connection.recv_bytes()
    except (EOFError, OSError):
        return None
