"""Every kind of Octopus Deploy: where its items are, and what we add to them.

https://octopus.com/docs/api
"""

from octopus.resources.approvals import APPROVAL
from octopus.resources.current_releases import CURRENT_RELEASE
from octopus.resources.custom import build_custom
from octopus.resources.deliveries import (
    CHANNEL,
    LIFECYCLE,
    PROJECT,
    PROJECT_GROUP,
    TENANT,
)
from octopus.resources.deployment_ends import DEPLOYMENT_END
from octopus.resources.deployments import DEPLOYMENT
from octopus.resources.environments import ENVIRONMENT
from octopus.resources.executions import INTERRUPTION, RUNBOOK_RUN, TASK
from octopus.resources.operations import (
    ACCOUNT,
    CERTIFICATE,
    DEPLOYMENT_FREEZE,
    FEED,
    LIBRARY_VARIABLE_SET,
    MACHINE,
    TEAM,
    USER,
    WORKER,
    WORKER_POOL,
)
from octopus.resources.platform_hub import POLICY, PROCESS_TEMPLATE
from octopus.resources.releases import RELEASE
from octopus.resources.runbooks import RUNBOOK
from octopus.resources.spaces import SPACE

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
        APPROVAL,
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
        POLICY,
        PROCESS_TEMPLATE,
    )
}

__all__ = [
    "ACCOUNT",
    "APPROVAL",
    "CERTIFICATE",
    "CHANNEL",
    "CURRENT_RELEASE",
    "DEPLOYMENT",
    "DEPLOYMENT_END",
    "DEPLOYMENT_FREEZE",
    "ENVIRONMENT",
    "FEED",
    "INTERRUPTION",
    "LIBRARY_VARIABLE_SET",
    "LIFECYCLE",
    "MACHINE",
    "POLICY",
    "PROCESS_TEMPLATE",
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
