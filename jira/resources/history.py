"""What happened to issues: status changes, which are read in bulk."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from itertools import batched
from typing import Any

from core.api import Api
from core.cursor_paging import TokenPaging
from core.errors import MalformedReply, NotFound
from core.paging import OffsetPaging
from core.resource import Resource
from core.trouble import ODD_FORM, current_report
from core.types import Item
from jira.kinds import JiraKind
from jira.resources.census import IDS_PER_PAGE
from jira.resources.changes import list_updated
from jira.resources.issues import issue_jql
from jira.resources.rows import id_of, sound
from jira.resources.search import search
from jira.resources.work_started import categories_of_statuses, with_starts
from jira.selectors import IssueSearchSelector

# What Jira takes or returns at most.
ISSUES_PER_CHANGELOG = 1000
CHANGES_PER_PAGE = 1000
CHANGELOGS = "rest/api/3/changelog/bulkfetch"
CHANGELOG_PAGES = TokenPaging(key="issueChangeLogs", size=CHANGES_PER_PAGE)
# Of a thousand issues without a change in a reply, so many are read one by one.
CHANGELOGS_CONFIRMED = 4
# Documented examples are in seconds, replies in milliseconds: this distinguishes them.
LATEST_IN_SECONDS = 100_000_000_000


async def list_status_changes(
    api: Api, selector: IssueSearchSelector, parent: Item
) -> AsyncGenerator[list[Item]]:
    """Yield the status changes of the selected issues, oldest first for each thousand.

    A change is Jira's own history entry with `__issueId`, `__issueKey`, the names of
    the two states in `__from` and `__to`, the id of the latter in `__toId`, its time in
    `__at` (ISO 8601), and what `with_starts` adds.
    """
    categories = await categories_of_statuses(api)
    issues = search(api, issue_jql(selector), ["key"], [], IDS_PER_PAGE)
    async with aclosing(issues):
        async for page in issues:
            keys = {id_of(issue): issue["key"] for issue in sound(page, "id", "key")}
            for ids in batched(keys, ISSUES_PER_CHANGELOG):
                logs = await _changelogs(api, ids)
                changes = [change for log in logs for change in _changes(log, keys)]
                yield with_starts(changes, categories)


async def _changelogs(api: Api, ids: Sequence[str]) -> list[Item]:
    """Return the changelogs of issues; some that got none are asked for singly.

    Jira leaves out issues without a change, so an empty reply is none of a failure.
    """
    body = {"issueIdsOrKeys": [*ids], "fieldIds": ["status"]}
    pages = api.pages_by_post(CHANGELOGS, CHANGELOG_PAGES, body)
    logs = [log async for page in pages for log in sound(page, "issueId")]
    missing = set(ids) - {str(log["issueId"]) for log in logs}
    for id_ in sorted(missing)[:CHANGELOGS_CONFIRMED]:
        if await _has_changed_status(api, id_):
            raise MalformedReply(f"{CHANGELOGS} leaves out issue {id_}")
    return logs


async def _has_changed_status(api: Api, issue_id: str) -> bool:
    path = f"rest/api/3/issue/{issue_id}/changelog"
    try:
        async with aclosing(api.pages(path, OffsetPaging())) as pages:
            async for page in pages:
                if any(map(_status_items, page)):
                    return True
    except ODD_FORM:  # perhaps it has
        return True
    except NotFound:  # gone since the search named it
        await api.confirm_identity()
    return False


def _changes(log: Item, keys: dict[str, str]) -> list[Item]:
    """Return the status changes of an issue; odd ones are recorded as trouble."""
    issue_id = str(log["issueId"])
    found = []
    for entry in log.get("changeHistories") or []:
        try:
            found += [
                {
                    **entry,
                    "__issueId": issue_id,
                    "__issueKey": keys.get(issue_id),
                    "__from": item.get("fromString"),
                    "__to": item.get("toString"),
                    "__toId": str(item.get("to")),
                    "__at": iso_time(entry.get("created")),
                }
                for item in _status_items(entry)
            ]
        except ODD_FORM as error:
            current_report().lose_item(entry, error)
    return found


def _status_items(entry: Item) -> list[Item]:
    items = entry.get("items") or []
    return [item for item in items if item.get("field") == "status"]


def iso_time(created: Any) -> str | None:
    """Return an ISO 8601 time; in bulk, Jira sends numbers instead of text."""
    if isinstance(created, str):
        return created
    try:
        seconds = created / 1000 if created > LATEST_IN_SECONDS else created
        return datetime.fromtimestamp(seconds, UTC).isoformat()
    except (OSError, OverflowError, TypeError, ValueError):
        return None


# https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/
ISSUE_CHANGELOG = Resource(
    kind=JiraKind.ISSUE_CHANGELOG,
    id_field="id",
    list_with=list_status_changes,
    changed=list_updated,
)
