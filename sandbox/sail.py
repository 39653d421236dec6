"""Run the unmodified `ocean sail` as a program of its own."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryFile
from typing import IO, Any

ROOT = Path(__file__).resolve().parent.parent
OCEAN = Path(sys.executable).with_name("ocean")
PROGRAM = (str(OCEAN), "sail", ".")
# A resync of the sandbox takes seconds; a hanging one must end with a readable log.
TIMEOUT_SECONDS = 120.0
ONCE = {"OCEAN__EVENT_LISTENER": '{"type":"ONCE"}'}


@dataclass(frozen=True)
class Voyage:
    """How a run of the integration ended."""

    status: int
    seconds: float
    log: str


async def sail(
    environment: Mapping[str, str],
    *,
    path: Path = ROOT,
    program: Sequence[str] = PROGRAM,
    user: int | None = None,
) -> Voyage:
    """Run one resync to its end and return the log; a run that hangs has status -1.

    A `user` other than the own one is put into group 0 alone, as OpenShift does.
    """
    with TemporaryFile() as log:
        started = time.monotonic()
        process = await start(environment, log, path=path, program=program, user=user)
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
    environment: Mapping[str, str], port: int, *, program: Sequence[str] = PROGRAM
) -> AsyncIterator[Path]:
    """Run the integration as a service on a port, with live events; yield its log."""
    own = {
        "APPLICATION__PORT": str(port),
        "OCEAN__BASE_URL": f"http://127.0.0.1:{port}",
        "OCEAN__EVENT_LISTENER": '{"type":"POLLING"}',
    }
    with NamedTemporaryFile() as log:
        process = await start({**own, **environment}, log, program=program)
        try:
            yield Path(log.name)
        finally:
            with suppress(ProcessLookupError):
                process.terminate()
            await process.wait()


async def run_script(name: str, environment: Mapping[str, str]) -> tuple[int, str]:
    """Run one of the integration's own scripts to its end; return status and output."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        name,
        cwd=ROOT,
        env={**kept, **environment},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(TIMEOUT_SECONDS):
        output, _ = await process.communicate()
    return process.returncode or 0, output.decode(errors="replace")


def settings_only(environment: Mapping[str, str]) -> dict[str, str]:
    """Return these settings for one resync, and nothing else that is set by chance."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    # No port of its own to collide with another run: the system picks a free one.
    return {**kept, "APPLICATION__PORT": "0", **ONCE, **environment}


async def start(
    environment: Mapping[str, str],
    log: IO[bytes],
    *,
    path: Path = ROOT,
    program: Sequence[str] = PROGRAM,
    user: int | None = None,
) -> asyncio.subprocess.Process:
    """Start the integration with these settings and no others."""
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
