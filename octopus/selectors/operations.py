"""Selectors of what keeps deliveries going: runbooks, tasks, machines, people."""

from typing import Literal

from pydantic.v1 import Field

from framework.selectors import Selector
from octopus.selectors.base import (
    DisablableSelector,
    EnvironmentScopedSelector,
    HistorySelector,
    ProjectScopedSelector,
    ResourceConfig,
    SpaceSelector,
)
from octopus.selectors.deliveries import ExecutionSelector


class MachineSelector(EnvironmentScopedSelector, DisablableSelector):
    """Selects deployment targets."""


class InterruptionSelector(SpaceSelector):
    """Selects interruptions or approvals."""

    pending_only: bool = Field(
        default=True,
        alias="pendingOnly",
        title="Pending Only",
        description="Only what still waits for somebody.",
    )


class OctopusRunbookResourceConfig(ResourceConfig):
    """Maps runbooks."""

    kind: Literal["octopus-runbook"] = Field(
        title="Octopus Runbook", description="Runbooks, in the database or in Git."
    )
    selector: ProjectScopedSelector


class OctopusRunbookRunResourceConfig(ResourceConfig):
    """Maps runs of runbooks."""

    kind: Literal["octopus-runbook-run"] = Field(
        title="Octopus Runbook Run",
        description="Runs of runbooks, joined with their task.",
    )
    selector: ExecutionSelector


class OctopusTaskResourceConfig(ResourceConfig):
    """Maps server tasks."""

    kind: Literal["octopus-task"] = Field(
        title="Octopus Task", description="Everything the server does, and its outcome."
    )
    selector: HistorySelector


class OctopusInterruptionResourceConfig(ResourceConfig):
    """Maps interruptions."""

    kind: Literal["octopus-interruption"] = Field(
        title="Octopus Interruption",
        description="Interventions and decisions that running tasks wait for.",
    )
    selector: InterruptionSelector


class OctopusApprovalResourceConfig(ResourceConfig):
    """Maps approvals."""

    kind: Literal["octopus-approval"] = Field(
        title="Octopus Approval",
        description="Approvals that deployments and runs need before they start.",
    )
    selector: InterruptionSelector


class OctopusDeploymentFreezeResourceConfig(ResourceConfig):
    """Maps deployment freezes."""

    kind: Literal["octopus-deployment-freeze"] = Field(
        title="Octopus Deployment Freeze",
        description="Times without deployments, for the whole server.",
    )
    selector: Selector


class OctopusMachineResourceConfig(ResourceConfig):
    """Maps deployment targets."""

    kind: Literal["octopus-machine"] = Field(
        title="Octopus Machine",
        description="Deployment targets, which Octopus' API calls machines.",
    )
    selector: MachineSelector


class OctopusWorkerResourceConfig(ResourceConfig):
    """Maps workers."""

    kind: Literal["octopus-worker"] = Field(
        title="Octopus Worker", description="Machines that run steps for the server."
    )
    selector: DisablableSelector


class OctopusWorkerPoolResourceConfig(ResourceConfig):
    """Maps worker pools."""

    kind: Literal["octopus-worker-pool"] = Field(
        title="Octopus Worker Pool", description="Pools of workers."
    )
    selector: SpaceSelector


class OctopusTeamResourceConfig(ResourceConfig):
    """Maps teams."""

    kind: Literal["octopus-team"] = Field(
        title="Octopus Team", description="Teams of the server and of its spaces."
    )
    selector: Selector


class OctopusUserResourceConfig(ResourceConfig):
    """Maps users."""

    kind: Literal["octopus-user"] = Field(
        title="Octopus User", description="People and service accounts of the server."
    )
    selector: Selector


class OctopusAccountResourceConfig(ResourceConfig):
    """Maps accounts."""

    kind: Literal["octopus-account"] = Field(
        title="Octopus Account", description="Cloud accounts, without their secrets."
    )
    selector: SpaceSelector


class OctopusCertificateResourceConfig(ResourceConfig):
    """Maps certificates."""

    kind: Literal["octopus-certificate"] = Field(
        title="Octopus Certificate", description="Certificates, without their keys."
    )
    selector: SpaceSelector


class OctopusLibraryVariableSetResourceConfig(ResourceConfig):
    """Maps library variable sets."""

    kind: Literal["octopus-library-variable-set"] = Field(
        title="Octopus Library Variable Set", description="Shared sets of variables."
    )
    selector: SpaceSelector


class OctopusFeedResourceConfig(ResourceConfig):
    """Maps feeds."""

    kind: Literal["octopus-feed"] = Field(
        title="Octopus Feed", description="Where packages come from."
    )
    selector: SpaceSelector


class OctopusPolicyResourceConfig(ResourceConfig):
    """Maps policies."""

    kind: Literal["octopus-policy"] = Field(
        title="Octopus Policy", description="Policies of Platform Hub."
    )
    selector: Selector


class OctopusProcessTemplateResourceConfig(ResourceConfig):
    """Maps process templates."""

    kind: Literal["octopus-process-template"] = Field(
        title="Octopus Process Template",
        description="Process templates of Platform Hub.",
    )
    selector: Selector
