"""Server tasks: what the server did for a deployment, a runbook run, or itself."""

from datetime import datetime, timedelta

from sandbox.company.base import Draft, Item, octopus_time
from sandbox.company.octopus.spaces import USERS, add

# States in which a task has not ended.
OPEN_STATES = ("Queued", "Executing", "Cancelling")


def add_task(
    draft: Draft,
    space_id: str,
    name: str,
    description: str,
    *,
    queued: datetime,
    state: str,
    project_id: str | None = None,
    pending: bool = False,
    arguments: Item | None = None,
) -> Item:
    """Add a task; how long it waited and ran is chance."""
    id_ = f"ServerTasks-{draft.next('ServerTasks', 11_000)}"
    task: Item = {
        "Id": id_,
        "SpaceId": space_id,
        "ProjectId": project_id,
        "Name": name,
        "Description": description,
        "State": state,
        **_course(draft, queued, state, has_started=state != "Queued" or pending),
        "ErrorMessage": ERRORS.get(state, ""),
        "FinishedSuccessfully": state == "Success",
        "HasPendingInterruptions": pending,
        "PendingInterruptionTypes": ["ManualIntervention"] if pending else [],
        "HasWarningsOrErrors": state in ("Failed", "TimedOut"),
        "ServerNode": "OctopusServerNodes-shop-1",
        "Arguments": arguments or {},
        "Links": {
            "Self": f"/api/tasks/{id_}",
            "Web": f"/app#/{space_id}/tasks/{id_}",
        },
    }
    draft.octopus("tasks")[id_] = task
    return task


def _course(draft: Draft, queued: datetime, state: str, *, has_started: bool) -> Item:
    """Return when a task began and ended, in times and in prose."""
    ended = state not in OPEN_STATES
    start = queued + timedelta(seconds=draft.rng.randint(1, 20))
    seconds = draft.rng.randint(20, 900)
    end = start + timedelta(seconds=seconds)
    return {
        "Completed": f"{end:%A, %d %B %Y %H:%M}" if ended else f"{state}...",
        "QueueTime": octopus_time(queued),
        "QueueTimeExpiry": None,
        "StartTime": octopus_time(start) if has_started else None,
        "LastUpdatedTime": octopus_time(end if ended else start),
        "CompletedTime": octopus_time(end) if ended else None,
        "Duration": _prose(seconds) if ended else "",
        "IsCompleted": ended,
        "HasBeenPickedUpByProcessor": has_started,
        "CanRerun": ended,
    }


ERRORS = {
    "Failed": "The deployment failed because one or more steps failed.",
    "Canceled": "The task was canceled.",
    "TimedOut": "The task timed out.",
}


def _prose(seconds: int) -> str:
    return f"{seconds} seconds" if seconds < 100 else f"{seconds // 60} minutes"


def add_execution(
    draft: Draft,
    collection: str,
    id_: str,
    name: str,
    task: Item,
    *,
    user: int | None,
    web: str | None = None,
    **fields: object,
) -> None:
    """Add a deployment or a run of a runbook: what a task does for a user."""
    execution = add(
        draft,
        collection,
        id_.partition("-")[0],
        task["SpaceId"],
        name,
        id_=id_,
        web=web,
        ProjectId=task["ProjectId"],
        TaskId=task["Id"],
        Created=task["QueueTime"],
        DeployedBy=USERS[user - 1][0] if user else "System",
        DeployedById=f"Users-{user}" if user else None,
        Comments=None,
        QueueTime=None,
        QueueTimeExpiry=None,
        **fields,
    )
    execution["Links"]["Task"] = task["Links"]["Self"]


def add_housekeeping(draft: Draft) -> None:
    """Add tasks that the server runs for itself."""
    for space_id in draft.octopus("spaces"):
        for number in range(5):
            queued = draft.ago(0.2 + number)
            state = "Canceled" if number == 4 else "Success"
            text = "Check deployment target health"
            add_task(draft, space_id, "Health", text, queued=queued, state=state)
