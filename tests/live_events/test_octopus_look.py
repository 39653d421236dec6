"""What Octopus sent no event for is found once, and processed like a live event."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from loguru import logger

from client import ApiClient
from core.types import Item
from framework.known_event import KnownEvent
from live_events.looks import Looks
from live_events.octopus_look import OctopusLook
from live_events.retry import Retries
from live_events.service import OCTOPUS_GRACE, OCTOPUS_OVERLAP
from live_events.watched_tasks import ENDED
from sandbox.company import Company
from sandbox.octopus import OctopusSandbox
from tests.live_events.test_looks import Store

UNKNOWN = "NoSuchCategory"
CATEGORIES = frozenset({"Modified", "Created", "DeploymentFailed", UNKNOWN})


class Receiver:
    """Receive what was found, and know what was processed before."""

    def __init__(self) -> None:
        self.bodies: list[Item] = []
        self.processed: set[str] = set()
        self.forgets = False
        self.breaks_on = ""

    async def process(self, event: KnownEvent) -> None:
        told = event.payload["Payload"]["Event"]
        self.bodies.append(told)
        if not self.forgets:
            self.processed.add(told["Id"])

    async def was_missed(self, body: Item) -> bool:
        id_ = body["Payload"]["Event"]["Id"]
        if id_ == self.breaks_on:
            raise RuntimeError("this event breaks us")
        return id_ not in self.processed


class Looking:
    """Looks through one server, as a process that serves live events does."""

    def __init__(self, api: ApiClient, receiver: Receiver) -> None:
        self.store = Store()
        self.looks = Looks(
            "Octopus Deploy",
            OctopusLook(api, "/octopus", CATEGORIES, receiver.was_missed),
            api.clock,
            overlap=OCTOPUS_OVERLAP,
            grace=OCTOPUS_GRACE,
        )
        self.looks._since = datetime.now(UTC)
        self._process = receiver.process

    async def look(self) -> int:
        return await self.looks.look(self.store, Retries(), self._process)


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
def looking(api: ApiClient, receiver: Receiver) -> Looking:
    return Looking(api, receiver)


@pytest.fixture
def logged() -> Iterator[list[str]]:
    """Yield what people get to read."""
    delivered: list[str] = []
    sink = logger.add(lambda message: delivered.append(str(message)), level="INFO")
    yield delivered
    logger.remove(sink)


def log(server: OctopusSandbox, number: int, age: timedelta, **fields: object) -> str:
    """Put an event into the audit log, as of some time ago."""
    pattern = next(iter(server.collections["events"].values()))
    id_, occurred = f"Events-{90_000 + number}", datetime.now(UTC) - age
    event = {**pattern, "Category": "Modified", **fields}
    event |= {"Id": id_, "Occurred": occurred.isoformat()}
    server.put("events", id_, event)
    return id_


def end_of(company: Company, server: OctopusSandbox) -> str:
    """End the task of a deployment without an event; return the deployment's id."""
    tasks = company.octopus["tasks"]
    running = next(
        d
        for d in company.octopus["deployments"].values()
        if d["TaskId"] in tasks and not tasks[d["TaskId"]]["IsCompleted"]
    )
    task = {**tasks[running["TaskId"]], "State": "Canceled", "IsCompleted": True}
    server.put("tasks", task["Id"], task)
    return str(running["Id"])


def started_ago(looking: Looking, minutes: int) -> None:
    looking.looks._since = datetime.now(UTC) - timedelta(minutes=minutes)


async def test_lost_events_are_processed_once(
    looking: Looking, receiver: Receiver, server: OctopusSandbox
) -> None:
    started_ago(looking, 10)
    later = log(server, 1, timedelta(minutes=3), SpaceId="Spaces-1")
    earlier = log(server, 2, timedelta(minutes=5), SpaceId="Spaces-2")
    log(server, 3, timedelta(minutes=5), Category="LoginSucceeded")
    assert await looking.look() >= 2
    found = [event["Id"] for event in receiver.bodies]
    assert {earlier, later} <= set(found)
    assert len(found) == len(set(found))
    receiver.bodies.clear()
    assert await looking.look() == 0


async def test_processed_and_recent_events_are_not_delivered(
    looking: Looking, receiver: Receiver, server: OctopusSandbox
) -> None:
    await looking.look()
    receiver.bodies.clear()
    started_ago(looking, 10)
    receiver.processed.add(log(server, 1, timedelta(minutes=5)))
    log(server, 2, OCTOPUS_GRACE / 2)
    await looking.look()
    ids = [event["Id"] for event in receiver.bodies]
    assert not any(id_.startswith("Events-9000") for id_ in ids)


async def test_a_task_that_ended_without_an_event_is_delivered_with_its_place(
    looking: Looking,
    receiver: Receiver,
    server: OctopusSandbox,
    company: Company,
    logged: list[str],
) -> None:
    assert await looking.look() == 0
    running = company.octopus["deployments"][end_of(company, server)]
    assert await looking.look() == 1
    (event,) = receiver.bodies
    assert event["SpaceId"] == running["SpaceId"]
    wanted = ("Id", "ProjectId", "ReleaseId", "EnvironmentId")
    assert {running[name] for name in wanted} <= set(event["RelatedDocumentIds"])
    assert await looking.look() == 0
    assert logged == []  # deployments end where all is well, too


async def test_a_task_that_waits_for_somebody_is_delivered(
    looking: Looking, receiver: Receiver, server: OctopusSandbox, company: Company
) -> None:
    approval = company.octopus["deployments"][company.cases["approval"]]
    await looking.look()
    task = company.octopus["tasks"][approval["TaskId"]]
    waiting = not task["HasPendingInterruptions"]
    server.put("tasks", task["Id"], {**task, "HasPendingInterruptions": waiting})
    assert await looking.look() == 1
    assert approval["Id"] in receiver.bodies[0]["RelatedDocumentIds"]


async def test_a_look_costs_two_requests_for_all_spaces(
    looking: Looking, server: OctopusSandbox
) -> None:
    started_ago(looking, 10)
    await looking.look()
    server.faults.forget_requests()
    for _ in range(3):
        started_ago(looking, 5)
        await looking.look()
    assert server.faults.total == 3 * 2
    assert server.faults.total + looking.store.requests <= 3 * 10
    assert not [r for r in server.faults.requests if UNKNOWN in str(r)]


@pytest.mark.parametrize("path", ["/api/events?", "/api/tasks?"])
async def test_half_a_look_that_fails_is_retried_and_disturbs_no_other(
    looking: Looking,
    receiver: Receiver,
    server: OctopusSandbox,
    company: Company,
    path: str,
) -> None:
    await looking.look()
    started_ago(looking, 10)
    lost = log(server, 1, timedelta(minutes=5))
    ended = end_of(company, server)
    away = "<html>default backend</html>"
    server.faults.add(path=re.escape(path), status=404, body=away, times=None)

    def found() -> tuple[bool, bool]:
        of_tasks = (e for e in receiver.bodies if e["Category"] == ENDED)
        documents = {id_ for e in of_tasks for id_ in e["RelatedDocumentIds"]}
        return any(e.get("Id") == lost for e in receiver.bodies), ended in documents

    before = looking.looks._since
    await looking.look()
    assert looking.looks._since == before
    assert found() == (("events" not in path), ("events" in path))
    server.faults.clear()
    await looking.look()
    assert found() == (True, True)
    assert looking.looks._since != before


@pytest.mark.parametrize(
    "odd",
    [
        {"SpaceId": None},
        {"SpaceId": "../../x"},
        {"State": None},
        {"Arguments": None},
        {"Arguments": "Deployments-1"},
    ],
)
async def test_an_odd_task_stops_no_other_and_is_logged_once(
    looking: Looking,
    receiver: Receiver,
    server: OctopusSandbox,
    company: Company,
    logged: list[str],
    odd: Item,
) -> None:
    pattern = next(
        t for t in company.octopus["tasks"].values() if t["IsCompleted"] is False
    )
    own = {"Id": "ServerTasks-90001"}
    server.put("tasks", own["Id"], {**pattern, **own, **odd})
    await looking.look()
    ended = end_of(company, server)
    server.delete("tasks", "ServerTasks-90001")
    await looking.look()
    await looking.look()
    assert ended in {id_ for e in receiver.bodies for id_ in e["RelatedDocumentIds"]}
    assert len(logged) == ("SpaceId" in odd)  # the others concern nothing of ours


@pytest.mark.parametrize("odd", [{"Occurred": None}, {"SpaceId": 7}])
async def test_an_odd_event_stops_no_other(
    looking: Looking, receiver: Receiver, server: OctopusSandbox, odd: Item
) -> None:
    started_ago(looking, 10)
    id_ = log(server, 1, timedelta(minutes=5))
    server.put("events", id_, {**server.collections["events"][id_], **odd})
    lost = log(server, 2, timedelta(minutes=4))
    await looking.look()
    assert lost in {event["Id"] for event in receiver.bodies}
    receiver.bodies.clear()
    await looking.look()
    assert receiver.bodies == []


@pytest.mark.parametrize("path", ["/api/events", "/api/tasks"])
async def test_rows_that_are_nothing_stop_no_look(
    looking: Looking, receiver: Receiver, server: OctopusSandbox, path: str
) -> None:
    started_ago(looking, 10)
    lost = log(server, 1, timedelta(minutes=5))
    rows = [None, "text", {}, {"Id": None}, {"Id": ["x"]}]
    body = {"Items": rows, "TotalResults": len(rows)}
    server.faults.add(path=rf"{path}\?", status=200, body=body, times=None)
    for _ in range(2):
        await looking.look()
    told = {event["Id"]: event["Category"] for event in receiver.bodies}
    assert ENDED not in told.values()
    assert (lost in told) is bool(told) is (path == "/api/tasks")


async def test_an_event_that_raises_stops_no_other(
    looking: Looking, receiver: Receiver, server: OctopusSandbox, logged: list[str]
) -> None:
    started_ago(looking, 10)
    receiver.breaks_on = log(server, 1, timedelta(minutes=5))
    lost = log(server, 2, timedelta(minutes=4))
    for _ in range(3):
        await looking.look()
    assert lost in {event["Id"] for event in receiver.bodies}
    assert len([line for line in logged if receiver.breaks_on in line]) == 1


@pytest.mark.parametrize("status", [403, 404])
async def test_the_end_of_an_unreadable_deployment_is_delivered_by_its_id(
    looking: Looking,
    receiver: Receiver,
    server: OctopusSandbox,
    company: Company,
    status: int,
) -> None:
    await looking.look()
    ended = end_of(company, server)
    refusal = {"ErrorMessage": "not for you"}
    server.faults.add(path="/deployments", status=status, body=refusal, times=None)
    await looking.look()
    (event,) = receiver.bodies
    assert event["RelatedDocumentIds"] == [ended]
    receiver.bodies.clear()
    await looking.look()
    assert receiver.bodies == []
