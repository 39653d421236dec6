"""What live events have not told is found, once, and told like an event."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from loguru import logger

from client import ApiClient
from core.errors import Forbidden
from core.types import Item
from octopus.safety_net import ON_ITS_WAY, SafetyNet
from sandbox.company import Company
from sandbox.octopus import OctopusSandbox

UNKNOWN = "NoSuchCategory"
CATEGORIES = frozenset({"Modified", "Created", "DeploymentFailed", UNKNOWN})


class Ears:
    """Takes what the net tells, and knows what was heard before."""

    def __init__(self) -> None:
        self.bodies: list[Item] = []
        self.heard: set[str] = set()
        self.are_shut = False

    async def take(self, body: Item) -> None:
        if self.are_shut:
            raise ConnectionError
        event = body["Payload"]["Event"]
        self.bodies.append(event)
        self.heard.add(event.get("Id", ""))

    async def was_missed(self, body: Item) -> bool:
        return body["Payload"]["Event"]["Id"] not in self.heard


@pytest.fixture
def ears() -> Ears:
    return Ears()


@pytest.fixture
def net(api: ApiClient, ears: Ears) -> SafetyNet:
    return SafetyNet(api, CATEGORIES, ears.take, ears.was_missed)


@pytest.fixture
def logged() -> Iterator[list[str]]:
    """Yield what people get to read."""
    told: list[str] = []
    sink = logger.add(lambda message: told.append(str(message)), level="INFO")
    yield told
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
    """End the task of a deployment in silence; return the deployment's id."""
    tasks = company.octopus["tasks"]
    running = next(
        d
        for d in company.octopus["deployments"].values()
        if d["TaskId"] in tasks and not tasks[d["TaskId"]]["IsCompleted"]
    )
    task = {**tasks[running["TaskId"]], "State": "Canceled", "IsCompleted": True}
    server.put("tasks", task["Id"], task)
    return str(running["Id"])


def started_ago(net: SafetyNet, minutes: int) -> None:
    net._until = datetime.now(UTC) - timedelta(minutes=minutes)


async def test_lost_events_are_told_once_the_oldest_first(
    net: SafetyNet, ears: Ears, server: OctopusSandbox, logged: list[str]
) -> None:
    started_ago(net, 10)
    later = log(server, 1, timedelta(minutes=3), SpaceId="Spaces-1")
    earlier = log(server, 2, timedelta(minutes=5), SpaceId="Spaces-2")
    log(server, 3, timedelta(minutes=5), Category="LoginSucceeded")
    assert await net.look() >= 2
    told = [event["Id"] for event in ears.bodies if event.get("Id")]
    assert [id_ for id_ in told if id_ in (earlier, later)] == [earlier, later]
    assert len(told) == len(set(told))
    ears.bodies.clear()
    assert await net.look() == 0
    (said,) = logged
    assert f"{len(told)} changes in Octopus had no live event" in said


async def test_what_was_heard_or_may_be_on_its_way_is_not_told(
    net: SafetyNet, ears: Ears, server: OctopusSandbox
) -> None:
    await net.look()
    ears.bodies.clear()
    started_ago(net, 10)
    ears.heard.add(log(server, 1, timedelta(minutes=5)))
    log(server, 2, ON_ITS_WAY / 2)
    await net.look()
    assert [e for e in ears.bodies if e.get("Id", "").startswith("Events-9000")] == []


async def test_a_task_that_ended_in_silence_is_told_with_its_place(
    net: SafetyNet,
    ears: Ears,
    server: OctopusSandbox,
    company: Company,
    logged: list[str],
) -> None:
    assert await net.look() == 0
    running = company.octopus["deployments"][end_of(company, server)]
    assert await net.look() == 1
    (event,) = ears.bodies
    assert event["SpaceId"] == running["SpaceId"]
    wanted = ("Id", "ProjectId", "ReleaseId", "EnvironmentId")
    assert {running[name] for name in wanted} <= set(event["RelatedDocumentIds"])
    assert await net.look() == 0
    assert logged == []  # deployments end where all is well, too


async def test_a_task_that_waits_for_somebody_is_told(
    net: SafetyNet, ears: Ears, server: OctopusSandbox, company: Company
) -> None:
    approval = company.octopus["deployments"][company.cases["approval"]]
    await net.look()
    task = company.octopus["tasks"][approval["TaskId"]]
    waiting = not task["HasPendingInterruptions"]
    server.put("tasks", task["Id"], {**task, "HasPendingInterruptions": waiting})
    assert await net.look() == 1
    assert approval["Id"] in ears.bodies[0]["RelatedDocumentIds"]


async def test_a_look_costs_two_requests_for_all_spaces(
    net: SafetyNet, server: OctopusSandbox
) -> None:
    started_ago(net, 10)
    await net.look()
    started_ago(net, 10)
    server.faults.forget_requests()
    await net.look()
    assert server.faults.total == 2
    assert not [r for r in server.faults.requests if UNKNOWN in str(r)]


@pytest.mark.parametrize("path", ["/api/events?", "/api/tasks?", "/deployments?"])
async def test_half_a_look_that_fails_is_made_up_for_and_disturbs_no_other(
    net: SafetyNet, ears: Ears, server: OctopusSandbox, company: Company, path: str
) -> None:
    await net.look()
    started_ago(net, 10)
    lost = log(server, 1, timedelta(minutes=5))
    ended = end_of(company, server)
    server.faults.add(path=re.escape(path), status=403, body="{}", times=1)

    def told() -> tuple[bool, bool]:
        of_tasks = (e for e in ears.bodies if "Id" not in e)
        documents = {id_ for e in of_tasks for id_ in e["RelatedDocumentIds"]}
        return any(e.get("Id") == lost for e in ears.bodies), ended in documents

    with pytest.raises(Forbidden):
        await net.look()
    assert told() == (("events" not in path), ("events" in path))
    await net.look()
    assert told() == (True, True)


async def test_what_could_not_be_delivered_is_told_the_next_time(
    net: SafetyNet, ears: Ears, server: OctopusSandbox, company: Company
) -> None:
    await net.look()
    started_ago(net, 10)
    log(server, 1, timedelta(minutes=5))
    end_of(company, server)
    ears.are_shut = True
    with pytest.raises(ConnectionError):
        await net.look()
    ears.are_shut = False
    assert await net.look() >= 2
