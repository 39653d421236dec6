"""Read many issues: first their ids by search, then the issues themselves, in parallel.

A search hands out pages one after the other, and a page of full issues takes Jira long;
five thousand ids come at once. What is fetched by id is also read from the database
itself, not from the index, which lags behind.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from itertools import batched

from core.errors import Unavailable
from core.paging import rows_at
from core.pipeline import fan_out
from core.types import Api, Item
from jira.resources.search import search

BULK = "rest/api/3/issue/bulkfetch"
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
    """Tell whether issues are to be read by their ids."""
    return not api.facts.get("oauth")


async def _ids(api: Api, jql: str) -> AsyncGenerator[list[str]]:
    async with aclosing(search(api, jql, ["id"], [], IDS_PER_PAGE)) as pages:
        async for page in pages:
            for issues in batched(page, ISSUES_PER_REQUEST):
                yield [issue["id"] for issue in issues]


async def _issues(
    api: Api, ids: list[str], fields: list[str], expand: list[str]
) -> AsyncGenerator[list[Item]]:
    yield await fetch_issues(api, ids, fields, expand)


async def fetch_issues(
    api: Api, ids: Sequence[str], fields: list[str], expand: Sequence[str] = ()
) -> list[Item]:
    """Return what is left of at most a hundred issues; deleted ones are just absent.

    Raises Unavailable if Jira fails for some of them.

    https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-bulkfetch-post
    """
    body = {"issueIdsOrKeys": [*ids], "fields": fields, "expand": [*expand]}
    reply = await api.read(BULK, body)
    if failed := reply.get("issueErrors"):
        raise Unavailable(f"Jira: POST {BULK}: {len(failed)} issues failed")
    return rows_at(reply, "issues")
