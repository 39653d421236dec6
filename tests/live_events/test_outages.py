"""What was accepted is done: Port fails, the process is stopped, the process dies."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from sandbox.company import Item, build_company
from sandbox.company.base import jira_time
from sandbox.events import Emitter
from sandbox.live import free_port
from sandbox.sail import PROGRAM, ROOT, Process, Start
from sandbox.servers import Stands, serve
from tests.live_events.running import BRIEF, PATIENCE_SECONDS
from tests.test_end_to_end import SMALL
from tests.waiting import until
from tests.warm import start

# One set of stand-ins serves all of these tests, one after the other.
pytestmark = [
    pytest.mark.process,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.xdist_group("outages"),
]

BULK = "/entities/bulk"
FEW = 3
ODD: list[dict[str, Any]] = [
    {"status": 500},
    {"status": 400},
    {"status": 404},
    {"status": 422},
    {"status": 200, "body": "<html>welcome</html>"},
]
WITHOUT_RESYNCS = {"OCEAN__EVENT_LISTENER": '{"type":"WEBHOOKS_ONLY"}'}


@dataclass
class System:
    """Stand-ins, and the integration that is started and stopped beside them."""

    stands: Stands
    http: httpx.AsyncClient
    emit: Emitter
    # The output of every start.
    log: Path
    launch: Start = start
    process: Process | None = None
    port: int = 0
    number: int = 0

    async def start(self, **settings: str) -> None:
        """Start the integration with live events, alone; wait until it is ready."""
        if self.process:
            await self.stop()
        self.port = self.port or free_port()
        own = {
            "APPLICATION__PORT": str(self.port),
            "OCEAN__BASE_URL": f"http://127.0.0.1:{self.port}",
            "OCEAN__EVENT_LISTENER": '{"type":"POLLING"}',
        }
        settings = {**own, **self.stands.environment(), **settings}
        with self.log.open("ab") as log:
            self.process = await self.launch(settings, log, ROOT, PROGRAM)
        await self.until(self._is_ready)

    async def _is_ready(self) -> bool:
        try:
            url = f"http://127.0.0.1:{self.port}/health/ready"
            return (await self.http.get(url)).is_success
        except httpx.TransportError:
            return False

    async def stop(self, *, kill: bool = False) -> None:
        assert self.process is not None
        if kill:
            self.process.kill()
        else:
            self.process.terminate()
        await self.process.wait()
        self.process = None

    async def until(self, condition: Any) -> None:
        await until(condition, self.log, PATIENCE_SECONDS)

    def edit(self, count: int) -> dict[str, str]:
        """Edit some issues at Jira; return their new titles by key."""
        self.number += 1
        jira, catalog = self.stands.jira, self.stands.port.entities["jiraIssue"]
        issues = jira.collections["issue"].values()
        edited = [i for i in issues if i["key"] in catalog][:count]
        now = jira_time(self.stands.company.present())
        wanted = {}
        for issue in edited:
            title = f"Edit {self.number} of {issue['key']}"
            fields = {**issue["fields"], "summary": title, "updated": now}
            jira.put("issue", issue["id"], {**issue, "fields": fields})
            wanted[issue["key"]] = title
        return wanted

    async def tell(self, wanted: dict[str, str]) -> None:
        """Send the live events of edited issues."""
        issues = self.stands.jira.collections["issue"].values()
        named = [{k: i[k] for k in ("id", "key")} for i in issues if i["key"] in wanted]
        for issue in named:
            await self.emit.jira("jira:issue_updated", issue=issue)

    async def waiting(self) -> int:
        """Return how many events wait for a retry."""
        url = f"http://127.0.0.1:{self.port}/metrics"
        told = (await self.http.get(url)).text
        (number,) = re.findall(r"^live_events_waiting_for_retry (\d+)", told, re.M)
        return int(number)

    async def are_waiting(self) -> bool:
        """Return whether some do; a look may bring more than a test has told."""
        return await self.waiting() >= FEW

    async def is_done(self) -> bool:
        return not await self.waiting()

    async def is_filled(self) -> bool:
        """Return whether the resync of a start is done."""
        known = self.stands.port.integrations.get("sandbox", {})
        return bool(known.get("resyncState", {}).get("status") == "completed")

    def missing(self, wanted: dict[str, str]) -> list[str]:
        catalog: dict[str, Item] = self.stands.port.entities["jiraIssue"]
        return [key for key, title in wanted.items() if catalog[key]["title"] != title]

    async def arrived(self, wanted: dict[str, str]) -> None:
        async def have_arrived() -> bool:
            return not self.missing(wanted)

        await self.until(have_arrived)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def system(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    log = tmp_path_factory.mktemp("outages") / "log"
    async with (
        serve(build_company(size=SMALL)) as stands,
        httpx.AsyncClient(timeout=PATIENCE_SECONDS, limits=BRIEF) as http,
    ):
        system = System(stands, http, Emitter(stands, http), log)
        try:
            await system.start()
            await system.until(system.is_filled)
            yield system
        finally:
            if system.process:
                await system.stop()


async def test_c3_a_failure_of_port_costs_no_change(system: System) -> None:
    faults = system.stands.port.state.faults
    for odd in ODD:
        # The first event comes alone; those behind it are written together.
        faults.add(path=BULK, times=1, skip=1, **odd)
        wanted = system.edit(25)
        await system.tell(wanted)
        await system.arrived(wanted)
        assert faults.rules == []


async def test_what_port_can_not_take_waits_until_it_can(system: System) -> None:
    faults = system.stands.port.state.faults
    # The first look may have come before the blueprints did.
    await system.until(system.is_done)
    faults.add(path="/entities", method="POST", times=None, status=500)
    wanted = system.edit(FEW)
    await system.tell(wanted)

    await system.until(system.are_waiting)
    faults.clear()
    await system.arrived(wanted)
    await system.until(system.is_done)


async def test_c4b_a_stopped_process_finishes_what_it_accepted(system: System) -> None:
    wanted = system.edit(60)
    assert len(wanted) > 30
    await system.tell(wanted)
    await system.stop()
    assert system.missing(wanted) == []


async def test_c4_what_a_killed_process_had_accepted_is_found_at_the_start(
    system: System,
) -> None:
    await system.start(**WITHOUT_RESYNCS)
    port, octopus = system.stands.port, system.stands.octopus
    port.state.faults.latency_seconds = 5.0
    wanted = system.edit(60)
    await system.tell(wanted)
    await system.stop(kill=True)
    port.state.faults.latency_seconds = 0.0
    assert len(system.missing(wanted)) > len(wanted) / 2
    name = next(iter(port.entities["octopusMachine"]))
    machine = {**octopus.collections["machines"][name], "Name": "Renamed"}
    octopus.put("machines", name, machine)
    pattern = next(iter(octopus.collections["events"].values()))
    event = {
        **pattern,
        "Id": "Events-90001",
        "Category": "Modified",
        "SpaceId": machine["SpaceId"],
        "Occurred": system.stands.company.present().isoformat(),
        "RelatedDocumentIds": [name],
        "MessageReferences": [{"ReferencedDocumentId": name}],
        "ChangeDetails": {"DocumentContext": None},
    }
    octopus.put("events", event["Id"], event)

    await system.start(**WITHOUT_RESYNCS)
    await system.arrived(wanted)

    async def is_renamed() -> bool:
        return bool(port.entities["octopusMachine"][name]["title"] == "Renamed")

    await system.until(is_renamed)
    kinds = {kind for _, kind, _ in port.state.integrations.cursors}
    assert kinds == {"live-events-jira", "live-events-octopus-deploy"}
    assert port.unknown_routes == []
