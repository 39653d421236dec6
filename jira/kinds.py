"""The kinds of Jira, as they are written in the mapping."""

from enum import StrEnum


class JiraKind(StrEnum):
    """What can be brought from Jira into the catalog."""

    PROJECT = "jira-project"
    ISSUE = "jira-issue"
    USER = "jira-user"
