"""Tasks of what is started while the stand-in runs: new ones, and how they go on."""

from datetime import datetime

from sandbox.company import Item
from sandbox.company.base import octopus_time
from sandbox.company.octopus.tasks import ERRORS, OPEN_STATES
from sandbox.octopus.state import OctopusState


def next_id(state: OctopusState, collection: str, prefix: str) -> str:
    """Return an id that no item has had."""
    return f"{prefix}-{state.next_number(collection)}"


def queue_task(
    state: OctopusState, item: Item, name: str, description: str, arguments: Item
) -> Item:
    """Store a queued task for a deployment or a run; return it."""
    id_, now = next_id(state, "tasks", "ServerTasks"), state.company.present()
    task: Item = {
        "Id": id_,
        "SpaceId": item["SpaceId"],
        "ProjectId": item["ProjectId"],
        "Name": name,
        "Description": description,
        "State": "Queued",
        "QueueTime": item.get("QueueTime") or octopus_time(now),
        "QueueTimeExpiry": item.get("QueueTimeExpiry"),
        "StartTime": None,
        "ServerNode": "OctopusServerNodes-shop-1",
        "PendingInterruptionTypes": [],
        "PendingPreconditionTypes": [],
        "HasPendingPreconditions": False,
        "Arguments": arguments,
        "Links": {
            "Self": f"/api/tasks/{id_}",
            "Web": f"/app#/{item['SpaceId']}/tasks/{id_}",
        },
        **_course("Queued", now),
    }
    state.put("tasks", id_, task)
    return task


def advance(
    state: OctopusState, task_id: str, to: str, *, errors: tuple[str, ...] = ()
) -> Item:
    """Bring a task into a state; `errors` are what its log then says."""
    now = state.company.present()
    task = {**state.collections["tasks"][task_id], "State": to, **_course(to, now)}
    if to != "Queued":
        task["StartTime"] = task["StartTime"] or octopus_time(now)
    state.task_errors.setdefault(task_id, []).extend(errors)
    state.put("tasks", task_id, task)
    return task


def hold(state: OctopusState, task_id: str, team: str, kind: str) -> Item:
    """Have a task wait for an answer of a team; return the interruption."""
    task = advance(state, task_id, "Executing")
    types = {"HasPendingInterruptions": True, "PendingInterruptionTypes": [kind]}
    state.put("tasks", task_id, {**task, **types})
    id_ = next_id(state, "interruptions", "Interruptions")
    interruption: Item = {
        "Id": id_,
        "SpaceId": task["SpaceId"],
        "Title": "Approve",
        "Type": kind,
        "Created": octopus_time(state.company.present()),
        "IsPending": True,
        "TaskId": task_id,
        "CorrelationId": f"{task_id}_approve",
        "RelatedDocumentIds": [task_id],
        "ResponsibleTeamIds": [team],
        "ResponsibleUserId": None,
        "CanTakeResponsibility": True,
        "HasResponsibility": False,
        "IsLinkedToOtherInterruption": False,
        "Form": {"Values": {}, "Elements": []},
        "Links": {"Self": f"/api/{task['SpaceId']}/interruptions/{id_}"},
    }
    state.put("interruptions", id_, interruption)
    return interruption


def _course(to: str, now: datetime) -> Item:
    ended = to not in OPEN_STATES
    return {
        "Completed": f"{now:%A, %d %B %Y %H:%M}" if ended else f"{to}...",
        "CompletedTime": octopus_time(now) if ended else None,
        "LastUpdatedTime": octopus_time(now),
        "Duration": "1 second" if ended else "",
        "IsCompleted": ended,
        "HasBeenPickedUpByProcessor": to != "Queued",
        "CanRerun": ended,
        "ErrorMessage": ERRORS.get(to, ""),
        "FinishedSuccessfully": to == "Success",
        "HasPendingInterruptions": False,
        "HasWarningsOrErrors": to in ("Failed", "TimedOut"),
    }
