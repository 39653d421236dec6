"""A campaign over the second door: Port posts while processes are killed.

Two processes take posts. Some posts find nobody there, some come to both. What must
hold is the same as in the other campaigns.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from random import Random
from tempfile import NamedTemporaryFile
from typing import IO

import httpx

from actions.parsing import PATH
from sandbox.company import Item, build_company
from sandbox.live import LIVE, free_port
from sandbox.port.posting import signed
from sandbox.port.runs import Kept
from sandbox.sail import PROGRAM, ROOT, Process
from sandbox.servers import LOOPBACK, Stands, serve
from tests.actions.campaign import Result, break_things, ended, judge, wanted
from tests.actions.running import WORKER
from tests.test_end_to_end import SMALL
from tests.warm import start

SECRET = "sandbox-secret"
TIMEOUT = "OCEAN__ACTIONS_PROCESSOR__VISIBILITY_TIMEOUT_MS"
SETTINGS = {
    **LIVE,
    "OCEAN__INTEGRATION__CONFIG__ACTIONS_BY_WEBHOOK": "true",
    TIMEOUT: WORKER[TIMEOUT],
}
# So many are posted one after the other, and every so manieth to both processes.
AT_ONCE, REPEATED = 5, 4
# A post that did not arrive is ended after two leases, of four time-outs each.
PATIENCE_SECONDS = 90.0


class Doors:
    """Two processes that take posts, either of which may be killed."""

    def __init__(self, stands: Stands, log: IO[bytes]) -> None:
        self._settings = {**stands.environment(), **SETTINGS}
        self._log = log
        self._ports = (free_port(), free_port())
        self._processes: dict[int, Process] = {}

    async def open(self, number: int) -> None:
        """Start a process, and wait until it takes posts."""
        port = self._ports[number]
        own = {"APPLICATION__PORT": str(port), "OCEAN__BASE_URL": self._address(number)}
        settings = {**self._settings, **own}
        self._processes[number] = await start(settings, self._log, ROOT, PROGRAM)
        # What is not signed is refused as soon as there is a door.
        while await self.post(number, b"{}", {}) != 401:  # noqa: ASYNC110
            await asyncio.sleep(0.1)

    async def kill(self, number: int) -> None:
        """End a process at once."""
        self._processes[number].kill()
        await self._processes[number].wait()

    async def post(self, number: int, content: bytes, headers: Item) -> int:
        """Post as Port does; return the status, 0 if nobody was there."""
        url = f"{self._address(number)}/integration{PATH}"
        async with httpx.AsyncClient(timeout=30.0) as http:
            with suppress(httpx.HTTPError):
                return (
                    await http.post(url, content=content, headers=headers)
                ).status_code
        return 0

    def _address(self, number: int) -> str:
        return f"http://{LOOPBACK}:{self._ports[number]}"


@asynccontextmanager
async def opened(stands: Stands) -> AsyncIterator[Doors]:
    """Run two processes until the context ends."""
    with NamedTemporaryFile() as log:
        doors = Doors(stands, log)
        try:
            for number in range(2):
                await doors.open(number)
            yield doors
        finally:
            for number in doors._processes:
                await doors.kill(number)


async def campaign(runs: int, kills: int, seed: int = 1) -> Result:
    """Post so many runs, kill so many times, and say what became of it."""
    random, result = Random(seed), Result(runs=runs, kills=kills)
    async with serve(build_company(size=SMALL)) as stands, opened(stands) as doors:
        started = time.monotonic()
        break_things(stands, runs, random)
        asked: list[Kept] = []
        fatal = {runs * (kill + 1) // (kills + 1) // AT_ONCE for kill in range(kills)}
        for batch in range(-(-runs // AT_ONCE)):
            numbers = range(runs)[batch * AT_ONCE :][:AT_ONCE]
            if batch in fatal:
                await doors.kill(batch % 2)
            asked += [await _post(stands, doors, number) for number in numbers]
            if batch in fatal:
                await doors.open(batch % 2)
            # More would have to wait for too long.
            await ended(asked, len(asked) - 2 * AT_ONCE, PATIENCE_SECONDS)
        await ended(asked, len(asked), PATIENCE_SECONDS)
        judge(stands.jira, asked, result)
        result.seconds = time.monotonic() - started
    return result


async def _post(stands: Stands, doors: Doors, number: int) -> Kept:
    """Post a run to one process, and perhaps to both at the same time."""
    kept, body = stands.port.state.runs.post(*wanted(number))
    content, headers = signed(body, SECRET)
    places = (0, 1) if number % REPEATED == 0 else (number % 2,)
    await asyncio.gather(*(doors.post(place, content, headers) for place in places))
    return kept
