"""Deployments with no more than what is needed to tell how they ended."""

from dataclasses import replace
from functools import partial

from core.api import Api
from core.changes import listed_by
from core.trouble import UNKNOWN, Missing, with_values
from core.types import Item
from octopus.kinds import OctopusKind
from octopus.resources.changes import executed_since
from octopus.resources.delivered import log_deployments, logged
from octopus.resources.deliveries import of_projects
from octopus.resources.delivery_log import DEPLOYMENTS
from octopus.resources.executions import argument, still_active
from octopus.resources.history import cutoff, newest_first
from octopus.resources.spaces import in_space
from octopus.resources.tasks import tasks_of
from octopus.selectors import ExecutionSelector

changed_deployments = partial(executed_since, "deployments", "DeploymentId")


async def join_tasks(
    api: Api, deployments: list[Item], selector: ExecutionSelector
) -> list[Item]:
    """Keep the deployments of the selected projects, and add `__task` alone."""
    kept = await of_projects(api, deployments, selector)
    tasks = await tasks_of(api, kept)
    # A task that is hidden is not purged.
    joined = [
        with_values(d, {"__task": UNKNOWN if isinstance(task, Missing) else task})
        for d, task in zip(kept, tasks, strict=True)
    ]
    log_deployments(api, selector, deployments, joined)
    return joined


# https://octopus.com/docs/api/deployments
ALL_DEPLOYMENTS = in_space(
    OctopusKind.DEPLOYMENT,
    "deployments",
    list_with=logged(
        DEPLOYMENTS,
        newest_first(
            "deployments",
            "Created",
            older=still_active("Deploy", argument("DeploymentId")),
        ),
    ),
    dated_by="Created",
    since=cutoff,
)
DEPLOYMENT_END = replace(
    ALL_DEPLOYMENTS, enrich=join_tasks, changed=listed_by(changed_deployments)
)
