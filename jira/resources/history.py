"""What happened to issues: status changes and time logged, both read in bulk."""

import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import UTC, datetime
from itertools import batched

from core.paging import FeedPaging, SinglePage, TokenPaging
from core.resource import Resource
from core.types import Api, Item
from jira.kinds import JiraKind
from jira.resources.census import IDS_PER_PAGE, ISSUES_PER_REQUEST, fetch_issues
from jira.resources.issues import issue_jql
from jira.resources.links import linked
from jira.resources.search import search
from jira.selectors import IssueSearchSelector, WorklogSelector

# What Jira takes or returns at most.
ISSUES_PER_CHANGELOG = 1000
CHANGES_PER_PAGE = 1000
WORKLOGS_PER_REQUEST = 1000
# Documented examples are in seconds, replies in milliseconds: this tells them apart.
LATEST_IN_SECONDS = 100_000_000_000
DAY_IN_MILLISECONDS = 24 * 60 * 60 * 1000


async def list_status_changes(
    api: Api, selector: IssueSearchSelector, parent: Item
) -> AsyncGenerator[list[Item]]:
    """Yield the status changes of the selected issues, oldest first for each thousand.

    A change is Jira's own history entry with `__issueId`, `__issueKey`, the names of
    the two states in `__from` and `__to`, and its time in `__at` (ISO 8601).
    """
    issues = search(api, issue_jql(selector), ["key"], [], IDS_PER_PAGE)
    async with aclosing(issues):
        async for page in issues:
            keys = {str(issue["id"]): issue["key"] for issue in page}
            for ids in batched(keys, ISSUES_PER_CHANGELOG):
                body = {"issueIdsOrKeys": list(ids), "fieldIds": ["status"]}
                paging = TokenPaging(key="issueChangeLogs", size=CHANGES_PER_PAGE)
                path = "rest/api/3/changelog/bulkfetch"
                async for logs in api.pages_by_post(path, paging, body):
                    yield [change for log in logs for change in _changes(log, keys)]


def _changes(log: Item, keys: dict[str, str]) -> list[Item]:
    issue_id = str(log["issueId"])
    return [
        {
            **entry,
            "__issueId": issue_id,
            "__issueKey": keys.get(issue_id),
            "__from": item["fromString"],
            "__to": item["toString"],
            "__at": iso_time(entry["created"]),
        }
        for entry in log["changeHistories"]
        for item in entry["items"]
        if item["field"] == "status"
    ]


def iso_time(created: int | str) -> str:
    """Return an ISO 8601 time; in bulk, Jira sends numbers instead of text."""
    if isinstance(created, str):
        return created
    seconds = created / 1000 if created > LATEST_IN_SECONDS else created
    return datetime.fromtimestamp(seconds, UTC).isoformat()


# https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/
ISSUE_CHANGELOG = Resource(
    kind=JiraKind.ISSUE_CHANGELOG,
    id_field="id",
    list_with=list_status_changes,
)


async def list_worklogs(
    api: Api, selector: WorklogSelector, parent: Item
) -> AsyncGenerator[list[Item]]:
    """Yield worklogs that changed lately: a thousand for every two requests."""
    since = int(time.time() * 1000) - selector.updated_within_days * DAY_IN_MILLISECONDS
    feed = api.pages("rest/api/3/worklog/updated", FeedPaging(), {"since": since})
    async with aclosing(feed):
        async for page in feed:
            for entries in batched(page, WORKLOGS_PER_REQUEST):
                ids = [entry["worklogId"] for entry in entries]
                reply = await api.read("rest/api/3/worklog/list", {"ids": ids})
                yield SinglePage().rows(reply)


async def add_issue_key(
    api: Api, worklogs: list[Item], selector: WorklogSelector
) -> list[Item]:
    """Add `__issueKey`, which a worklog does not know, and `__url`, its page."""
    keys: dict[str, str] = {}
    for ids in batched({log["issueId"] for log in worklogs}, ISSUES_PER_REQUEST):
        issues = await fetch_issues(api, ids, ["project"])
        keys |= {str(issue["id"]): issue["key"] for issue in issues}
    return [
        linked(
            api,
            {**log, "__issueKey": (key := keys.get(str(log["issueId"])))},
            f"browse/{key}?focusedWorklogId={log['id']}" if key else None,
        )
        for log in worklogs
    ]


async def get_worklog(api: Api, ref: Item, selector: WorklogSelector) -> Item | None:
    """Return one worklog by its id."""
    reply = await api.read("rest/api/3/worklog/list", {"ids": [int(ref["id"])]})
    return next(iter(SinglePage().rows(reply)), None)


# https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-worklogs/
WORKLOG = Resource(
    kind=JiraKind.WORKLOG,
    id_field="id",
    list_with=list_worklogs,
    get_with=get_worklog,
    enrich=add_issue_key,
)
