"""Selectors of issues and of what is read through them."""

from collections.abc import Iterable
from typing import Any, Literal

from pydantic.v1 import Field, PrivateAttr, root_validator, validator

from framework.expressions import expressions_in
from framework.selectors import Selector, split_words
from jira.reading import ALL, fields_read
from jira.selectors.base import ResourceConfig
from jira.selectors.projects import ProjectScopedSelector

# Stands for the fields that the mapping reads.
AUTO = "auto"
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
        default=[AUTO],
        title="Fields",
        description="Fields that Jira returns for each issue: auto for those that the"
        " mapping reads, *all for every field, and ids of any others.",
    )
    expand: list[str] = Field(
        default=[],
        title="Expand",
        description="What Jira adds to each issue, such as renderedFields.",
    )
    custom_fields: list[str] = Field(
        default=[],
        alias="customFields",
        title="Custom Fields",
        description="Names of fields, such as Story Points, to be found under __fields"
        " by these names; of several with one name, the first value counts.",
    )

    _split = validator("fields", "expand", "custom_fields", pre=True, allow_reuse=True)(
        split_words
    )
    # What the mapping reads, as far as a mapping has been seen.
    _read: list[str] = PrivateAttr(default=[ALL])

    @property
    def wanted_fields(self) -> list[str]:
        """Return what to ask Jira for: ids of fields, and names of our additions."""
        if AUTO not in self.fields:
            return self.fields
        return [*self._read, *(f for f in self.fields if f != AUTO)]

    def learn_what_is_read(self, expressions: Iterable[str]) -> None:
        """Take the expressions that will run over the issues."""
        self._read = fields_read(expressions)


class IssueResourceConfig(ResourceConfig):
    """Maps what is an issue, and knows by the mapping which fields it takes."""

    selector: IssueSelector

    @root_validator(skip_on_failure=True, allow_reuse=True)
    @classmethod
    def _ask_for_what_is_read(cls, values: dict[str, Any]) -> dict[str, Any]:
        selector, port = values["selector"], values["port"]
        read = [selector.query, port.items_to_parse, port.entity.dict()]
        selector.learn_what_is_read(expressions_in(read))
        return values


class JiraIssueResourceConfig(IssueResourceConfig):
    """Maps issues."""

    kind: Literal["jira-issue"] = Field(
        title="Jira Issue", description="Jira issues that the JQL selects."
    )


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


class JiraEpicResourceConfig(IssueResourceConfig):
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


class JiraRequestResourceConfig(IssueResourceConfig):
    """Maps service requests."""

    kind: Literal["jira-request"] = Field(
        title="Jira Request",
        description="Issues of service projects with their request type and SLAs.",
    )


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
