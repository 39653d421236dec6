"""Approvals that deployments and runs need before they start, since 2026.2.

They are in no reference yet; Octopus' Go client has the paths, the fields, and what its
server returned: https://github.com/OctopusDeploy/go-octopusdeploy/tree/main/pkg/approvals
"""

from collections.abc import AsyncGenerator

from core.api import Api
from core.changes import listed_by
from core.errors import MalformedReply
from core.resource import fill
from core.trouble import INCOMPLETE, Missing, attempt, incomplete, with_values
from core.types import Item
from core.values import child, objects, required, text
from octopus.kinds import OctopusKind
from octopus.paging import PAGE
from octopus.resources.spaces import (
    add_url,
    from_version,
    in_space,
    page_in_space,
)
from octopus.resources.tasks import tasks_of
from octopus.selectors import InterruptionSelector

# https://octopus.com/docs/approvals
FIRST_WITH_APPROVALS = (2026, 2)
APPROVALS = "servertaskapprovals"


def is_pending(approval: Item) -> bool:
    """Return whether somebody still has to approve; raise ValueError for an odd form.

    A vote is refused once the change is inactive or has left the state PreApproval.
    """
    change = child(approval, "ChangeRequest")
    if not isinstance(change.get("Active"), bool):
        raise ValueError(f"Active is {change.get('Active')!r}")
    state = required(change, "ChangeRequestApprovalState")
    return change["Active"] and state == "PreApproval"


def is_asked_for(selector: InterruptionSelector, approval: Item) -> bool:
    """Return whether an approval is selected."""
    return not selector.pending_only or is_pending(approval)


async def list_approvals(
    api: Api, selector: InterruptionSelector, space: Item
) -> AsyncGenerator[list[Item]]:
    """Yield a space's approvals.

    The filter by state is not used, for nothing says which states it takes.
    """
    pages = api.pages(f"api/{space['Id']}/{APPROVALS}", PAGE)
    async for page in from_version(api, FIRST_WITH_APPROVALS, pages):
        yield page


async def add_task(
    api: Api, approvals: list[Item], selector: InterruptionSelector
) -> list[Item]:
    """Add `__task`, which names the deployment or run; `__isPending`; and `__url`."""
    tasks = await tasks_of(api, approvals, "ServerTaskId")
    joined = [
        with_values(approval, {"__task": task, "__isPending": is_pending(approval)})
        for approval, task in zip(approvals, tasks, strict=True)
    ]
    return [add_url(api, approval, "tasks/{ServerTaskId}") for approval in joined]


APPROVAL = in_space(
    OctopusKind.APPROVAL,
    APPROVALS,
    list_with=list_approvals,
    accepts=is_asked_for,
    enrich=add_task,
    # Nothing tells which of them changed.
    changed=listed_by(lambda since: list_approvals),
)


async def add_waiting(api: Api, executions: list[Item]) -> list[Item]:
    """Add `__waitsFor`, what has to happen before an execution goes on.

    That is what the task names (such as ManualIntervention), and the approval that it
    needs; `__approval` is the approval itself. A task is asked for its approval only
    while it says that it waits for something.

    https://octopus.com/docs/api/tasks (`PendingPreconditionTypes`)
    """
    return [await _with_waiting(api, execution) for execution in executions]


async def _with_waiting(api: Api, execution: Item) -> Item:
    task = child(execution, "__task")
    approval: Item | Missing | None = None
    if task.get("HasPendingPreconditions") is True:
        asking = _approval_of(api, execution)
        approval = await attempt(asking, value="approvals")
    waits: list[str] = []
    for what in ("Interruption", "Precondition"):
        if task.get(f"HasPending{what}s") is True:
            types = task.get(f"Pending{what}Types")
            listed = types if isinstance(types, list) else []
            # Servers of 2021 tell no more than that there is something.
            waits += [type_ for type_ in listed if text(type_)] or [what]
    if isinstance(approval, dict):
        waits.append(_title(approval))
    added = with_values(execution, {"__waitsFor": waits, "__approval": approval})
    hidden = {"__task", "__approval"}.intersection(added.get(INCOMPLETE, ()))
    return incomplete(added, "__waitsFor") if hidden else added


async def read_votes(api: Api, execution: Item) -> Item | None:
    """Return who has voted on a task (`SpaceId`, `TaskId`), None if it needs nobody."""
    path = fill("api/{SpaceId}/tasks/{TaskId}/servertaskapproval", execution)
    reply = await api.get(path)
    if reply and "Resource" not in reply:
        raise MalformedReply(f"{path}: the reply has no Resource")
    votes: Item | None = reply.get("Resource")
    return votes


async def _approval_of(api: Api, execution: Item) -> Item | None:
    """Return a task's approval with its votes, None if it waits for none."""
    votes = await read_votes(api, execution)
    if votes is None:
        return None
    own = {"SpaceId": execution["SpaceId"], "Id": required(votes, "Id")}
    approval = await api.get(fill(APPROVAL.item_path, own))
    if approval.get("Id") != own["Id"]:
        raise MalformedReply(f"{own['Id']} was asked for, and another one came")
    if not is_pending(approval):
        return None
    return {
        **votes,
        **approval,
        "Approvals": objects(votes.get("Approvals")),
        "__url": page_in_space(api, execution, "tasks/{TaskId}"),
    }


def _title(approval: Item) -> str:
    change = child(approval, "ChangeRequest")
    parts = (text(change.get("Number")), text(change.get("Description")))
    return ": ".join(part for part in parts if part) or str(approval["Id"])
