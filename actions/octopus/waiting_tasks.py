"""Find the task that an action is about: by its own id, or by what it carries out."""

import re

from actions.failures import NOT_FOUND, NOTHING_CHANGED, ActionFailed
from actions.inputs import WRONG_INPUT, Input
from actions.job import Job
from actions.octopus.base import in_space
from actions.octopus.find import find_spaces
from actions.octopus.progress import task_page
from core.errors import Forbidden
from core.lookup import Absent, get_own
from core.types import Item
from core.values import text

TASK = Input(name="task", required=True, is_subject=True)
TASKS, INTERRUPTIONS = "tasks", "interruptions"
_LISTS = {
    "ServerTasks": TASKS,
    "Deployments": "deployments",
    "RunbookRuns": "runbookRuns",
    "Interruptions": INTERRUPTIONS,
}


async def find_task(job: Job, name: str = TASK.name) -> Item:
    """Return the task that an input names, and note its space and page.

    The input may be the id of the task, or of its deployment or run. Raises
    ActionFailed, ApiError.
    """
    found, list_ = await find_document(job, job.inputs.text(name), name)
    if list_ != TASKS:
        id_ = text(found.get("TaskId"))
        if id_ is None:
            told = f"{found['Id']} has no task"
            raise ActionFailed(f"{told}. {NOTHING_CHANGED}", NOT_FOUND)
        found = await job.api.get(in_space(job.scope, TASKS, id_))
    job.page = task_page(job.api, job.scope, found["Id"])
    return found


async def find_document(job: Job, id_: str, name: str) -> tuple[Item, str]:
    """Return what has an id, and the list that it is in; note its space.

    Raises ActionFailed for other ids than of tasks, deployments, runs, interruptions.
    """
    prefix = re.sub(r"-[0-9]+$", "", id_)
    if prefix == id_ or prefix not in _LISTS:
        told = f"{name} must be an id like ServerTasks-42, not {id_!r}"
        raise ActionFailed(told, WRONG_INPUT)
    for space in await find_spaces(job.api, job.inputs):
        try:
            found = await get_own(job.api, in_space(space["Id"], _LISTS[prefix], id_))
        except Forbidden:  # another space may have it
            continue
        if not isinstance(found, Absent):
            job.scope = str(space["Id"])
            return found, _LISTS[prefix]
    told = f"{id_} is not visible to this account in any space"
    raise ActionFailed(f"{told}. {NOTHING_CHANGED}", NOT_FOUND)
