"""Every kind of Jira: where its items are, and what we add to them."""

from jira.resources.agile import BOARD, SPRINT
from jira.resources.backlog import BACKLOG
from jira.resources.history import ISSUE_CHANGELOG
from jira.resources.issue_links import ISSUE_LINK
from jira.resources.issues import EPIC, ISSUE
from jira.resources.people import FILTER, GROUP, TEAM, USER
from jira.resources.projects import COMPONENT, PROJECT, VERSION
from jira.resources.requests import REQUEST
from jira.resources.worklogs import WORKLOG

RESOURCES = {
    resource.kind: resource
    for resource in (
        PROJECT,
        VERSION,
        COMPONENT,
        ISSUE,
        EPIC,
        ISSUE_LINK,
        ISSUE_CHANGELOG,
        WORKLOG,
        REQUEST,
        BOARD,
        SPRINT,
        BACKLOG,
        USER,
        TEAM,
        GROUP,
        FILTER,
    )
}

__all__ = [
    "BACKLOG",
    "BOARD",
    "COMPONENT",
    "EPIC",
    "FILTER",
    "GROUP",
    "ISSUE",
    "ISSUE_CHANGELOG",
    "ISSUE_LINK",
    "PROJECT",
    "REQUEST",
    "RESOURCES",
    "SPRINT",
    "TEAM",
    "USER",
    "VERSION",
    "WORKLOG",
]
