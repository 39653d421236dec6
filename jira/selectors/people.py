"""Selectors of people, teams, groups and saved filters."""

from typing import Literal

from pydantic.v1 import Field, validator

from framework.selectors import Selector, split_words
from jira.selectors.base import ResourceConfig


class UserSelector(Selector):
    """Selects users."""

    account_types: list[Literal["atlassian", "app", "customer"]] = Field(
        default=[],
        alias="accountTypes",
        title="Account Types",
        description="People (atlassian), apps or customers; empty for all of them.",
    )
    active_only: bool = Field(
        default=False,
        alias="activeOnly",
        title="Active Only",
        description="Leave deactivated accounts out.",
    )

    _split = validator("account_types", pre=True, allow_reuse=True)(split_words)


class JiraUserResourceConfig(ResourceConfig):
    """Maps users."""

    kind: Literal["jira-user"] = Field(
        title="Jira User", description="Accounts of the site: people, apps, customers."
    )
    selector: UserSelector


class TeamSelector(Selector):
    """Selects teams."""

    include_members: bool = Field(
        default=False,
        alias="includeMembers",
        title="Include Members",
        description="Read the members of each team, at least one request per team.",
    )


class JiraTeamResourceConfig(ResourceConfig):
    """Maps teams."""

    kind: Literal["jira-team"] = Field(
        title="Jira Team", description="Teams of the Atlassian organization."
    )
    selector: TeamSelector


class JiraGroupResourceConfig(ResourceConfig):
    """Maps groups."""

    kind: Literal["jira-group"] = Field(
        title="Jira Group", description="Groups of the site, with their member count."
    )
    selector: Selector


class JiraFilterResourceConfig(ResourceConfig):
    """Maps saved filters."""

    kind: Literal["jira-filter"] = Field(
        title="Jira Filter", description="Saved filters that the credential can see."
    )
    selector: Selector
