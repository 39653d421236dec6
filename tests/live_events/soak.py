"""Run the integration for a long time while everything around it fails.

Genuine and forged events come without a break. Vendors and Port answer nonsense, and
the process is stopped and killed. Again and again all is well for a while: then the
catalog has to become what the vendors hold. Nothing but loopback is used.
"""

import argparse
import asyncio
import copy
import shutil
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import cycle
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import httpx
import psutil

import sandbox.sail
from sandbox.company import build_company
from sandbox.events import Emitter
from sandbox.servers import serve
from tests.live_events.adversity import Faults, LoggedStorm
from tests.live_events.running import BRIEF, PATIENCE_SECONDS
from tests.live_events.soak_report import Calm, Report
from tests.live_events.storm import Post
from tests.live_events.test_outages import System
from tests.live_events.test_storm import complaints, facts
from tests.test_end_to_end import SMALL

LOOK_SECONDS = 15
SETTINGS = {"OCEAN__INTEGRATION__CONFIG__INCREMENTAL_LOOK_SECONDS": str(LOOK_SECONDS)}
# Jira posts so many at once, and fewer come than the integration processes.
AT_ONCE, IN_A_BURST, PAUSE_SECONDS = 20, 100, 0.06
# Faults last so long in one go. In the first half each go ends with the process.
ROUGH_SECONDS = 30.0
# A retry waits for five minutes at most, and it may fail because of another one.
CALM_SECONDS = 400.0
# Idle connections are closed meanwhile, and every lost event was looked for.
LOOKS_AFTER_CALM = 2


class Campaign:
    """A storm, faults, and a process that is ended and started again."""

    def __init__(self, system: System, storm: LoggedStorm, report: Report) -> None:
        self._system, self._storm, self._report = system, storm, report
        self._stands = system.stands
        self._faults = Faults(self._stands)
        report.faults = self._faults.happened
        self._life, self._is_calm, self._well_since = 1, False, 0.0

    async def run(self) -> None:
        """End the process again and again for half of the time, then let it live."""
        began, seconds = time.monotonic(), self._report.minutes * 60
        for is_kill in cycle((True, False)):
            async with self._sending():
                await self._fail()
                await self._end(is_kill)
                await self._fail()
            await self._recover()
            if time.monotonic() - began > seconds / 2:
                break
        while time.monotonic() - began < seconds:
            async with self._sending():
                await self._fail()
            await self._recover()
        await self._compare()

    async def _fail(self) -> None:
        try:
            async with asyncio.timeout(ROUGH_SECONDS):
                await self._faults.happen()
        except TimeoutError:
            self._well_since = time.monotonic()
            assert self._process().is_running()

    async def _end(self, is_kill: bool) -> None:
        """End the process while events come, and start it again."""
        children = self._process().children(recursive=True)
        await self._system.stop(kill=is_kill)
        self._report.ends["SIGKILL" if is_kill else "SIGTERM"] += 1
        self._stands.port.integrations["sandbox"]["resyncState"] = {}
        await self._system.start(**SETTINGS)
        self._life += 1
        await self._system.until(self._system.is_filled)
        assert not [child for child in children if child.is_running()]

    @asynccontextmanager
    async def _sending(self) -> AsyncIterator[None]:
        self._is_calm = False
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._send_all())
            yield
            self._is_calm = True

    async def _send_all(self) -> None:
        """Send what happens until it is calm; nothing that happened stays untold."""
        turn = asyncio.Semaphore(AT_ONCE)
        async with asyncio.TaskGroup() as tasks:
            while not self._is_calm:
                for post in self._storm.posts(IN_A_BURST):
                    await turn.acquire()
                    task = tasks.create_task(self._send(post))
                    task.add_done_callback(lambda _: turn.release())
                    await asyncio.sleep(PAUSE_SECONDS)

    async def _send(self, post: Post) -> None:
        """Post as the vendor does: Jira tries again, Octopus does not."""
        is_again = "jira" in post.url and not post.is_forged
        while True:
            answer = await self._answer(post)
            sort = "forged" if post.is_forged else "genuine"
            self._report.sent[f"{sort} {answer}"] += 1
            if answer == "200" or not is_again:
                return
            await asyncio.sleep(1)

    async def _answer(self, post: Post) -> str:
        try:
            reply = await self._system.http.post(
                post.url, content=post.body, headers=post.headers
            )
            return str(reply.status_code)
        except httpx.TransportError:
            return "none"

    async def _recover(self) -> None:
        """Wait until the catalog is right, and measure."""
        await self._until(self._is_right)
        seconds = time.monotonic() - self._well_since
        looks = self._looks() + LOOKS_AFTER_CALM
        await self._until(lambda: self._has_looked(looks))
        process = self._process()
        memory = process.memory_full_info().uss / 1e6
        calm = Calm(self._life, seconds, memory, process.num_fds())
        self._report.calms.append(calm)
        print(calm, flush=True)

    async def _is_right(self) -> bool:
        return not complaints(self._stands) and await self._system.is_done()

    async def _has_looked(self, number: int) -> bool:
        return self._looks() >= number

    def _looks(self) -> int:
        return self._stands.octopus.faults.by_pattern["GET /api/events"]

    def _process(self) -> psutil.Process:
        assert self._system.process is not None
        return psutil.Process(self._system.process.pid)

    async def _until(self, condition: Callable[[], Any]) -> None:
        """Wait for what the integration brings about."""
        try:
            async with asyncio.timeout(CALM_SECONDS):
                while not await condition():  # noqa: ASYNC110
                    await asyncio.sleep(0.5)
        except TimeoutError:
            wrong = complaints(self._stands)
            raise AssertionError(f"{wrong}; see {self._system.log}") from None

    async def _compare(self) -> None:
        """Compare what the events brought with what a fresh resync brings."""
        live = facts(copy.deepcopy(self._stands.port.entities))
        await self._system.stop()
        voyage = await sandbox.sail.sail(self._stands.environment())
        assert voyage.status == 0, voyage.log[-3000:]
        truth = facts(self._stands.port.entities)
        self._report.differences = [
            (key, live.get(key), truth.get(key))
            for key in live.keys() | truth.keys()
            if live.get(key) != truth.get(key)
        ]


async def run(minutes: float, folder: Path) -> Report:
    """Run a campaign of about so many minutes, with the log in a folder."""
    report = Report(minutes)
    async with (
        serve(build_company(size=SMALL)) as stands,
        httpx.AsyncClient(timeout=PATIENCE_SECONDS, limits=BRIEF) as http,
    ):
        emit, start = Emitter(stands, http), sandbox.sail.start
        system = System(stands, http, emit, folder / "log", launch=start)
        try:
            await system.start(**SETTINGS)
            await system.until(system.is_filled)
            await Campaign(system, LoggedStorm(stands), report).run()
        finally:
            if system.process:
                await system.stop()
    return report


def main() -> None:
    """Run a campaign from the command line."""
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0)
    minutes = parser.parse_args().minutes
    folder = Path(mkdtemp(prefix="soak-"))
    report = asyncio.run(run(minutes, folder))
    print(*report.lines(), *report.failures(), sep="\n")
    if report.failures():
        sys.exit(f"The log is {folder / 'log'}")
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
