"""What people do in Octopus Deploy, one action a file."""

from actions.executor import Executor
from actions.octopus.approve_task import ApproveTask
from actions.octopus.base import OctopusExecutor
from actions.octopus.cancel_task import CancelTask
from actions.octopus.create_release import CreateRelease
from actions.octopus.deploy_release import DeployRelease
from actions.octopus.promote_release import PromoteRelease
from actions.octopus.respond_to_interruption import RespondToInterruption
from actions.octopus.rollback import Rollback
from actions.octopus.run_runbook import RunRunbook
from actions.octopus.watch import Watch
from actions.service import Actions
from client import ApiClient

EXECUTORS: tuple[type[OctopusExecutor], ...] = (
    CreateRelease,
    DeployRelease,
    PromoteRelease,
    Rollback,
    RunRunbook,
    RespondToInterruption,
    ApproveTask,
    CancelTask,
)


def octopus_executors(
    actions: Actions, api: ApiClient | None, watch: Watch | None = None
) -> list[Executor]:
    """Return one executor for each action; they share what waits for tasks."""
    shared = watch or Watch(actions, api)
    return [executor(actions, api, shared) for executor in EXECUTORS]
