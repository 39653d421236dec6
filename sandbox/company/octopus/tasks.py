"""Server tasks: what the server did for a deployment, a runbook run, or itself."""

from datetime import datetime, timedelta

from sandbox.company.base import Draft, Item, octopus_time
from sandbox.company.octopus.spaces import USERS, plain

# States in which a task has not ended.
OPEN_STATES = ("Queued", "Executing", "Cancelling")
ERRORS = {
    "Failed": "The deployment failed because one or more steps failed.",
    "Canceled": "The task was canceled.",
    "TimedOut": "The task timed out.",
}


def task_of(
    id_: str, space_id: str, name: str, description: str, **fields: object
) -> Item:
    """Return a task; the fields say what it is for, and its course."""
    return {
        **plain("tasks"),
        "Id": id_,
        "SpaceId": space_id,
        "Name": name,
        "Description": description,
        **fields,
        "Links": {"Self": f"/api/tasks/{id_}", "Web": f"/app#/{space_id}/tasks/{id_}"},
    }


def course(state: str, at: datetime, duration: str = "1 second") -> Item:
    """Return what a task says of the state that it came into at some time."""
    ended = state not in OPEN_STATES
    return {
        "State": state,
        "Completed": f"{at:%A, %d %B %Y %H:%M}" if ended else f"{state}...",
        "LastUpdatedTime": octopus_time(at),
        "CompletedTime": octopus_time(at) if ended else None,
        "Duration": duration if ended else "",
        "IsCompleted": ended,
        "HasBeenPickedUpByProcessor": state != "Queued",
        "CanRerun": ended,
        "ErrorMessage": ERRORS.get(state, ""),
        "FinishedSuccessfully": state == "Success",
        "HasPendingInterruptions": False,
        "HasWarningsOrErrors": state in ("Failed", "TimedOut"),
    }


def execution_of(
    collection: str, id_: str, name: str, task: Item, **fields: object
) -> Item:
    """Return a deployment or a run of a runbook: what a task does for a user."""
    space_id = task["SpaceId"]
    return {
        **plain(collection),
        "Id": id_,
        "SpaceId": space_id,
        "Name": name,
        "ProjectId": task["ProjectId"],
        "TaskId": task["Id"],
        "Created": task["QueueTime"],
        **fields,
        "Links": {
            "Self": f"/api/{space_id}/{collection}/{id_}",
            "Task": task["Links"]["Self"],
        },
    }


def ended_deployment(
    number: int, release: Item, environment: Item, state: str, at: datetime
) -> tuple[Item, Item]:
    """Return a deployment that has just ended, and its task.

    What it brings, the integration has to find out by itself: it lists no changes.
    """
    id_ = f"Deployments-{number}"
    name = f"Deploy to {environment['Name']}"
    moment = octopus_time(at)
    task = task_of(
        f"ServerTasks-{number}",
        release["SpaceId"],
        "Deploy",
        name,
        ProjectId=release["ProjectId"],
        Arguments={"DeploymentId": id_},
        **course(state, at),
        **dict.fromkeys(("QueueTime", "StartTime"), moment),
    )
    deployment = execution_of(
        "deployments",
        id_,
        name,
        task,
        **by_user(None),
        ReleaseId=release["Id"],
        ChannelId=release["ChannelId"],
        EnvironmentId=environment["Id"],
        TenantId=None,
        FailureEncountered=state == "Failed",
        Changes=[],
    )
    return deployment, task


def related_to(execution: Item) -> list[str]:
    """Return the documents that an event about a deployment names."""
    names = ("Id", "ProjectId", "ReleaseId", "EnvironmentId", "TaskId")
    return [execution[name] for name in names]


def by_user(number: int | None) -> Item:
    """Return who has started an execution; None for the server itself."""
    if number is None:
        return {"DeployedBy": "System", "DeployedById": None}
    return {"DeployedBy": USERS[number - 1][0], "DeployedById": f"Users-{number}"}


def interruption_of(id_: str, task: Item, team: str, **fields: object) -> Item:
    """Return what a task waits for until somebody of a team answers."""
    return {
        **plain("interruptions"),
        "Id": id_,
        "SpaceId": task["SpaceId"],
        "TaskId": task["Id"],
        "CorrelationId": f"{task['Id']}_approve",
        "ResponsibleTeamIds": [team],
        **fields,
        "Links": {"Self": f"/api/{task['SpaceId']}/interruptions/{id_}"},
    }


def add_task(
    draft: Draft,
    space_id: str,
    name: str,
    description: str,
    *,
    queued: datetime,
    state: str,
    pending: bool = False,
    **fields: object,
) -> Item:
    """Add a task; how long it waited and ran is chance."""
    started = queued + timedelta(seconds=draft.rng.randint(1, 20))
    seconds = draft.rng.randint(20, 900)
    ended = started + timedelta(seconds=seconds)
    has_started = state != "Queued" or pending
    task = task_of(
        f"ServerTasks-{draft.next('ServerTasks', 11_000)}",
        space_id,
        name,
        description,
        **{"ProjectId": None, "Arguments": {}, **fields},
        **course(state, started if state in OPEN_STATES else ended, _prose(seconds)),
        QueueTime=octopus_time(queued),
        StartTime=octopus_time(started) if has_started else None,
    )
    if pending:
        task |= {"HasBeenPickedUpByProcessor": True, "HasPendingInterruptions": True}
        task["PendingInterruptionTypes"] = ["ManualIntervention"]
    draft.octopus("tasks")[task["Id"]] = task
    return task


def _prose(seconds: int) -> str:
    return f"{seconds} seconds" if seconds < 100 else f"{seconds // 60} minutes"


def add_housekeeping(draft: Draft) -> None:
    """Add tasks that the server runs for itself."""
    for space_id in draft.octopus("spaces"):
        for number in range(5):
            queued = draft.ago(0.2 + number)
            state = "Canceled" if number == 4 else "Success"
            text = "Check deployment target health"
            add_task(draft, space_id, "Health", text, queued=queued, state=state)
