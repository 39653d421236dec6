"""Cancel a task: a deployment or a run of a runbook, mostly."""

from actions.failures import NOTHING_CHANGED, REFUSED, ActionFailed
from actions.inputs import Inputs
from actions.job import Job
from actions.octopus.base import SPACE, WAIT, OctopusExecutor, in_space
from actions.octopus.progress import CANCELED, TasksStarted, is_ended
from actions.octopus.waiting_tasks import TASK, TASKS, find_task
from actions.outcome import Done, Started
from core.types import Item
from octopus.settings import PRODUCT

CANCELLING = "Cancelling"


class CancelTask(OctopusExecutor):
    """Cancel a task, and wait until it has ended.

    https://octopus.com/docs/api/tasks
    """

    ACTION_NAME = "cancel_task"
    INPUTS = (TASK, WAIT, SPACE)
    PERMISSIONS = ("TaskCancel", "TaskView")
    GOAL, LABEL = CANCELED, CANCELED

    def object_of(self, inputs: Inputs) -> str | None:
        """Return the task."""
        return f"{PRODUCT}:{inputs.text(TASK.name)}"

    async def perform(self, job: Job) -> Done | Started:
        """Cancel the task, unless it has ended or is being cancelled."""
        task = await find_task(job)
        if is_ended(task) and task.get("State") != CANCELED:
            told = f"{task['Id']} has ended already: {task.get('State')}. {job.page}"
            raise ActionFailed(f"{told}. {NOTHING_CHANGED}", REFUSED)
        if not is_ended(task) and task.get("State") != CANCELLING:
            path = in_space(job.scope, TASKS, task["Id"], "cancel")
            task = await job.send("POST", path)
        return self._outcome(job, task)

    async def look_up(self, job: Job) -> Done | Started | None:
        """Return how the task stands if it is, or is being, cancelled."""
        task = await find_task(job)
        if task.get("State") not in (CANCELED, CANCELLING):
            return None
        return self._outcome(job, task)

    def _outcome(self, job: Job, task: Item) -> Done | Started:
        told = f"{task.get('Description')}: {task.get('State')}. {job.page}"
        output = {"taskIds": str(task["Id"]), "url": job.page}
        waits = job.inputs.flag(WAIT.name) or is_ended(task)
        if task.get("State") == CANCELED or not waits:
            label = str(task.get("State"))
            return Done(message=told, link=job.page, label=label, output=output)
        return TasksStarted(
            message=told,
            link=job.page,
            output=output,
            space=job.scope,
            tasks=(str(task["Id"]),),
            goal=self.GOAL,
            done=self.LABEL,
        )
