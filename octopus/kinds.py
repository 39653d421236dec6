"""The kinds of Octopus Deploy, as they are written in the mapping."""

from enum import StrEnum


class OctopusKind(StrEnum):
    """What can be brought from Octopus Deploy into the catalog."""

    SPACE = "octopus-space"
    PROJECT_GROUP = "octopus-project-group"
    PROJECT = "octopus-project"
    CHANNEL = "octopus-channel"
    LIFECYCLE = "octopus-lifecycle"
    ENVIRONMENT = "octopus-environment"
    TENANT = "octopus-tenant"
    RELEASE = "octopus-release"
    DEPLOYMENT = "octopus-deployment"
    CURRENT_RELEASE = "octopus-current-release"
    RUNBOOK = "octopus-runbook"
    RUNBOOK_RUN = "octopus-runbook-run"
    TASK = "octopus-task"
    INTERRUPTION = "octopus-interruption"
    DEPLOYMENT_FREEZE = "octopus-deployment-freeze"
    MACHINE = "octopus-machine"
    WORKER = "octopus-worker"
    WORKER_POOL = "octopus-worker-pool"
    TEAM = "octopus-team"
    USER = "octopus-user"
    ACCOUNT = "octopus-account"
    CERTIFICATE = "octopus-certificate"
    LIBRARY_VARIABLE_SET = "octopus-library-variable-set"
    FEED = "octopus-feed"
