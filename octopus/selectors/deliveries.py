"""Selectors of what is delivered: projects, releases, and where they went."""

from typing import Literal

from pydantic.v1 import Field, validator

from framework.selectors import split_words
from octopus.selectors.base import (
    DisablableSelector,
    EnvironmentScopedSelector,
    HistorySelector,
    ProjectScopedSelector,
    ResourceConfig,
    SpaceSelector,
)


class ProjectSelector(ProjectScopedSelector, DisablableSelector):
    """Selects projects."""

    project_groups: list[str] = Field(
        default=[],
        alias="projectGroups",
        title="Project Groups",
        description="Names or ids of the groups; empty for all of them.",
    )

    jira_project_keys: dict[str, list[str]] = Field(
        default={},
        alias="jiraProjectKeys",
        title="Jira Project Keys",
        description="Which Jira projects belong to an Octopus project, by its name,"
        " slug or id, such as `Web Shop: [SHOP]`.",
    )

    _split = validator("project_groups", pre=True, allow_reuse=True)(split_words)
    _split_keys = validator(
        "jira_project_keys", pre=True, each_item=True, allow_reuse=True
    )(split_words)


ISSUE_KEY_PATTERN = Field(
    default=None,
    alias="issueKeyPattern",
    title="Issue Key Pattern",
    description="A regular expression for keys of Jira issues in notes, commits and"
    " branches; unset, the keys of the projects that Jira has.",
)


class ReleaseSelector(HistorySelector):
    """Selects releases."""

    issue_key_pattern: str | None = ISSUE_KEY_PATTERN


class CurrentReleaseSelector(ProjectScopedSelector):
    """Selects what runs where."""

    issue_key_pattern: str | None = ISSUE_KEY_PATTERN
    include_live_status: bool = Field(
        default=False,
        alias="includeLiveStatus",
        title="Include Live Status",
        description="Whether to add what Octopus sees of it in Kubernetes or Argo CD;"
        " one request for each place.",
    )


class ExecutionSelector(EnvironmentScopedSelector, ReleaseSelector):
    """Selects deployments or runs of runbooks."""

    tenants: list[str] = Field(
        default=[],
        title="Tenants",
        description="Names, slugs or ids of the tenants; empty for all and for none.",
    )
    states: list[
        Literal[
            "Queued",
            "Executing",
            "Cancelling",
            "Success",
            "Failed",
            "Canceled",
            "TimedOut",
        ]
    ] = Field(
        default=[],
        title="States",
        description="States of the task; empty for all of them.",
    )

    _split = validator("tenants", "states", pre=True, allow_reuse=True)(split_words)


class OctopusSpaceResourceConfig(ResourceConfig):
    """Maps spaces."""

    kind: Literal["octopus-space"] = Field(
        title="Octopus Space", description="Spaces that the credential can see."
    )
    selector: SpaceSelector


class OctopusProjectGroupResourceConfig(ResourceConfig):
    """Maps project groups."""

    kind: Literal["octopus-project-group"] = Field(
        title="Octopus Project Group", description="Groups of projects."
    )
    selector: SpaceSelector


class OctopusProjectResourceConfig(ResourceConfig):
    """Maps projects."""

    kind: Literal["octopus-project"] = Field(
        title="Octopus Project", description="Projects of every selected space."
    )
    selector: ProjectSelector


class OctopusChannelResourceConfig(ResourceConfig):
    """Maps channels."""

    kind: Literal["octopus-channel"] = Field(
        title="Octopus Channel", description="Channels of the projects."
    )
    selector: ProjectScopedSelector


class OctopusLifecycleResourceConfig(ResourceConfig):
    """Maps lifecycles."""

    kind: Literal["octopus-lifecycle"] = Field(
        title="Octopus Lifecycle", description="The ways of releases to production."
    )
    selector: SpaceSelector


class OctopusEnvironmentResourceConfig(ResourceConfig):
    """Maps environments."""

    kind: Literal["octopus-environment"] = Field(
        title="Octopus Environment", description="Environments of the selected spaces."
    )
    selector: SpaceSelector


class OctopusTenantResourceConfig(ResourceConfig):
    """Maps tenants."""

    kind: Literal["octopus-tenant"] = Field(
        title="Octopus Tenant", description="Customers or sites that get deployments."
    )
    selector: DisablableSelector


class OctopusReleaseResourceConfig(ResourceConfig):
    """Maps releases."""

    kind: Literal["octopus-release"] = Field(
        title="Octopus Release",
        description="Releases, with the Jira issues that they carry.",
    )
    selector: ReleaseSelector


class OctopusDeploymentResourceConfig(ResourceConfig):
    """Maps deployments."""

    kind: Literal["octopus-deployment"] = Field(
        title="Octopus Deployment",
        description="Deployments, joined with their task: state, start, end, duration.",
    )
    selector: ExecutionSelector


class OctopusCurrentReleaseResourceConfig(ResourceConfig):
    """Maps what runs where."""

    kind: Literal["octopus-current-release"] = Field(
        title="Octopus Current Release",
        description="The release that each project has in each environment, by tenant.",
    )
    selector: CurrentReleaseSelector
