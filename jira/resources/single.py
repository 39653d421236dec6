"""Read single issues; those that are asked for at the same moment, in one request."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Collection, Sequence
from enum import Enum
from functools import lru_cache

from core.api import Api
from core.batching import Batcher
from core.errors import ApiError, Incomplete, MalformedReply, Refused
from core.lookup import Absent, get_own
from core.types import Item
from jira.jql import with_issues
from jira.resources.census import ISSUES_PER_REQUEST, fetch_issues, find_present
from jira.resources.rows import has_strangers, id_of
from jira.resources.search import search

# Jira searches so many issues past its index's lag.
MOST_RECONCILED = 50
# How Jira may answer a search by the id of an issue that is gone.
MAY_BE_GONE = (Refused, Incomplete)
# One for each kind and selector of a mapping that live events can concern.
MOST_READERS = 100


class LeftOut(Enum):
    """What a search for many has not, and why that does not say much."""

    PERHAPS_GONE = "perhaps gone"
    # Rows came that are none of those, and one of them may be this one.
    PERHAPS_ODD = "perhaps odd"


# What a search for many brings of one: nothing if it is not selected.
type Found = Item | LeftOut | None


async def find_issue(
    api: Api, issue_id: str, jql: str, fields: list[str], expand: list[str]
) -> Item | Absent:
    """Return an issue as the database has it, if the JQL selects it."""
    reader = _reader(api, jql, tuple(fields), tuple(expand))
    return await read_or_explain(api, reader, issue_id)


async def read_or_explain(
    api: Api,
    reader: Batcher[str, Found],
    issue_id: str,
    *,
    is_clear: Callable[[ApiError], bool] = lambda error: False,
) -> Item | Absent:
    """Return what a search brings of an issue, or ask for the issue itself.

    Only its own reply proves that it is gone. Each caller asks for its own, while the
    reader searches for the next ones.

    Naming an issue that is gone is an error in JQL; so is a mistake in the JQL, for
    which Refused is raised, or Incomplete if Jira only warns. What `is_clear` says has
    nothing to do with the issue is raised at once. Raises MalformedReply if
    searches don't even find the issue by its id, and so can't tell whether it is
    selected.
    """
    try:
        found = await reader.submit(issue_id)
    except MAY_BE_GONE as error:
        if is_clear(error):
            raise
        if await get_issue(api, issue_id) is Absent.GONE:
            return Absent.GONE
        raise
    if isinstance(found, dict):
        return found
    if found is LeftOut.PERHAPS_ODD:
        what = f"a search for issue {issue_id} shows rows that nobody asked for"
        raise MalformedReply(what)
    own = None if found else await _own_reader(api).submit(issue_id)
    own = own or await get_issue(api, issue_id)
    if isinstance(own, Absent):
        return own
    by_id = _reader(api, "", ("id",), ())
    if await by_id.submit(issue_id) is None:
        raise MalformedReply(f"searches leave out issue {issue_id}, which is there")
    return Absent.NOT_SELECTED


async def get_issue(api: Api, issue_id: str) -> Item | Absent:
    """Return id and key of an issue, whatever searches show.

    https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-issueidorkey-get
    """
    return await get_own(api, f"rest/api/3/issue/{issue_id}", {"fields": "id"})


@lru_cache(MOST_READERS)
def _own_reader(api: Api) -> Batcher[str, Item | Absent | None]:
    """Return what reads issues that searches don't show, None for what can't be had."""

    async def read(issue_ids: Sequence[str]) -> list[Item | Absent | None]:
        many = await fetch_issues(api, issue_ids, ["id"])
        gone = dict.fromkeys(many.gone, Absent.GONE)
        return [many.found.get(id_) or gone.get(id_) for id_ in issue_ids]

    return Batcher(read, size=ISSUES_PER_REQUEST)


@lru_cache(MOST_READERS)
def _reader(
    api: Api, jql: str, fields: tuple[str, ...], expand: tuple[str, ...]
) -> Batcher[str, Found]:
    def pages_of(ids: list[str]) -> AsyncGenerator[list[Item]]:
        where = with_issues(jql, ids)
        return search(api, where, [*fields], [*expand], len(ids), reconciled=ids)

    return reader_by_id(api, pages_of)


def reader_by_id(
    api: Api, pages_of: Callable[[list[str]], AsyncGenerator[list[Item]]]
) -> Batcher[str, Found]:
    """Return what reads issues by id, some at once; those that aren't found are None.

    `pages_of` finds issues by at most as many ids as Jira searches past its index. What
    is gone makes such a search an error: the others are searched for without it.
    """

    async def read(issue_ids: Sequence[str]) -> list[Found]:
        ids = list(dict.fromkeys(issue_ids))
        try:
            found = await _by_id(pages_of(ids), ids)
        except MAY_BE_GONE:
            if len(ids) == 1:
                raise
            there = await find_present(api, ids)
            if there.issuperset(ids):
                raise
            left = [issue_id for issue_id in ids if issue_id in there]
            found = await _by_id(pages_of(left), left) if left else {}
            found |= dict.fromkeys({*ids} - there, LeftOut.PERHAPS_GONE)
        if len(ids) > 1:
            odd = [id_ for id_ in ids if found.get(id_) is LeftOut.PERHAPS_ODD]
            singly = (_by_id(pages_of([id_]), [id_]) for id_ in odd)
            for one in await asyncio.gather(*singly):
                found |= one
        return [found.get(issue_id) for issue_id in issue_ids]

    return Batcher(read, size=MOST_RECONCILED, split_on=Refused)


async def _by_id(
    pages: AsyncGenerator[list[Item]], ids: Collection[str]
) -> dict[str, Found]:
    rows = [row async for page in pages for row in page]
    found = {id_of(row): row for row in rows if isinstance(row, dict)}
    is_odd = has_strangers(rows, ids)
    others = dict.fromkeys(ids, LeftOut.PERHAPS_ODD) if is_odd else {}
    return {**others, **found}
