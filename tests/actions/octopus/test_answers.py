"""What tasks wait for is answered once, by who may; tasks are cancelled."""

from typing import Any

import pytest

from sandbox.company import Item
from sandbox.octopus.tasks import advance, hold
from tests.actions.desk import ended
from tests.actions.octopus.desk import OctopusDesk
from tests.actions.octopus.test_deploy_release import ASKED

ADMINISTRATORS = "teams-administrators"


@pytest.fixture
async def deployment(desk: OctopusDesk) -> Item:
    """Return a deployment that was started from Port."""
    desk.release()
    (started,) = desk.deployments(await desk.do("deploy_release", **ASKED))
    return started


@pytest.fixture
def waiting(desk: OctopusDesk, deployment: Item) -> Item:
    """Return the interruption that the deployment waits for."""
    task = deployment["TaskId"]
    return hold(desk.octopus, task, ADMINISTRATORS, "ManualIntervention")


def now(desk: OctopusDesk, waiting: Item) -> Item:
    item: Item = desk.octopus.collections["interruptions"][waiting["Id"]]
    return item


def change(desk: OctopusDesk, waiting: Item, **fields: Any) -> None:
    desk.octopus.put("interruptions", waiting["Id"], {**waiting, **fields})


@pytest.mark.parametrize("by", ["Id", "TaskId", "deployment"])
async def test_an_interruption_is_answered(
    desk: OctopusDesk, deployment: Item, waiting: Item, by: str
) -> None:
    id_ = deployment["Id"] if by == "deployment" else waiting[by]
    asked = {"interruption": id_, "answer": "proceed", "notes": "Looks good"}
    kept = await desk.do("respond_to_interruption", **asked)

    ended(kept, "SUCCESS")
    values = now(desk, waiting)["Form"]["Values"]
    assert values["Result"] == "Proceed"
    assert values["Notes"].startswith("Looks good\n")
    assert kept.shown["id"] in values["Notes"]


@pytest.mark.parametrize("path", ["/responsible$", "/submit$"])
async def test_a_lost_reply_to_an_answer_is_looked_up(
    desk: OctopusDesk, waiting: Item, path: str
) -> None:
    desk.octopus.faults.add(path=path, lose=True)
    kept = await desk.do(
        "respond_to_interruption", interruption=waiting["Id"], answer="Abort"
    )

    ended(kept, "SUCCESS")
    assert now(desk, waiting)["Form"]["Values"]["Result"] == "Abort"


async def test_without_responsibility_nothing_is_answered(
    desk: OctopusDesk, waiting: Item
) -> None:
    desk.octopus.faults.add(path="/responsible$", drop=True)
    own = f"/{waiting['SpaceId']}/interruptions/{waiting['Id']}$"
    desk.octopus.faults.add(path=own, status=400, skip=1)
    kept = await desk.do(
        "respond_to_interruption", interruption=waiting["Id"], answer="Abort"
    )

    assert "Nothing was answered" in ended(kept, "FAILURE")
    assert now(desk, waiting)["IsPending"]


async def test_an_answer_that_never_arrived_is_unknown(
    desk: OctopusDesk, waiting: Item
) -> None:
    desk.octopus.faults.add(path="/submit$", drop=True)
    kept = await desk.do(
        "respond_to_interruption", interruption=waiting["TaskId"], answer="Abort"
    )

    told = ended(kept, "FAILURE")
    assert "Outcome unknown" in told
    assert f"/tasks/{waiting['TaskId']}" in told


@pytest.mark.parametrize(
    ("fields", "answer", "complaint"),
    [
        ({"IsPending": False}, "Proceed", "answered already"),
        ({"IsLinkedToOtherInterruption": True}, "Proceed", "answered by itself"),
        ({"ResponsibleUserId": "Users-1"}, "Proceed", "Web Developer 1 is responsible"),
        ({"CanTakeResponsibility": False}, "Proceed", "Only members of Octopus Admin"),
        ({"Type": "ArgoCDApplicationSync"}, "Proceed", "has to be answered in Octopus"),
        ({"Type": "GuidedFailure"}, "Proceed", "one of Fail, Retry, Ignore, Exclude"),
        ({}, "Yes", "answer must be one of Proceed, Abort"),
    ],
    ids=str,
)
async def test_who_may_not_answer_is_told(
    desk: OctopusDesk, waiting: Item, fields: Any, answer: str, complaint: str
) -> None:
    change(desk, waiting, **fields)
    kept = await desk.do(
        "respond_to_interruption", interruption=waiting["Id"], answer=answer
    )

    assert complaint in ended(kept, "FAILURE")
    assert "Notes" not in now(desk, waiting)["Form"]["Values"]


async def test_a_task_that_asks_nothing_is_told(
    desk: OctopusDesk, deployment: Item
) -> None:
    asked = {"interruption": deployment["Id"], "answer": "Proceed"}
    kept = await desk.do("respond_to_interruption", **asked)

    assert "waits for no answer" in ended(kept, "FAILURE")


@pytest.mark.parametrize("state", ["Queued", "Executing", "Cancelling"], ids=str)
async def test_a_task_is_cancelled(
    desk: OctopusDesk, deployment: Item, state: str
) -> None:
    advance(desk.octopus, deployment["TaskId"], state)
    kept = await desk.do("cancel_task", task=deployment["Id"])

    if state != "Queued":
        assert kept.is_open
        await desk.end(deployment, "Canceled")
    assert "Canceled" in ended(kept, "SUCCESS")


async def test_a_task_that_ended_before_is_no_success(
    desk: OctopusDesk, deployment: Item
) -> None:
    advance(desk.octopus, deployment["TaskId"], "Executing")
    kept = await desk.do("cancel_task", task=deployment["TaskId"])
    await desk.end(deployment, "Success")

    assert "Success" in ended(kept, "FAILURE")
    assert kept.shown["statusLabel"] == "Not canceled"
    kept = await desk.do("cancel_task", task=deployment["TaskId"])
    assert "has ended already: Success" in ended(kept, "FAILURE")


async def test_a_task_that_ends_while_it_is_cancelled_is_no_success(
    desk: OctopusDesk, deployment: Item
) -> None:
    task = desk.octopus.collections["tasks"][deployment["TaskId"]]
    done = task | {"State": "Success", "IsCompleted": True}
    desk.octopus.faults.add(path="/cancel$", status=200, body=done)
    kept = await desk.do("cancel_task", task=task["Id"])
    await desk.end(deployment, "Success")

    assert "Success" in ended(kept, "FAILURE")


@pytest.mark.parametrize(("fault", "end"), [("lose", "SUCCESS"), ("drop", "FAILURE")])
async def test_a_lost_reply_to_a_cancellation_is_looked_up(
    desk: OctopusDesk, deployment: Item, fault: str, end: str
) -> None:
    rule: Any = {fault: True}
    desk.octopus.faults.add(path="/cancel$", **rule)
    kept = await desk.do("cancel_task", task=deployment["TaskId"])

    assert ("Outcome unknown" in ended(kept, end)) == (end == "FAILURE")


@pytest.mark.parametrize(
    ("task", "complaint"),
    [
        ("42", "task must be an id like ServerTasks-42"),
        ("../x-1", "task must be an id like ServerTasks-42"),
        ("ServerTasks-1", "not visible to this account in any space"),
    ],
)
async def test_unknown_tasks_are_told(
    desk: OctopusDesk, task: str, complaint: str
) -> None:
    assert complaint in ended(await desk.do("cancel_task", task=task), "FAILURE")


@pytest.fixture
def approval(desk: OctopusDesk) -> Item:
    """Return the approval that a task waits for."""
    items = desk.octopus.collections["servertaskapprovals"].values()
    found: Item = next(one for one in items if one["ChangeRequest"]["Active"])
    return found


async def test_nobody_votes_unless_it_is_allowed(
    desk: OctopusDesk, approval: Item
) -> None:
    kept = await desk.do("approve_task", task=approval["ServerTaskId"])

    assert "set allowTaskApproval to true" in ended(kept, "FAILURE")
    assert desk.octopus.votes == {}


@pytest.mark.parametrize("fault", [None, "lose"])
async def test_a_task_is_approved_once(
    desk: OctopusDesk, approval: Item, fault: str | None
) -> None:
    desk.settings["allow_task_approval"] = True
    if fault:
        desk.octopus.faults.add(method="POST", path="/approvals$", lose=True)
    kept = await desk.do("approve_task", task=approval["ServerTaskId"], notes="Fine")

    ended(kept, "SUCCESS")
    (vote,) = desk.octopus.votes[approval["Id"]]
    assert vote["Status"] == "Approved"
    assert vote["Notes"].startswith("Fine\n")
    again = await desk.do("approve_task", task=approval["ServerTaskId"])
    ended(again, "SUCCESS")
    other = await desk.do(
        "approve_task", task=approval["ServerTaskId"], decision="rejected"
    )
    assert "has voted Approved already" in ended(other, "FAILURE")
    assert len(desk.octopus.votes[approval["Id"]]) == 1


async def test_votes_that_make_no_sense_are_told(
    desk: OctopusDesk, deployment: Item
) -> None:
    desk.settings["allow_task_approval"] = True
    kept = await desk.do("approve_task", task=deployment["TaskId"])
    assert "needs no approval" in ended(kept, "FAILURE")
    kept = await desk.do("approve_task", task=deployment["TaskId"], decision="Maybe")
    assert "decision must be one of Approved, Rejected" in ended(kept, "FAILURE")
