"""The kinds that tie both products together, as they are written in the mapping."""

from enum import StrEnum


class LinkKind(StrEnum):
    """What is told from Octopus Deploy about Jira's issues."""

    ISSUE_DELIVERY = "octopus-issue-delivery"
