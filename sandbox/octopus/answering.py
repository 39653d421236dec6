"""Answers to what tasks wait for, and tasks that are cancelled, with refusals."""

from typing import Any

from starlette.requests import Request

from sandbox.company import Item
from sandbox.company.octopus.spaces import READER
from sandbox.company.octopus.tasks import OPEN_STATES
from sandbox.octopus.replies import WRONG, Problem
from sandbox.octopus.state import OctopusState
from sandbox.octopus.tasks import advance
from sandbox.serving import Answer

RESULTS = {"ManualIntervention": "Result", "GuidedFailure": "Guidance"}


async def take(state: OctopusState, request: Request) -> Any:
    """Make the credential's user responsible, unless somebody else is."""
    interruption = state.existing("interruptions", request)
    if not interruption["CanTakeResponsibility"]:
        raise Problem(403, "You are not in a team that is responsible for it.")
    if interruption["ResponsibleUserId"] not in (None, READER):
        raise Problem(400, WRONG, "Somebody else is responsible for it.")
    own = {"ResponsibleUserId": READER, "HasResponsibility": True}
    state.put("interruptions", interruption["Id"], {**interruption, **own})
    return state.collections["users"][READER]


async def submit(state: OctopusState, request: Request) -> Any:
    """Answer an interruption, and let its task go on, or end it."""
    interruption = state.existing("interruptions", request)
    body = await request.json()
    if not interruption["HasResponsibility"]:
        raise Problem(400, WRONG, "You are not responsible for it.")
    if not interruption["IsPending"]:
        raise Problem(400, WRONG, "It has been answered already.")
    answer = body.get(RESULTS.get(interruption["Type"], ""))
    if not answer:
        raise Problem(400, WRONG, "An answer is needed.")
    values = {"Result": answer, "Notes": body.get("Notes")}
    form = {**interruption["Form"], "Values": values}
    answered = {**interruption, "IsPending": False, "Form": form}
    state.put("interruptions", interruption["Id"], answered)
    to = "Failed" if answer in ("Abort", "Fail") else "Executing"
    advance(state, interruption["TaskId"], to)
    return answered


async def vote(state: OctopusState, request: Request) -> Answer:
    """Note a vote; the task may start with the first approval.

    What becomes of a task that is rejected is not documented: here, it waits.
    """
    approval = state.existing("servertaskapprovals", request)
    body = await request.json()
    votes = state.votes.setdefault(approval["Id"], [])
    if any(vote["UserId"] == READER for vote in votes):
        raise Problem(400, WRONG, "You have voted already.")
    user = state.collections["users"][READER]
    vote = {
        "Id": f"Approvals-{len(votes) + 1}",
        "SpaceId": approval["SpaceId"],
        "Name": "",
        "ServerTaskApprovalId": body["ServerTaskApprovalId"],
        "UserId": READER,
        "Status": body["Status"],
        "Notes": body.get("Notes"),
        "ApproverUsername": user["Username"],
        "ApproverDisplayName": user["DisplayName"],
    }
    votes.append(vote)
    if vote["Status"] == "Approved":
        _release(state, approval["ServerTaskId"])
    return Answer(vote, 201)


def _release(state: OctopusState, task_id: str) -> None:
    """Let a task start."""
    task = state.collections["tasks"][task_id]
    free = {"HasPendingPreconditions": False, "PendingPreconditionTypes": []}
    state.put("tasks", task_id, {**task, **free})


async def cancel(state: OctopusState, request: Request) -> Any:
    """Cancel a task: one that runs takes its time."""
    task = state.existing("tasks", request)
    if task["State"] not in OPEN_STATES:
        raise Problem(400, WRONG, "The task has ended already.")
    to = "Canceled" if task["State"] == "Queued" else "Cancelling"
    return advance(state, task["Id"], to)


async def details(state: OctopusState, request: Request) -> Any:
    """Return a task with the tree of its log."""
    task = state.existing("tasks", request)
    errors = state.task_errors.get(task["Id"], [])
    steps = [_step("Acquire packages", ["Done"], "Info"), _step("Deploy", errors)]
    return {
        "Task": task,
        "ActivityLogs": [{**_step(task["Description"], []), "Children": steps}],
        "PhysicalLogSize": 100,
        "Progress": {"ProgressPercentage": 100, "EstimatedTimeRemaining": ""},
        "Links": {},
    }


def _step(name: str, lines: list[str], category: str = "Error") -> Item:
    entries = [{"Category": category, "MessageText": line} for line in lines]
    return {
        "Id": name,
        "Name": name,
        "Status": "Failed" if category == "Error" and lines else "Success",
        "LogElements": entries,
        "Children": [],
    }
