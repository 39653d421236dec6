"""Run the unmodified `ocean sail` as a program of its own."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Any, Protocol

# In Ocean's repository, the stand-ins are further below it.
ROOT = next(p for p in Path(__file__).resolve().parents if (p / "main.py").is_file())
OCEAN = Path(sys.executable).with_name("ocean")
PROGRAM = (str(OCEAN), "sail", ".")
UNREGISTER = (sys.executable, "-m", "commands.unregister")
# A resync of the sandbox takes seconds; a hanging one must end with a readable log.
TIMEOUT_SECONDS = 120.0
ONCE = {"OCEAN__EVENT_LISTENER": '{"type":"ONCE"}'}


@dataclass(frozen=True)
class Voyage:
    """How a run of the integration ended."""

    status: int
    seconds: float
    log: str


class Process(Protocol):
    """What is needed of `asyncio.subprocess.Process`."""

    @property
    def pid(self) -> int: ...
    @property
    def returncode(self) -> int | None: ...
    def terminate(self) -> None: ...
    def kill(self) -> None: ...
    async def wait(self) -> int: ...


# Starts a program with these settings and no others, a log, and a folder to run in.
type Start = Callable[
    [Mapping[str, str], IO[bytes], Path, Sequence[str]], Awaitable[Process]
]


def settings_only(environment: Mapping[str, str]) -> dict[str, str]:
    """Return these settings for one resync, and nothing else that is set by chance."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    # No port of its own to collide with another run: the system picks a free one.
    return {**kept, "APPLICATION__PORT": "0", **ONCE, **environment}


async def start(
    environment: Mapping[str, str],
    log: IO[bytes],
    path: Path = ROOT,
    program: Sequence[str] = PROGRAM,
    *,
    user: int | None = None,
) -> Process:
    """Start the integration with these settings and no others.

    A `user` other than the own one is put into group 0 alone, as OpenShift does.
    """
    other: dict[str, Any] = {"user": user, "group": 0, "extra_groups": []}
    return await asyncio.create_subprocess_exec(
        *program,
        cwd=path,
        env=settings_only(environment),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        **(other if user is not None else {}),
    )


async def sail(
    environment: Mapping[str, str],
    *,
    path: Path = ROOT,
    program: Sequence[str] = PROGRAM,
    start: Start = start,
) -> Voyage:
    """Run one resync to its end and return the log; a run that hangs has status -1."""
    with NamedTemporaryFile() as log:
        started = time.monotonic()
        process = await start(environment, log, path, program)
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                status = await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
            status = -1
        seconds = time.monotonic() - started
        log.seek(0)
        return Voyage(status, seconds, log.read().decode(errors="replace"))


@asynccontextmanager
async def serving(
    environment: Mapping[str, str],
    port: int,
    *,
    program: Sequence[str] = PROGRAM,
    start: Start = start,
) -> AsyncIterator[Path]:
    """Run the integration as a service on a port, with live events; yield its log."""
    own = {
        "APPLICATION__PORT": str(port),
        "OCEAN__BASE_URL": f"http://127.0.0.1:{port}",
        "OCEAN__EVENT_LISTENER": '{"type":"POLLING"}',
    }
    with NamedTemporaryFile() as log:
        process = await start({**own, **environment}, log, ROOT, program)
        try:
            yield Path(log.name)
        finally:
            with suppress(ProcessLookupError):
                process.terminate()
            await process.wait()
