"""Selectors of projects and of what belongs to exactly one project."""

from typing import Literal

from pydantic.v1 import Field, validator

from framework.selectors import Selector, split_words
from jira.selectors.base import ResourceConfig

DEFAULT_EXPAND = ["description", "lead", "url", "insight"]


class ProjectSelector(Selector):
    """Selects projects."""

    keys: list[str] = Field(
        default=[],
        title="Keys",
        description="Keys, ids or names of the projects; empty for all visible ones.",
    )
    types: list[Literal["business", "service_desk", "software"]] = Field(
        default=[],
        title="Types",
        description="Project types to bring; empty for all of them.",
    )
    status: list[Literal["live", "archived", "deleted"]] = Field(
        default=["live"],
        title="Status",
        description="Which projects to bring: live ones, archived ones, and deleted"
        " ones, which stay in the trash for 60 days.",
    )
    expand: list[str] = Field(
        default=DEFAULT_EXPAND,
        title="Expand",
        description="What Jira adds to each project, such as description, lead, url,"
        " insight (issue counts), issueTypes or projectKeys.",
    )

    _split = validator("keys", "types", "status", "expand", pre=True, allow_reuse=True)(
        split_words
    )

    @property
    def projects(self) -> list[str]:
        """Return the chosen projects, by the name that children's selectors use."""
        return self.keys


class JiraProjectResourceConfig(ResourceConfig):
    """Maps projects."""

    kind: Literal["jira-project"] = Field(
        title="Jira Project", description="Jira projects that the credential can see."
    )
    selector: ProjectSelector


class ProjectScopedSelector(Selector):
    """Narrows a kind to some projects."""

    projects: list[str] = Field(
        default=[],
        title="Projects",
        description="Keys, ids or names of the projects; empty for all visible ones.",
    )

    _split_projects = validator("projects", pre=True, allow_reuse=True)(split_words)


class VersionSelector(ProjectScopedSelector):
    """Selects versions."""

    released: bool | None = Field(
        default=None,
        title="Released",
        description="Only released versions, only unreleased ones, or both when unset.",
    )
    archived: bool | None = Field(
        default=None,
        title="Archived",
        description="Only archived versions, only others, or both when unset.",
    )


class JiraVersionResourceConfig(ResourceConfig):
    """Maps versions."""

    kind: Literal["jira-version"] = Field(
        title="Jira Version",
        description="Versions of the projects, which Jira shows as releases.",
    )
    selector: VersionSelector


class ComponentSelector(ProjectScopedSelector):
    """Selects components."""

    component_source: Literal["jira", "compass", "auto"] = Field(
        default="jira",
        alias="componentSource",
        title="Component Source",
        description="Jira's own components, Compass components, or (auto) those of"
        " Compass instead of Jira's where the project uses them.",
    )


class JiraComponentResourceConfig(ResourceConfig):
    """Maps components."""

    kind: Literal["jira-component"] = Field(
        title="Jira Component", description="Components of the projects."
    )
    selector: ComponentSelector
