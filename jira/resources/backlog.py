"""Backlogs: the issues that wait on a board, once for each board."""

from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from functools import lru_cache

from core.api import Api
from core.batching import Batcher
from core.errors import NotFound, Refused
from core.fetch import fetch_parents
from core.lookup import Absent, get_own
from core.resource import Resource, Selector, fill
from core.trouble import current_report
from core.types import Item, Params
from jira.jql import with_issues
from jira.kinds import JiraKind
from jira.resources.agile import BOARD, has_none_of_these
from jira.resources.links import linked
from jira.resources.parts import PROJECT_PATH
from jira.resources.rows import known, sound
from jira.resources.search import SearchPaging
from jira.resources.single import Found, read_or_explain, reader_by_id
from jira.selectors import BoardSelector

# What Jira returns at most; it clamps higher page sizes silently.
ISSUES_PER_PAGE = 100
# Backlogs that live events search for issues at the same time.
MOST_BOARDS = 1_000


async def list_backlog(
    api: Api, selector: BoardSelector, board: Item
) -> AsyncGenerator[list[Item]]:
    """Yield a board's backlog; each issue gets `__boardId` and an id of its own."""
    async with aclosing(_backlog(api, board["id"], {})) as pages:
        async for page in pages:
            issues = sound(page, "id")
            yield [{**i, **backlog_ref(board["id"], i["id"])} for i in issues]


async def _backlog(
    api: Api, board_id: int, query: Params
) -> AsyncGenerator[list[Item]]:
    """Yield a board's backlog; raise Incomplete at the end if Jira left some out."""
    path = f"rest/software/1.0/board/{board_id}/backlog"
    paging = SearchPaging(size=ISSUES_PER_PAGE)
    async with aclosing(api.pages(path, paging, {"fields": "*all", **query})) as pages:
        async for page in pages:
            yield page
    paging.check_whole()


def backlog_ref(board_id: int, issue_id: str) -> Item:
    """Return the ids of an issue as a part of a board's backlog."""
    return {"__boardId": board_id, "__backlogId": f"{board_id}-{issue_id}"}


async def get_backlog_issue(
    api: Api, ref: Item, selector: BoardSelector
) -> Item | Absent:
    """Return an issue as it is now, if the board's backlog has it."""
    board_id, id_ = ref["__boardId"], ref["id"]
    reader = _reader(api, board_id)
    try:
        found = await read_or_explain(api, reader, id_, is_clear=has_none_of_these)
        if isinstance(found, Absent):
            return found
        return {**found, **backlog_ref(board_id, id_)}
    except Refused as error:
        if has_none_of_these(error):
            return Absent.NOT_SELECTED
        raise
    except NotFound:
        path = f"rest/agile/1.0/board/{board_id}"
        if await get_own(api, path) is Absent.GONE:
            return Absent.GONE
        raise


@lru_cache(MOST_BOARDS)
def _reader(api: Api, board_id: int) -> Batcher[str, Found]:
    def pages_of(ids: list[str]) -> AsyncGenerator[list[Item]]:
        query: Params = {"jql": with_issues("", ids), "reconcileIssues": ids}
        return _backlog(api, board_id, query)

    return reader_by_id(api, pages_of)


async def boards_of(
    api: Api, project_keys: Iterable[str], selector: Selector
) -> list[int]:
    """Return the ids of the boards that show one of the projects, gone ones aside.

    A refusal to list the boards of a project is trouble, unless the project itself is
    gone or hidden; it is not documented which of 400 and 404 that is:
    https://developer.atlassian.com/cloud/jira/software/rest/api-group-board/#api-rest-agile-1-0-board-get
    """
    found: set[int] = set()
    for key in project_keys:
        wanted = selector.copy(update={"project_key": key})
        try:
            boards = await fetch_parents(api, BOARD, wanted)
        except (NotFound, Refused) as error:
            project = fill(PROJECT_PATH, {"id": key})
            if await get_own(api, project) is not Absent.GONE:
                current_report().lose_kind(error)
        else:
            found.update(board["id"] for board in boards)
    return sorted(found)


async def add_issue_link(
    api: Api, issues: list[Item], selector: BoardSelector
) -> list[Item]:
    """Add `__siteUrl` and `__url`, the issue's page."""
    return [linked(api, issue, f"browse/{known(issue, 'key')}") for issue in issues]


# https://developer.atlassian.com/cloud/jira/software/rest/api-group-board/
BACKLOG = Resource(
    kind=JiraKind.BACKLOG,
    id_field="__backlogId",
    parent=BOARD,
    parent_field="__boardId",
    list_with=list_backlog,
    get_with=get_backlog_issue,
    refused_by=has_none_of_these,
    enrich=add_issue_link,
)
