"""Tasks are asked for as often as the server can bear."""

from datetime import timedelta

import pytest

from actions.octopus.progress import TasksStarted
from actions.parsing import parse_run
from sandbox.company.base import octopus_time
from sandbox.port.runs import Kept
from tests.actions.octopus.desk import OctopusDesk


def wait_for(desk: OctopusDesk, space: str, task: str = "ServerTasks-1") -> Kept:
    kept = desk.ask("cancel_task", task=task)
    run = parse_run(kept.shown)
    assert run is not None
    started = TasksStarted(message="", link="", space=space, tasks=(task,))
    desk.watch.add(run, started)
    return kept


async def test_the_more_spaces_the_longer_the_pause(desk: OctopusDesk) -> None:
    for _ in range(10):
        wait_for(desk, "Spaces-1")
    assert desk.watch.pause_seconds == 3.0
    for number in range(2, 11):
        wait_for(desk, f"Spaces-{number}")
    assert desk.watch.pause_seconds == 10.0


async def test_one_request_asks_for_all_tasks_of_a_space(desk: OctopusDesk) -> None:
    tasks = [*desk.octopus.collections["tasks"].values()]
    own = [task["Id"] for task in tasks if task["SpaceId"] == "Spaces-1"][:20]
    assert len(own) > 1
    for task in own:
        wait_for(desk, "Spaces-1", task)

    await desk.watch.look()

    assert desk.octopus.faults.by_pattern["GET /api/{id}/tasks"] == 1


async def test_a_task_of_an_odd_form_does_not_stop_the_others(
    desk: OctopusDesk,
) -> None:
    tasks = [*desk.octopus.collections["tasks"].values()]
    odd, own = [t for t in tasks if t["SpaceId"] == "Spaces-1" and t["IsCompleted"]][:2]
    answer = {"Items": [odd | {"PendingPreconditionTypes": 1}, own], "TotalResults": 2}
    desk.octopus.faults.add(path="/tasks", status=200, body=answer)
    first, second = (wait_for(desk, "Spaces-1", task["Id"]) for task in (odd, own))

    await desk.watch.look()

    assert first.is_open
    assert len(second.endings) == 1


@pytest.mark.parametrize(
    ("status", "is_ended"), [(403, True), (404, True), (503, False), (401, False)]
)
async def test_a_task_that_may_not_be_read_any_more_is_given_up(
    desk: OctopusDesk, monkeypatch: pytest.MonkeyPatch, status: int, is_ended: bool
) -> None:
    monkeypatch.setattr("actions.octopus.watch.HIDDEN_SECONDS", 0.0)
    kept = wait_for(desk, "Spaces-1")
    said = {"ErrorMessage": "You do not have permission to perform this action."}
    desk.octopus.faults.add(path="/tasks", status=status, body=said, times=None)

    await desk.watch.look()

    assert bool(kept.endings) == is_ended
    assert not is_ended or "hidden from this account" in kept.logs[-1]


@pytest.mark.parametrize(
    ("later", "stage", "requests"),
    [
        (timedelta(days=1), "Scheduled for", 1),
        (timedelta(days=-1), "Queued", 2),
        # The clock of a vendor is known to a second.
        (timedelta(seconds=1), "Queued", 2),
    ],
    ids=["scheduled for later", "queued", "just queued"],
)
async def test_a_task_that_starts_later_is_asked_for_less_often(
    desk: OctopusDesk, later: timedelta, stage: str, requests: int
) -> None:
    tasks = [*desk.octopus.collections["tasks"].values()]
    task = next(one for one in tasks if one["SpaceId"] == "Spaces-1")
    at = octopus_time(desk.octopus.company.present() + later)
    queued = {"State": "Queued", "IsCompleted": False, "QueueTime": at}
    desk.octopus.put("tasks", task["Id"], {**task, **queued})
    kept = wait_for(desk, "Spaces-1", task["Id"])
    for _ in range(2):
        await desk.watch.look()

    assert desk.octopus.faults.by_pattern["GET /api/{id}/tasks"] == requests
    (line,) = kept.logs
    assert stage in line
