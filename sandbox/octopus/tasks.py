"""Tasks of what is started while the stand-in runs: new ones, and how they go on."""

from sandbox.company import Item
from sandbox.company.base import octopus_time
from sandbox.company.octopus.tasks import course, interruption_of, task_of
from sandbox.octopus.state import OctopusState


def next_id(state: OctopusState, collection: str, prefix: str) -> str:
    """Return an id that no item has had."""
    return f"{prefix}-{state.next_number(collection)}"


def queue_task(
    state: OctopusState, project: Item, name: str, description: str, **fields: object
) -> Item:
    """Store a queued task of a project; return it."""
    id_, now = next_id(state, "tasks", "ServerTasks"), state.company.present()
    task = task_of(
        id_,
        project["SpaceId"],
        name,
        description,
        ProjectId=project["Id"],
        StartTime=None,
        PendingPreconditionTypes=[],
        HasPendingPreconditions=False,
        **course("Queued", now),
        **{"QueueTime": octopus_time(now), **fields},
    )
    state.put("tasks", id_, task)
    return task


def advance(
    state: OctopusState, task_id: str, to: str, *, errors: tuple[str, ...] = ()
) -> Item:
    """Bring a task into a state; `errors` are what its log then says."""
    now = state.company.present()
    task = {**state.collections["tasks"][task_id], **course(to, now)}
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
    interruption = interruption_of(
        next_id(state, "interruptions", "Interruptions"),
        task,
        team,
        Title="Approve",
        Type=kind,
        Created=octopus_time(state.company.present()),
        RelatedDocumentIds=[task_id],
        Form={"Values": {}, "Elements": []},
    )
    state.put("interruptions", interruption["Id"], interruption)
    return interruption
