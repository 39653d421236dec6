"""Read many issues: first their ids by search, then the issues themselves, in parallel.

A search hands out pages one after the other, and a page of full issues takes Jira long;
five thousand ids come at once. What is fetched by id is also read from the database
itself, not from the index, which lags behind.
"""

from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing
from itertools import batched
from typing import Any

from core.api import Api
from core.lookup import Absent, ById, ManyById, get_many, get_own
from core.paging import SinglePage
from core.pipeline import fan_out
from core.types import Item
from jira.resources.rows import id_of, sound
from jira.resources.search import search

BULK = "rest/api/3/issue/bulkfetch"
PAGE = SinglePage(key="issues")
# What Jira returns at most: whole issues, or their ids alone.
ISSUES_PER_REQUEST = 100
IDS_PER_PAGE = 5000
# Enough to hide how long Jira takes for a hundred issues; more would only take memory.
REQUESTS_AT_ONCE = 4


async def read_issues(
    api: Api, jql: str, fields: list[str], expand: list[str]
) -> AsyncGenerator[list[Item]]:
    """Yield the issues that a JQL finds, in no particular order.

    Raises Incomplete at the end when some could not be read. Under OAuth, where Jira
    counts points by issue, plain pages of the search cost less.
    """
    if reads_by_id(api):
        pages = fan_out(
            _ids(api, jql),
            lambda ids: _issues(api, ids, fields, expand),
            what=f"parts of the issues ({ISSUES_PER_REQUEST} in each)",
            workers=REQUESTS_AT_ONCE,
            depth=1,
        )
    else:
        pages = search(api, jql, fields, expand, ISSUES_PER_REQUEST)
    async with aclosing(pages):
        async for page in pages:
            yield page


def reads_by_id(api: Api) -> bool:
    """Return whether issues are to be read by their ids."""
    return not api.facts.get("oauth")


async def _ids(api: Api, jql: str) -> AsyncGenerator[list[str]]:
    async with aclosing(search(api, jql, ["id"], [], IDS_PER_PAGE)) as pages:
        async for page in pages:
            for ids in batched(map(id_of, sound(page, "id")), ISSUES_PER_REQUEST):
                yield [*ids]


async def _issues(
    api: Api, ids: list[str], fields: list[str], expand: list[str]
) -> AsyncGenerator[list[Item]]:
    yield [*(await fetch_issues(api, ids, fields, expand)).found.values()]


async def fetch_issues(
    api: Api, ids: Iterable[str], fields: list[str], expand: Sequence[str] = ()
) -> ManyById:
    """Return issues by their ids; those that can't be had are recorded as trouble.

    Jira leaves out of a bulk what is gone or hidden, and names what failed.

    https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-bulkfetch-post
    """

    async def many(part: Sequence[str], once: bool) -> list[Item]:
        body = {"issueIdsOrKeys": [*part], "fields": fields, "expand": [*expand]}
        return PAGE.rows(await api.read(BULK, body, _check_page, once=once))

    async def single(id_: str) -> Item | Absent:
        params = {"fields": ",".join(fields), "expand": ",".join(expand) or None}
        return await get_own(api, f"rest/api/3/issue/{id_}", params)

    by_id = ById(many=many, single=single, id_of=id_of, size=ISSUES_PER_REQUEST)
    return await get_many(by_id, ids)


async def find_present(api: Api, ids: Sequence[str]) -> set[str]:
    """Return which of up to a hundred issues Jira brings by their ids.

    The others are gone or hidden, or failed: none of that is proven by it.
    """
    body = {"issueIdsOrKeys": [*ids], "fields": ["id"], "expand": []}
    rows = PAGE.rows(await api.read(BULK, body, _check_page))
    return {id_of(row) for row in rows if isinstance(row, dict)}


def _check_page(reply: Any) -> None:
    PAGE.rows(reply)
