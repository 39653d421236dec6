"""Vote on the approval that a task needs before it may start."""

from actions.failures import NOTHING_CHANGED, REFUSED, ActionFailed
from actions.inputs import WRONG_INPUT, Input, Inputs
from actions.job import Job
from actions.octopus.base import SPACE, OctopusExecutor, in_space
from actions.octopus.marks import mark, total_marked
from actions.octopus.waiting_tasks import TASK, TASKS, find_task
from actions.outcome import Done
from core.types import Item
from core.values import child, objects
from octopus.settings import PRODUCT

DECISION = Input(name="decision", default="Approved", is_text=True)
DECISIONS = ("Approved", "Rejected")
NOTES = Input(name="notes", is_text=True)


class ApproveTask(OctopusExecutor):
    """Vote with the integration's own account, which is why it has to be allowed.

    https://github.com/OctopusDeploy/go-octopusdeploy/tree/main/pkg/approvals
    """

    ACTION_NAME = "approve_task"
    INPUTS = (TASK, DECISION, NOTES, SPACE)
    SETTING = "allowTaskApproval"

    def object_of(self, inputs: Inputs) -> str | None:
        """Return the task."""
        return f"{PRODUCT}:{inputs.text(TASK.name)}"

    async def perform(self, job: Job) -> Done:
        """Vote, unless this account has voted already."""
        decision = _decision(job)
        task = await find_task(job)
        approval = await _approval(job, task)
        me = (await job.api.get("api/users/me"))["Id"]
        for vote in objects(approval.get("Approvals")):
            if vote.get("UserId") == me:
                return _already(job, task, vote, decision)
        path = in_space(job.scope, "servertaskapprovals", approval["Id"], "approvals")
        body = {
            "ServerTaskApprovalId": approval["Id"],
            "Status": decision,
            "Notes": mark(job, 1, 1, job.inputs.text(NOTES.name)),
        }
        await job.send("POST", path, body)
        return _done(job, task)

    async def look_up(self, job: Job) -> Done | None:
        """Look for the mark in the notes of the votes."""
        task = await find_task(job)
        approval = await _approval(job, task)
        for vote in objects(approval.get("Approvals")):
            if total_marked({"Comments": vote.get("Notes")}, job):
                return _done(job, task)
        return None


def _decision(job: Job) -> str:
    given = job.inputs.text(DECISION.name)
    for decision in DECISIONS:
        if decision.casefold() == given.casefold():
            return decision
    told = f"decision must be one of {', '.join(DECISIONS)}, not {given!r}"
    raise ActionFailed(f"{told}. {NOTHING_CHANGED}", WRONG_INPUT)


async def _approval(job: Job, task: Item) -> Item:
    """Return the approval of a task; raise ActionFailed if it needs none."""
    path = in_space(job.scope, TASKS, task["Id"], "servertaskapproval")
    if found := child(await job.api.get(path), "Resource"):
        return found
    told = f"{task['Id']} needs no approval: {job.page}"
    raise ActionFailed(f"{told}. {NOTHING_CHANGED}", REFUSED)


def _already(job: Job, task: Item, vote: Item, decision: str) -> Done:
    """Return that there is nothing left to do; raise ActionFailed for another vote."""
    if vote.get("Status") == decision:
        return _done(job, task)
    told = f"This account has voted {vote.get('Status')} already: {job.page}"
    raise ActionFailed(f"{told}. {NOTHING_CHANGED}", REFUSED)


def _done(job: Job, task: Item) -> Done:
    decision = _decision(job)
    return Done(
        message=f"Voted {decision} on {task.get('Description')}: {job.page}",
        link=job.page,
        label=decision,
        output={"taskIds": str(task["Id"]), "url": job.page},
    )
