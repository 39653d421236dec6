"""Remember the active tasks, and build an event for each that changes or ends."""

import re
from dataclasses import dataclass

from core.types import Item
from core.values import child, text

ENDED = "TaskCanceled"
SPACE_ID = re.compile(r"Spaces-[0-9]{1,10}")
# What a deployment's event names besides it, as the audit log has it.
DOCUMENTS = ("Id", "ProjectId", "ReleaseId", "EnvironmentId", "TenantId", "TaskId")


@dataclass(frozen=True)
class Watched:
    """What is remembered of a task that has not ended."""

    space_id: str
    deployment_id: str | None
    run_id: str | None
    state: str | None
    is_waiting: bool


def watch(task: Item) -> Watched | None:
    """Return what to remember of a task, None if no kind is about what it does.

    Raises ValueError for an execution without a sound space id.
    """
    arguments = child(task, "Arguments")
    deployment_id = text(arguments.get("DeploymentId"))
    run_id = text(arguments.get("RunbookRunId"))
    if deployment_id is None and run_id is None:
        return None
    space_id = str(task.get("SpaceId"))
    if not SPACE_ID.fullmatch(space_id):
        raise ValueError(f"SpaceId is {task.get('SpaceId')!r}")
    return Watched(
        space_id=space_id,
        deployment_id=deployment_id,
        run_id=run_id,
        state=text(task.get("State")),
        is_waiting=bool(task.get("HasPendingInterruptions")),
    )


def build_end_event(
    task_id: str, task: Watched, poll: int, deployment: Item | None
) -> Item:
    """Return an event as the audit log might have had it; `poll` makes its id unique.

    Without the deployment, which may be gone, the event names no more than its id.
    """
    own = deployment or {"Id": task.deployment_id}
    documents = [own.get(name) for name in DOCUMENTS] if task.deployment_id else []
    return {
        "Id": f"poll {poll} of {task_id}",
        "Category": ENDED,
        "SpaceId": task.space_id,
        "RelatedDocumentIds": [id_ for id_ in (task.run_id, *documents) if text(id_)],
    }
