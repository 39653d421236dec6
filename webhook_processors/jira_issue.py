"""Live events of issues, and of what hangs on them."""

from typing import Any

from port_ocean.core.handlers.port_app_config.models import ResourceConfig
from port_ocean.core.handlers.webhook.webhook_event import (
    EventPayload,
    WebhookEvent,
    WebhookEventRawResults,
)

from core.types import Item
from jira.resources import BACKLOG, EPIC, ISSUE, ISSUE_LINK, REQUEST, WORKLOG
from jira.resources.agile import backlog_ref, boards_of
from webhook_processors.base import asking_for, at, by_kind, matching
from webhook_processors.jira_event import ISSUE_KEY, NUMBER, JiraWebhookProcessor

# Where an issue type stands among others, and the type of a project with requests.
EPIC_LEVEL, SERVICE = 1, "service_desk"


class IssueWebhookProcessor(JiraWebhookProcessor):
    """An issue was created, edited, moved, commented on or deleted."""

    subject = "issue"
    resources = by_kind(ISSUE, EPIC, REQUEST, BACKLOG)
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
        if resource.kind == BACKLOG.kind:
            return await self._backlogs(payload, resource)
        results = await super().handle_event(payload, resource)
        issue = self._tombstone(payload, {})
        old = [{**issue, "key": key} for key in _old_keys(payload)]
        return WebhookEventRawResults(
            results.updated_raw_results, [*results.deleted_raw_results, *old]
        )

    async def _backlogs(
        self, payload: EventPayload, resource: ResourceConfig
    ) -> WebhookEventRawResults:
        """Look into the backlogs of the boards that show its project, or showed it."""
        api, issue = self.client(), self.ref(payload)
        if api is None or issue is None:
            return WebhookEventRawResults([], [])
        key = matching(at(payload, "issue", "key"), ISSUE_KEY)
        keys = [*([key] if key else []), *_old_keys(payload)]
        projects = {key.rpartition("-")[0] for key in keys}
        with asking_for(f"the boards of {sorted(projects)}") as read:
            boards = await boards_of(api, projects, resource.selector)
            read.found = True
        refs = [{**issue, **backlog_ref(board, issue["id"])} for board in boards]
        if self.is_final():
            gone = [self._tombstone(payload, ref) for ref in refs]
            return WebhookEventRawResults([], gone)
        return await self._refresh_all(api, resource, payload, refs)


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
    resources = by_kind(ISSUE_LINK, ISSUE, EPIC, REQUEST)
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
        if api is None:
            return WebhookEventRawResults([], [])
        found = await self._refresh_all(api, resource, payload, _ends(payload))
        # The link doesn't tell the key of an end that is not there.
        return WebhookEventRawResults(found.updated_raw_results, [])


def _ends(payload: EventPayload) -> list[Item]:
    """Return the issues at the ends of a link."""
    link = at(payload, "issueLink")
    names = ("sourceIssueId", "destinationIssueId")
    ids = [matching(at(link, name), NUMBER) for name in names]
    return [{"id": id_} for id_ in ids if id_]
