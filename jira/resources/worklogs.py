"""Worklogs, which are found by a feed of changes and read in bulk by their ids."""

import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import datetime

from core.api import Api
from core.changes import listed_by
from core.cursor_paging import FeedPaging
from core.errors import ApiError, Forbidden, MalformedReply, Unavailable
from core.lookup import PASSING, Absent, ById, get_many, get_own
from core.replies import check_array
from core.resource import ListWith, Resource
from core.trouble import (
    UNKNOWN,
    Missing,
    Report,
    attempt,
    current_report,
    reporting,
    with_values,
)
from core.types import Item
from jira.kinds import JiraKind
from jira.resources.census import fetch_issues
from jira.resources.links import linked
from jira.resources.rows import has_strangers, id_of, sound
from jira.selectors import WorklogSelector

WORKLOGS = "rest/api/3/worklog/list"
# What Jira takes at most.
WORKLOGS_PER_REQUEST = 1000
# Of the worklogs that Jira leaves out, so many are asked for one by one.
WORKLOGS_CONFIRMED = 20
DAY_IN_MILLISECONDS = 24 * 60 * 60 * 1000


async def list_worklogs(
    api: Api, selector: WorklogSelector, parent: Item
) -> AsyncGenerator[list[Item]]:
    """Yield worklogs that changed lately: a thousand for every two requests.

    Raises MalformedReply if Jira leaves out some that are there, and Forbidden if it
    shows none of all that it names.
    """
    since = int(time.time() * 1000) - selector.updated_within_days * DAY_IN_MILLISECONDS
    async with aclosing(_list_since(api, since)) as pages:
        async for page in pages:
            yield page


def worklogs_since(since: datetime) -> ListWith:
    """Return what lists the worklogs that were added or edited since a moment."""
    milliseconds = int(since.timestamp() * 1000)
    return lambda api, selector, parent: _list_since(api, milliseconds)


async def _list_since(api: Api, since: int) -> AsyncGenerator[list[Item]]:
    by_id, shown = _ById(api), 0
    async with aclosing(_feed(api, since)) as feed:
        async for ids in feed:
            found = (await get_many(by_id.declared(), ids)).found
            shown += len(found)
            yield [*found.values()]
    if by_id.wrongly_left_out:
        raise MalformedReply(f"{WORKLOGS} leaves out worklogs that are there")
    if by_id.left_out and not shown:
        raise Forbidden(f"{WORKLOGS} shows none of {len(by_id.left_out)} worklogs")


async def _feed(api: Api, since: int) -> AsyncGenerator[list[str]]:
    """Yield ids of worklogs that were changed since a moment."""
    pages = api.pages("rest/api/3/worklog/updated", FeedPaging(), {"since": since})
    async with aclosing(pages):
        async for page in pages:
            ids = [str(row["worklogId"]) for row in sound(page, "worklogId")]
            for odd in (id_ for id_ in ids if not id_.isdecimal()):
                current_report().lose_item({"id": odd}, "not an id of a worklog")
            yield list(filter(str.isdecimal, ids))


class _ById:
    """Asks for worklogs by their ids.

    Jira leaves out what only other groups and roles may see, as it documents, and what
    is gone. That it left out nothing else is confirmed for some of them.
    """

    def __init__(self, api: Api) -> None:
        self._api = api
        self._failed: dict[str, ApiError] = {}
        self.left_out: set[str] = set()
        self.wrongly_left_out = 0

    def declared(self) -> ById:
        size = WORKLOGS_PER_REQUEST
        return ById(many=self._many, single=self._single, id_of=id_of, size=size)

    async def _many(self, ids: Sequence[str], once: bool) -> list[Item]:
        body = {"ids": [int(id_) for id_ in ids]}
        try:
            logs: list[Item] = await self._api.read(
                WORKLOGS, body, check_array, once=once
            )
        except PASSING as error:
            if len(ids) == 1:
                self._failed[ids[0]] = error
            raise
        if has_strangers(logs, ids):
            # It may be one that only seems to be left out.
            stranger = MalformedReply(f"{WORKLOGS} shows what nobody asked for")
            if len(ids) == 1:
                raise stranger
            current_report().lose_kind(stranger)
        return logs

    async def _single(self, id_: str) -> Item | Absent:
        if id_ in self._failed:
            raise self._failed[id_]
        self.left_out.add(id_)
        if len(self.left_out) > WORKLOGS_CONFIRMED:
            return Absent.NOT_SELECTED
        logs = [log for log in await self._many([id_], True) if isinstance(log, dict)]
        own = next((log for log in logs if id_of(log) == id_), None)
        self.wrongly_left_out += own is not None
        return own or Absent.NOT_SELECTED


async def add_issue_key(
    api: Api, worklogs: list[Item], selector: WorklogSelector
) -> list[Item]:
    """Add `__issueKey`, which a worklog does not know, and `__url`, its page."""
    ids = {str(id_) for log in worklogs if (id_ := log.get("issueId")) is not None}
    keys = await attempt(_keys(api, ids), value="keys of issues")
    added = []
    for log in worklogs:
        key = keys.get(str(log.get("issueId"))) if isinstance(keys, dict) else keys
        page = f"browse/{key}?focusedWorklogId={log['id']}"
        url = f"{api.site_url}/{page}" if isinstance(key, str) else key
        added.append(linked(api, with_values(log, {"__issueKey": key, "__url": url})))
    return added


async def _keys(api: Api, ids: set[str]) -> dict[str, str | Missing]:
    """Return the keys of issues, without those that are gone."""
    with reporting(Report("issues of worklogs")):
        issues = await fetch_issues(api, ids, ["project"])
    keys = {id_: issue.get("key") or UNKNOWN for id_, issue in issues.found.items()}
    lost = ids - issues.found.keys() - issues.gone
    if lost:
        reason = f"{len(lost)} issues can't be read"
        current_report().lose_value("keys of issues", reason)
    return keys | dict.fromkeys(lost, UNKNOWN)


async def get_worklog(api: Api, ref: Item, selector: WorklogSelector) -> Item | Absent:
    """Return one worklog by its id.

    Raises Unavailable if it does not come and `ref` has no `issueId` to ask for it by.
    """
    id_ = str(ref["id"])
    found = (await get_many(_ById(api).declared(), [id_])).found
    if id_ in found:
        return found[id_]
    if not ref.get("issueId"):
        raise Unavailable(f"worklog {id_} does not come, and its issue is unknown")
    return await get_own(api, f"rest/api/3/issue/{ref['issueId']}/worklog/{id_}")


# https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-worklogs/
WORKLOG = Resource(
    kind=JiraKind.WORKLOG,
    id_field="id",
    list_with=list_worklogs,
    get_with=get_worklog,
    enrich=add_issue_key,
    changed=listed_by(worklogs_since),
)
