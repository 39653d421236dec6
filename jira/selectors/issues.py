"""Selectors of issues and of what is read through them."""

from typing import Literal

from port_ocean.core.handlers.port_app_config.models import ResourceConfig
from pydantic.v1 import Field, validator

from core.selectors import Selector, split_words
from jira.selectors.projects import ProjectScopedSelector

# What is going on, and what went out lately: bounded, as Jira demands.
DEFAULT_JQL = "statusCategory != Done OR updated >= -26w"


class IssueSearchSelector(ProjectScopedSelector):
    """Selects issues by JQL, within some projects if they are named."""

    jql: str = Field(
        default=DEFAULT_JQL,
        title="JQL",
        description="Which issues to read, in Jira's own query language.",
    )


class IssueSelector(IssueSearchSelector):
    """Selects issues and how much of each."""

    fields: list[str] = Field(
        default=["*all"],
        title="Fields",
        description="Fields that Jira returns for each issue; *all brings every field.",
    )
    expand: list[str] = Field(
        default=[],
        title="Expand",
        description="What Jira adds to each issue, such as renderedFields or names.",
    )
    custom_fields: list[str] = Field(
        default=[],
        alias="customFields",
        title="Custom Fields",
        description="Names of fields, such as Story Points, to be found under __fields"
        " by these names; where several share a name, write the id.",
    )

    _split = validator("fields", "expand", pre=True, allow_reuse=True)(split_words)


class JiraIssueResourceConfig(ResourceConfig):
    """Maps issues."""

    kind: Literal["jira-issue"] = Field(
        title="Jira Issue", description="Jira issues that the JQL selects."
    )
    selector: IssueSelector


class EpicSelector(IssueSelector):
    """Selects epics."""

    jql: str = Field(
        default="",
        title="JQL",
        description="Narrows the epics further, in Jira's own query language.",
    )
    done: bool | None = Field(
        default=None,
        title="Done",
        description="Only done epics, only open ones, or both when unset.",
    )


class JiraEpicResourceConfig(ResourceConfig):
    """Maps epics."""

    kind: Literal["jira-epic"] = Field(
        title="Jira Epic", description="Issues one level above the ordinary ones."
    )
    selector: EpicSelector


class JiraIssueLinkResourceConfig(ResourceConfig):
    """Maps links between issues."""

    kind: Literal["jira-issue-link"] = Field(
        title="Jira Issue Link",
        description="Links of the selected issues: blocks, duplicates, relates to.",
    )
    selector: IssueSearchSelector


class JiraIssueChangelogResourceConfig(ResourceConfig):
    """Maps status changes."""

    kind: Literal["jira-issue-changelog"] = Field(
        title="Jira Issue Changelog",
        description="Status changes of the selected issues, for cycle times.",
    )
    selector: IssueSearchSelector


class JiraRequestResourceConfig(ResourceConfig):
    """Maps service requests."""

    kind: Literal["jira-request"] = Field(
        title="Jira Request",
        description="Issues of service projects with their request type and SLAs.",
    )
    selector: IssueSelector


class WorklogSelector(Selector):
    """Selects worklogs."""

    updated_within_days: int = Field(
        default=90,
        ge=1,
        alias="updatedWithinDays",
        title="Updated Within Days",
        description="Only worklogs that were added or edited in the last so many days.",
    )


class JiraWorklogResourceConfig(ResourceConfig):
    """Maps worklogs."""

    kind: Literal["jira-worklog"] = Field(
        title="Jira Worklog", description="Time logged on issues."
    )
    selector: WorklogSelector
