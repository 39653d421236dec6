"""What the user may set for each kind of Jira in the mapping."""

from typing import Literal

from port_ocean.core.handlers.port_app_config.models import ResourceConfig
from pydantic.v1 import Field, validator

from core.selectors import Selector, split_words

# What is going on, and what went out lately: bounded, as Jira demands.
DEFAULT_JQL = "statusCategory != Done OR updated >= -26w"


class JiraProjectSelector(Selector):
    """Selects projects."""

    expand: list[str] = Field(
        default=["description", "lead", "url", "insight"],
        title="Expand",
        description="What Jira adds to each project, such as description, lead, url,"
        " insight (issue counts), issueTypes or projectKeys.",
    )

    _split = validator("expand", pre=True, allow_reuse=True)(split_words)


class JiraProjectResourceConfig(ResourceConfig):
    """Maps projects."""

    kind: Literal["jira-project"] = Field(
        title="Jira Project", description="Jira projects that the credential can see."
    )
    selector: JiraProjectSelector


class JiraIssueSelector(Selector):
    """Selects issues."""

    jql: str = Field(
        default=DEFAULT_JQL,
        title="JQL",
        description="Which issues to bring, in Jira's own query language.",
    )
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

    _split = validator("fields", "expand", pre=True, allow_reuse=True)(split_words)


class JiraIssueResourceConfig(ResourceConfig):
    """Maps issues."""

    kind: Literal["jira-issue"] = Field(
        title="Jira Issue", description="Jira issues that the JQL selects."
    )
    selector: JiraIssueSelector


class JiraUserSelector(Selector):
    """Selects users."""


class JiraUserResourceConfig(ResourceConfig):
    """Maps users."""

    kind: Literal["jira-user"] = Field(
        title="Jira User", description="Accounts of the site: people, apps, customers."
    )
    selector: JiraUserSelector
