"""Live events of Jira: one processor for each thing that its events are about.

https://developer.atlassian.com/cloud/jira/platform/webhooks/
"""

from typing import Any

from port_ocean.core.handlers.port_app_config.models import ResourceConfig
from port_ocean.core.handlers.webhook.webhook_event import (
    EventPayload,
    WebhookEvent,
    WebhookEventRawResults,
)

from core.types import Item
from jira.resources import (
    BOARD,
    EPIC,
    FILTER,
    ISSUE,
    ISSUE_LINK,
    REQUEST,
    SPRINT,
    USER,
    VERSION,
    WORKLOG,
)
from webhook_processors.base import at, by_kind, matching
from webhook_processors.jira_event import (
    ACCOUNT_ID,
    ISSUE_KEY,
    NUMBER,
    JiraWebhookProcessor,
)
from webhook_processors.jira_project import ProjectWebhookProcessor

PATH = "/webhook/jira"


# Where an issue type stands among others, and the type of a project with requests.
EPIC_LEVEL, SERVICE = 1, "service_desk"


class IssueWebhookProcessor(JiraWebhookProcessor):
    """An issue was created, edited, moved, commented on or deleted."""

    subject = "issue"
    resources = by_kind(ISSUE, EPIC, REQUEST)
    saved_on = frozenset(
        {
            "jira:issue_created",
            "jira:issue_updated",
            "comment_created",
            "comment_updated",
            "comment_deleted",
        }
    )
    gone_on = frozenset({"jira:issue_deleted"})

    async def get_matching_kinds(self, event: WebhookEvent) -> list[str]:
        """Leave out what the issue surely is not, and was not before this event."""
        fields = at(event.payload, "issue", "fields")
        changed = {str(at(change, "field")) for change in _changes(event.payload)}
        level = at(fields, "issuetype", "hierarchyLevel")
        sort = at(fields, "project", "projectTypeKey")
        ruled_out = set()
        if level not in (None, EPIC_LEVEL) and "issuetype" not in changed:
            ruled_out.add(EPIC.kind)
        if sort not in (None, SERVICE) and not changed & {"Key", "project"}:
            ruled_out.add(REQUEST.kind)
        return [kind for kind in self.resources if kind not in ruled_out]

    def burst(self) -> str | None:
        """Let every move count: each leaves another key."""
        return None if _old_keys(self.event.payload) else super().burst()

    async def handle_event(
        self, payload: EventPayload, resource: ResourceConfig
    ) -> WebhookEventRawResults:
        """Refresh the issue; one that moved also leaves its old key."""
        results = await super().handle_event(payload, resource)
        issue = self._tombstone(payload, {})
        old = [{**issue, "key": key} for key in _old_keys(payload)]
        return WebhookEventRawResults(
            results.updated_raw_results, [*results.deleted_raw_results, *old]
        )


def _old_keys(payload: EventPayload) -> list[str]:
    """Return the keys that the issue had before this event."""
    moves = [change for change in _changes(payload) if at(change, "field") == "Key"]
    keys = (matching(at(move, "fromString"), ISSUE_KEY) for move in moves)
    return [key for key in keys if key]


def _changes(payload: EventPayload) -> list[Any]:
    items = at(payload, "changelog", "items")
    return items if isinstance(items, list) else []


class WorklogWebhookProcessor(JiraWebhookProcessor):
    """Time was logged, corrected or taken back."""

    subject = "worklog"
    resources = by_kind(WORKLOG)
    saved_on = frozenset({"worklog_created", "worklog_updated"})
    gone_on = frozenset({"worklog_deleted"})


class IssueLinkWebhookProcessor(JiraWebhookProcessor):
    """Two issues were linked or unlinked; neither of them has an event of its own."""

    subject = "issueLink"
    resources = by_kind(ISSUE_LINK, ISSUE)
    saved_on = frozenset({"issuelink_created"})
    gone_on = frozenset({"issuelink_deleted"})

    def objects(self) -> list[str]:
        """Name the link and the issues at its ends."""
        ends = [f"{ISSUE.kind} {end}" for end in _ends(self.event.payload)]
        return [*super().objects(), *ends]

    async def handle_event(
        self, payload: EventPayload, resource: ResourceConfig
    ) -> WebhookEventRawResults:
        """Refresh the link, or both of its ends."""
        if resource.kind == ISSUE_LINK.kind:
            return await super().handle_event(payload, resource)
        api = self.client()
        updated: list[Item] = []
        for ref in _ends(payload):
            if api is not None:
                part = await self._refresh(api, ISSUE, resource, payload, ref)
                updated += part.updated_raw_results
        return WebhookEventRawResults(updated, [])


def _ends(payload: EventPayload) -> list[Item]:
    """Return the issues at the ends of a link."""
    link = at(payload, "issueLink")
    names = ("sourceIssueId", "destinationIssueId")
    ids = [matching(at(link, name), NUMBER) for name in names]
    return [{"id": id_} for id_ in ids if id_]


class VersionWebhookProcessor(JiraWebhookProcessor):
    """A version was created, edited, released, moved, merged or deleted."""

    subject = "version"
    resources = by_kind(VERSION)
    saved_on = frozenset(
        {
            "jira:version_created",
            "jira:version_updated",
            "jira:version_released",
            "jira:version_unreleased",
            "jira:version_moved",
        }
    )
    gone_on = frozenset({"jira:version_deleted"})

    def objects(self) -> list[str]:
        """Name the version, and the one that took it in."""
        target = _merged_to(self.event.payload)
        merged = [f"{VERSION.kind} {target}"] if target else []
        return [*super().objects(), *merged]

    async def handle_event(
        self, payload: EventPayload, resource: ResourceConfig
    ) -> WebhookEventRawResults:
        """Refresh the version; a merge also changes the one that took it in."""
        results = await super().handle_event(payload, resource)
        api = self.client()
        target = _merged_to(payload)
        if api is None or target is None:
            return results
        merged = await self._refresh(api, VERSION, resource, payload, target)
        updated = [*results.updated_raw_results, *merged.updated_raw_results]
        return WebhookEventRawResults(updated, results.deleted_raw_results)


def _merged_to(payload: EventPayload) -> Item | None:
    """Return the version that a deleted one was merged into."""
    merged = at(payload, "mergedTo")
    ids = (at(merged, "version", "id"), at(merged, "id"))
    found = [id_ for value in ids if (id_ := matching(value, NUMBER))]
    return {"id": found[0]} if found else None


class UserWebhookProcessor(JiraWebhookProcessor):
    """An account was created, edited or removed."""

    subject = "user"
    id_field = "accountId"
    id_pattern = ACCOUNT_ID
    resources = by_kind(USER)
    saved_on = frozenset({"user_created", "user_updated"})
    gone_on = frozenset({"user_deleted"})


class BoardWebhookProcessor(JiraWebhookProcessor):
    """A board was created, edited, configured or deleted."""

    subject = "board"
    resources = by_kind(BOARD)
    saved_on = frozenset({"board_created", "board_updated"})
    gone_on = frozenset({"board_deleted"})


class BoardConfigurationWebhookProcessor(JiraWebhookProcessor):
    """A board's filter or columns changed; this event names the board differently."""

    subject = "configuration"
    resources = by_kind(BOARD)
    saved_on = frozenset({"board_configuration_changed"})


class SprintWebhookProcessor(JiraWebhookProcessor):
    """A sprint was planned, edited, started, closed or deleted."""

    subject = "sprint"
    resources = by_kind(SPRINT)
    saved_on = frozenset(
        {"sprint_created", "sprint_updated", "sprint_started", "sprint_closed"}
    )
    gone_on = frozenset({"sprint_deleted"})


class FilterWebhookProcessor(JiraWebhookProcessor):
    """A saved filter was created, edited or deleted."""

    subject = "filter"
    resources = by_kind(FILTER)
    saved_on = frozenset({"filter_created", "filter_updated"})
    gone_on = frozenset({"filter_deleted"})


PROCESSORS: tuple[type[JiraWebhookProcessor], ...] = (
    IssueWebhookProcessor,
    WorklogWebhookProcessor,
    IssueLinkWebhookProcessor,
    ProjectWebhookProcessor,
    VersionWebhookProcessor,
    UserWebhookProcessor,
    BoardWebhookProcessor,
    BoardConfigurationWebhookProcessor,
    SprintWebhookProcessor,
    FilterWebhookProcessor,
)

# What Jira is asked to send: everything that a processor claims.
EVENTS = sorted(name for p in PROCESSORS for name in p.saved_on | p.gone_on)
