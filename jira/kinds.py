"""The kinds of Jira, as they are written in the mapping."""

from enum import StrEnum


class JiraKind(StrEnum):
    """What can be brought from Jira into the catalog."""

    PROJECT = "jira-project"
    VERSION = "jira-version"
    COMPONENT = "jira-component"
    ISSUE = "jira-issue"
    EPIC = "jira-epic"
    ISSUE_LINK = "jira-issue-link"
    ISSUE_CHANGELOG = "jira-issue-changelog"
    WORKLOG = "jira-worklog"
    REQUEST = "jira-request"
    BOARD = "jira-board"
    SPRINT = "jira-sprint"
    BACKLOG = "jira-backlog"
    USER = "jira-user"
    TEAM = "jira-team"
    GROUP = "jira-group"
    FILTER = "jira-filter"
