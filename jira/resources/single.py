"""Read single issues; those that are asked for at the same moment, in one request."""

from collections.abc import AsyncGenerator, Callable, Sequence
from functools import lru_cache

from core.errors import NotFound, Refused
from core.together import Together
from core.types import Api, Item
from jira.jql import with_issues
from jira.resources.search import search

# Jira looks for so many issues past its index's lag.
MOST_RECONCILED = 50
# One for each kind and selector of a mapping that live events can concern.
MOST_READERS = 100


async def find_issue(
    api: Api, issue_id: str, jql: str, fields: list[str], expand: list[str]
) -> Item | None:
    """Return an issue as the database has it, or None if the JQL doesn't select it."""
    # A protocol doesn't say that its objects can be looked up.
    reader = _reader(api, jql, tuple(fields), tuple(expand))  # type: ignore[arg-type]
    try:
        return await reader.do(issue_id)
    except Refused as error:
        # Naming an issue that is gone is an error in JQL; so is a mistake in the JQL.
        if await _is_gone(api, issue_id):
            return None
        raise error


@lru_cache(MOST_READERS)
def _reader(
    api: Api, jql: str, fields: tuple[str, ...], expand: tuple[str, ...]
) -> Together[str, Item | None]:
    def pages_of(ids: list[str]) -> AsyncGenerator[list[Item]]:
        where = with_issues(jql, ids)
        return search(api, where, [*fields], [*expand], len(ids), reconciled=ids)

    return reader_by_id(pages_of)


def reader_by_id(
    pages_of: Callable[[list[str]], AsyncGenerator[list[Item]]],
) -> Together[str, Item | None]:
    """Return what reads issues by id, some at once; those that aren't found are None.

    `pages_of` finds issues by at most as many ids as Jira looks for past its index.
    """

    async def read(issue_ids: Sequence[str]) -> list[Item | None]:
        pages = pages_of(list(dict.fromkeys(issue_ids)))
        found = {issue["id"]: issue async for page in pages for issue in page}
        return [found.get(issue_id) for issue_id in issue_ids]

    return Together(read, size=MOST_RECONCILED, alone_after=Refused)


async def _is_gone(api: Api, issue_id: str) -> bool:
    try:
        await api.get(f"rest/api/3/issue/{issue_id}", {"fields": "id"})
    except NotFound:
        return True
    return False
