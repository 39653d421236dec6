"""Find what has changed in Jira without a live event: issues, their links, worklogs.

Jira gives up an event after some tries. Two requests tell what has changed since.
"""

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from datetime import datetime
from typing import Any

from client import ApiClient
from core.types import Item
from core.values import at, child, moment, objects
from framework.known_event import KnownEvent
from jira.resources.changes import updated_since
from jira.resources.search import search
from jira.resources.worklogs import worklogs_since
from live_events.recent_reads import RecentReads

# Full issues of which only this is read; `changelog` tells former keys and new links.
FIELDS = ["updated", "issuetype", "project", "issuelinks"]
PAGE = 100


class JiraLook:
    """Make live events of what has changed since a moment."""

    def __init__(self, api: ApiClient, path: str) -> None:
        """Take the path that Jira's events are posted to."""
        self._api = api
        self._path = path
        # Issues and worklogs in the state that was told before.
        self._told = RecentReads()

    def parts(self) -> list[Any]:
        """Return what finds events; one that fails stops no other."""
        return [self._issues, self._worklogs]

    async def _issues(
        self, since: datetime, until: datetime
    ) -> AsyncGenerator[list[KnownEvent]]:
        jql = updated_since(since)
        pages = search(self._api, jql, FIELDS, ["changelog"], PAGE)
        async with aclosing(pages):
            async for page in pages:
                rows = objects(page)
                fresh = [i for i in rows if self._is_new("issue", i, _dated(i))]
                yield [event for i in fresh for event in self._of_issue(i, since)]
        # An anonymous reply names none, too.
        await self._api.confirm_identity()

    async def _worklogs(
        self, since: datetime, until: datetime
    ) -> AsyncGenerator[list[KnownEvent]]:
        pages = worklogs_since(since)(self._api, None, {})
        async with aclosing(pages):
            async for page in pages:
                yield [
                    self._event("worklog_updated", log, log.get("updated"), worklog=log)
                    for log in objects(page)
                    if self._is_new("worklog", log, log.get("updated"))
                ]
        await self._api.confirm_identity()

    def _of_issue(self, issue: Item, since: datetime) -> Iterator[KnownEvent]:
        """Yield an event that refreshes an issue, and one for each of its new links."""
        changes = [
            change
            for entry in objects(at(issue, "changelog", "histories"))
            if (created := moment(entry.get("created"))) and created >= since
            for change in objects(entry.get("items"))
        ]
        updated = _dated(issue)
        moves = [change for change in changes if change.get("field") == "Key"]
        more: Item = {"changelog": {"items": moves}} if moves else {}
        slim = {k: issue.get(k) for k in ("id", "key", "fields")}
        yield self._event("jira:issue_updated", issue, updated, issue=slim, **more)
        if any(change.get("field") == "Link" for change in changes):
            for link in objects(child(issue, "fields").get("issuelinks")):
                other = child(link, "inwardIssue") or child(link, "outwardIssue")
                ends = {
                    "sourceIssueId": issue.get("id"),
                    "destinationIssueId": other.get("id"),
                }
                named = {"id": link.get("id"), **ends}
                yield self._event("issuelink_created", link, updated, issueLink=named)

    def _event(self, name: str, item: Item, updated: Any, **subject: Any) -> KnownEvent:
        """Return an event that is as old as the change."""
        changed = moment(updated) or self._api.clock.now()
        return KnownEvent(
            self._path,
            {"webhookEvent": name, **subject},
            trace_id=f"look {name} {item.get('id')} {updated}",
            arrived_at=self._api.clock.here(changed),
        )

    def _is_new(self, sort: str, item: Item, updated: Any) -> bool:
        """Return whether an item has not been told in this state, and note it."""
        key = (sort, str(item.get("id")), str(updated))
        is_new = not self._told.knows(key)
        self._told.note(key, 0.0)
        return is_new


def _dated(issue: Item) -> Any:
    return child(issue, "fields").get("updated")
