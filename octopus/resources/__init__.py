"""Every kind of Octopus Deploy: where its items are, and what we add to them.

https://octopus.com/docs/api
"""

from octopus.resources.custom import build_custom
from octopus.resources.dashboard import CURRENT_RELEASE
from octopus.resources.deliveries import (
    CHANNEL,
    ENVIRONMENT,
    LIFECYCLE,
    PROJECT,
    PROJECT_GROUP,
    TENANT,
)
from octopus.resources.deployments import DEPLOYMENT
from octopus.resources.executions import INTERRUPTION, RUNBOOK_RUN, TASK
from octopus.resources.operations import (
    ACCOUNT,
    CERTIFICATE,
    DEPLOYMENT_FREEZE,
    FEED,
    LIBRARY_VARIABLE_SET,
    MACHINE,
    RUNBOOK,
    TEAM,
    USER,
    WORKER,
    WORKER_POOL,
)
from octopus.resources.releases import RELEASE
from octopus.resources.spaces import PAGE, SPACE

RESOURCES = {
    resource.kind: resource
    for resource in (
        SPACE,
        PROJECT_GROUP,
        PROJECT,
        CHANNEL,
        LIFECYCLE,
        ENVIRONMENT,
        TENANT,
        RELEASE,
        DEPLOYMENT,
        CURRENT_RELEASE,
        RUNBOOK,
        RUNBOOK_RUN,
        TASK,
        INTERRUPTION,
        DEPLOYMENT_FREEZE,
        MACHINE,
        WORKER,
        WORKER_POOL,
        TEAM,
        USER,
        ACCOUNT,
        CERTIFICATE,
        LIBRARY_VARIABLE_SET,
        FEED,
    )
}

__all__ = [
    "ACCOUNT",
    "CERTIFICATE",
    "CHANNEL",
    "CURRENT_RELEASE",
    "DEPLOYMENT",
    "DEPLOYMENT_FREEZE",
    "ENVIRONMENT",
    "FEED",
    "INTERRUPTION",
    "LIBRARY_VARIABLE_SET",
    "LIFECYCLE",
    "MACHINE",
    "PAGE",
    "PROJECT",
    "PROJECT_GROUP",
    "RELEASE",
    "RESOURCES",
    "RUNBOOK",
    "RUNBOOK_RUN",
    "SPACE",
    "TASK",
    "TEAM",
    "TENANT",
    "USER",
    "WORKER",
    "WORKER_POOL",
    "build_custom",
]
