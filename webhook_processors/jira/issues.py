"""Live events of issues, and of their worklogs and links."""

import asyncio
from typing import Any

from port_ocean.core.handlers.port_app_config.models import ResourceConfig
from port_ocean.core.handlers.webhook.webhook_event import (
    EventPayload,
    WebhookEventRawResults,
)

from client import ApiClient
from core.lookup import Absent
from core.types import Item
from core.values import at, matching
from framework.entity_processor import GONE
from framework.event_outcome import CURRENT
from framework.known_event import KnownEvent, arrival_of
from jira.resources import BACKLOG, EPIC, ISSUE, ISSUE_LINK, REQUEST, WORKLOG
from jira.resources.backlog import backlog_ref, boards_of
from jira.resources.single import get_issue
from webhook_processors.base import asking_for, by_kind
from webhook_processors.jira.base import ISSUE_KEY, NUMBER, JiraWebhookProcessor

# Where an issue type stands among others, and the type of a project with requests.
EPIC_LEVEL, SERVICE = 1, "service_desk"
# What we tell ourselves: it is time to read the backlogs that may hold an issue.
BACKLOGS_DUE = "backlogs_due"


class IssueWebhookProcessor(JiraWebhookProcessor):
    """An issue was created, edited, moved, commented on or deleted."""

    subject = "issue"
    key_pattern = ISSUE_KEY
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

    def kinds(self, payload: EventPayload) -> list[str]:
        """Leave out what the issue surely is not, and was not before this event."""
        fields = at(payload, "issue", "fields")
        changed = {str(at(change, "field")) for change in _changes(payload)}
        level = at(fields, "issuetype", "hierarchyLevel")
        sort = at(fields, "project", "projectTypeKey")
        ruled_out = set()
        if level not in (None, EPIC_LEVEL) and "issuetype" not in changed:
            ruled_out.add(EPIC.kind)
        if sort not in (None, SERVICE) and not changed & {"Key", "project"}:
            ruled_out.add(REQUEST.kind)
        return [kind for kind in self.resources if kind not in ruled_out]

    def coalescing_key(self) -> str | None:
        """Let every move count: each leaves another key."""
        return None if _old_keys(self.event.payload) else super().coalescing_key()

    async def handle_event(
        self, payload: EventPayload, resource: ResourceConfig
    ) -> WebhookEventRawResults:
        """Refresh the issue; one that moved also leaves its old key."""
        api, issue = self.api, self.ref(payload)
        if api is None or issue is None:
            return WebhookEventRawResults([], [])
        if resource.kind == BACKLOG.kind:
            if self._defer_backlogs(issue):
                return WebhookEventRawResults([], [])
            return await self._backlogs(api, payload, resource, issue)
        if self.removes_object() and await self._is_gone(api, payload, issue):
            gone = {**_subject(payload), **issue, GONE: True}
            return WebhookEventRawResults([], [gone])
        results = await self._refresh(api, resource, payload, issue)
        now = {item["key"] for item in results.updated_raw_results}
        with asking_for(f"old keys of {issue}") as read:
            left = [
                {**_subject(payload), **issue, "key": key, GONE: True}
                for key in _old_keys(payload)
                if key not in now and (now or await self.has_left(api, key))
            ]
            read.found = True
        return WebhookEventRawResults(
            results.updated_raw_results, [*results.deleted_raw_results, *left]
        )

    async def _is_gone(
        self, api: ApiClient, payload: EventPayload, issue: Item
    ) -> bool:
        """Return whether Jira has neither the issue nor any other one with its key.

        Asked for at once, and before a search, which an issue that is gone would fail.
        """
        key = matching(at(payload, "issue", "key"), ISSUE_KEY)
        if key is None:
            return False
        asking = (self._find(api, name) for name in (issue["id"], key))
        return all(one is Absent.GONE for one in await asyncio.gather(*asking))

    async def _find(self, api: ApiClient, key: str) -> Item | Absent:
        with asking_for(f"issue {key}") as read:
            issue = await get_issue(api, key)
            read.found = True
        return issue

    async def has_left(self, api: ApiClient, key: str) -> bool:
        """Return whether no issue has this key any more; Jira redirects old keys."""
        issue = await self._find(api, key)
        return isinstance(issue, Absent) or issue.get("key") != key

    def _defer_backlogs(self, issue: Item) -> bool:
        """Leave the backlogs to one read after a storm, if this event may wait.

        Each board costs a request, and a deletion or a move has to be told at once.
        """
        outcome = CURRENT.get()
        if outcome is None or outcome.defer is None or self.coalescing_key() is None:
            return False
        key = at(self.event.payload, "issue", "key")
        due = KnownEvent(
            self.event.webhook_path or "",
            {"webhookEvent": BACKLOGS_DUE, "issue": {**issue, "key": key}},
            trace_id=f"{BACKLOGS_DUE} {issue}",
            arrived_at=arrival_of(self.event),
        )
        outcome.defer(due)
        return True

    async def _backlogs(
        self,
        api: ApiClient,
        payload: EventPayload,
        resource: ResourceConfig,
        issue: Item,
    ) -> WebhookEventRawResults:
        """Refresh the backlogs of the boards that show its project, or showed it."""
        key = matching(at(payload, "issue", "key"), ISSUE_KEY)
        keys = [*([key] if key else []), *_old_keys(payload)]
        projects = {key.rpartition("-")[0] for key in keys}
        with asking_for(f"the boards of {sorted(projects)}") as read:
            boards = await boards_of(api, projects, resource.selector)
            is_gone = bool(boards) and self.removes_object()
            is_gone = is_gone and await get_issue(api, issue["id"]) is Absent.GONE
            read.found = True
        refs = [{**issue, **backlog_ref(board, issue["id"])} for board in boards]
        if is_gone:
            known = _subject(payload)
            gone = [{**known, **ref, GONE: True} for ref in refs]
            return WebhookEventRawResults([], gone)
        return await self._refresh_all(api, resource, payload, refs)


class BacklogWebhookProcessor(IssueWebhookProcessor):
    """It is time to read the backlogs that may hold an issue."""

    resources = by_kind(BACKLOG)
    saved_on = frozenset({BACKLOGS_DUE})
    gone_on = frozenset()

    def lock_keys(self) -> list[str]:
        """Name the issue as all its events do."""
        return [self.named(f"{ISSUE.kind} {self.ref(self.event.payload)}")]

    def kinds(self, payload: EventPayload) -> list[str]:
        """Return the only kind."""
        return list(self.resources)

    def _defer_backlogs(self, issue: Item) -> bool:
        """Read them now: they were deferred."""
        return False


def _subject(payload: EventPayload) -> Item:
    issue = at(payload, "issue")
    return issue if isinstance(issue, dict) else {}


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

    def ref(self, payload: EventPayload) -> Item | None:
        """Return the ids of the worklog and, if the event has it, of its issue."""
        ref = super().ref(payload)
        issue_id = matching(at(payload, "worklog", "issueId"), NUMBER)
        return {**ref, "issueId": issue_id} if ref and issue_id else ref


class IssueLinkWebhookProcessor(JiraWebhookProcessor):
    """Two issues were linked or unlinked; neither of them has an event of its own."""

    subject = "issueLink"
    resources = by_kind(ISSUE_LINK, ISSUE, EPIC, REQUEST)
    saved_on = frozenset({"issuelink_created"})
    gone_on = frozenset({"issuelink_deleted"})

    def lock_keys(self) -> list[str]:
        """Name the link and the issues at its ends."""
        ends = [f"{ISSUE.kind} {end}" for end in _ends(self.event.payload)]
        return [*super().lock_keys(), *map(self.named, ends)]

    async def handle_event(
        self, payload: EventPayload, resource: ResourceConfig
    ) -> WebhookEventRawResults:
        """Refresh the link, or both of its ends."""
        if resource.kind == ISSUE_LINK.kind:
            return await super().handle_event(payload, resource)
        api = self.api
        if api is None:
            return WebhookEventRawResults([], [])
        found = await self._refresh_all(api, resource, payload, _ends(payload))
        # The link doesn't have the key of an end that is not there.
        return WebhookEventRawResults(found.updated_raw_results, [])


def _ends(payload: EventPayload) -> list[Item]:
    """Return the issues at the ends of a link."""
    link = at(payload, "issueLink")
    names = ("sourceIssueId", "destinationIssueId")
    ids = [matching(at(link, name), NUMBER) for name in names]
    return [{"id": id_} for id_ in ids if id_]
