"""Boards and what hangs on them."""

import asyncio
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing, suppress
from functools import lru_cache

from core.errors import ApiError, Forbidden, NotFound, Refused
from core.paging import OffsetPaging, TokenPaging
from core.resource import Resource, Selector, fetch_all, fetch_parents
from core.together import Together
from core.types import Api, Item, Params
from jira.jql import with_issues
from jira.kinds import JiraKind
from jira.resources.links import linked
from jira.resources.single import reader_by_id
from jira.selectors import BoardSelector, SprintSelector

# What Jira returns at most; it clamps higher wishes silently.
BOARDS_PER_PAGE = 50
SPRINTS_PER_PAGE = 50
ISSUES_PER_PAGE = 100
# Backlogs in which live events look for issues at the same time.
MOST_BOARDS = 1_000


def board_query(selector: BoardSelector) -> Params:
    """Let Jira narrow the boards."""
    return {
        "type": selector.board_type,
        "projectKeyOrId": selector.project_key,
        "name": selector.name,
        "includePrivate": "true",
    }


def accepts_board(selector: BoardSelector, board: Item) -> bool:
    """Tell whether the board is selected; a private board hides its name and type."""
    keys = board.get("__projectKeys")
    return (
        selector.board_type in (None, board.get("type"))
        and (selector.name or "").casefold() in board.get("name", "").casefold()
        and (keys is None or selector.project_key in (None, *keys))
    )


async def add_project_keys(
    api: Api, boards: list[Item], selector: BoardSelector
) -> list[Item]:
    """Add `__url` and `__projectKeys`, the projects that the filter concerns."""
    keys = await asyncio.gather(*(_project_keys(api, board) for board in boards))
    return [
        linked(
            api,
            {**board, "__projectKeys": own},
            f"secure/RapidBoard.jspa?rapidView={board['id']}",
        )
        for board, own in zip(boards, keys, strict=True)
    ]


async def _project_keys(api: Api, board: Item) -> list[str]:
    path = f"rest/agile/1.0/board/{board['id']}/project"
    paging = OffsetPaging(size=BOARDS_PER_PAGE)
    try:
        return sorted(
            [p["key"] async for page in api.pages(path, paging) for p in page]
        )
    except (Forbidden, NotFound):
        # The board is visible, its projects are not: its own location is all we know.
        key = (board.get("location") or {}).get("projectKey")
        return [key] if key else []


async def get_board(api: Api, ref: Item, selector: BoardSelector) -> Item | None:
    """Return one board; only Jira's own list tells whether it concerns a project."""
    board: Item = await api.get(f"rest/agile/1.0/board/{ref['id']}")
    if selector.project_key is None or board["id"] in await _boards(api, selector):
        return board
    return None


async def _boards(api: Api, selector: BoardSelector) -> set[int]:
    boards = await fetch_parents(api, BOARD, selector, anew=True)
    return {board["id"] for board in boards}


# https://developer.atlassian.com/cloud/jira/software/rest/api-group-board/
BOARD = Resource(
    kind=JiraKind.BOARD,
    id_field="id",
    list_path="rest/agile/1.0/board",
    get_with=get_board,
    paging=OffsetPaging(size=BOARDS_PER_PAGE),
    query=board_query,
    accepts=accepts_board,
    enrich=add_project_keys,
)


def has_none_of_these(error: ApiError) -> bool:
    """Recognise a board of another mode: kanban boards have no sprints."""
    return error.status == 400


async def add_sprint_link(
    api: Api, sprints: list[Item], selector: SprintSelector
) -> list[Item]:
    """Add `__url`, the board on which the sprint was planned."""
    return [
        linked(
            api,
            sprint,
            (
                f"secure/RapidBoard.jspa?rapidView={board}"
                if (board := sprint.get("originBoardId"))
                else None
            ),
        )
        for sprint in sprints
    ]


async def get_sprint(api: Api, ref: Item, selector: SprintSelector) -> Item | None:
    """Return one sprint, if one of the selected boards has it.

    That need not be the board on which it was planned: each may show it.
    """
    sprint: Item = await api.get(f"rest/agile/1.0/sprint/{ref['id']}")
    if {selector.board_type, selector.project_key, selector.name} == {None}:
        return sprint
    if sprint.get("originBoardId") in await _boards(api, selector):
        return sprint
    async with aclosing(fetch_all(api, SPRINT, selector)) as pages:
        async for page in pages:
            if sprint["id"] in {shown["id"] for shown in page}:
                return sprint
    return None


# https://developer.atlassian.com/cloud/jira/software/rest/api-group-board/
SPRINT = Resource(
    kind=JiraKind.SPRINT,
    id_field="id",
    parent=BOARD,
    list_path="rest/agile/1.0/board/{id}/sprint",
    get_with=get_sprint,
    paging=OffsetPaging(size=SPRINTS_PER_PAGE),
    query=lambda selector: {"state": ",".join(selector.states)},
    accepts=lambda selector, sprint: sprint["state"] in selector.states,
    refused_by=has_none_of_these,
    enrich=add_sprint_link,
)


async def list_backlog(
    api: Api, selector: BoardSelector, board: Item
) -> AsyncGenerator[list[Item]]:
    """Yield a board's backlog; each issue gets `__boardId` and an id of its own."""
    async with aclosing(_backlog(api, board["id"], {})) as pages:
        async for page in pages:
            yield page


async def _backlog(
    api: Api, board_id: int, query: Params
) -> AsyncGenerator[list[Item]]:
    path = f"rest/software/1.0/board/{board_id}/backlog"
    paging = TokenPaging(size=ISSUES_PER_PAGE)
    async with aclosing(api.pages(path, paging, {"fields": "*all", **query})) as pages:
        async for page in pages:
            yield [{**issue, **backlog_ref(board_id, issue["id"])} for issue in page]


def backlog_ref(board_id: int, issue_id: str) -> Item:
    """Return the ids of an issue as a part of a board's backlog."""
    return {"__boardId": board_id, "__backlogId": f"{board_id}-{issue_id}"}


async def get_backlog_issue(
    api: Api, ref: Item, selector: BoardSelector
) -> Item | None:
    """Return an issue as it is now, if the board's backlog has it."""
    try:
        # A protocol doesn't say that its objects can be looked up.
        reader = _reader(api, ref["__boardId"])  # type: ignore[arg-type]
        return await reader.do(ref["id"])
    except Refused as error:
        # The issue is gone, or this is a board without a backlog.
        if has_none_of_these(error):
            return None
        raise


@lru_cache(MOST_BOARDS)
def _reader(api: Api, board_id: int) -> Together[str, Item | None]:
    def pages_of(ids: list[str]) -> AsyncGenerator[list[Item]]:
        query: Params = {"jql": with_issues("", ids), "reconcileIssues": ids}
        return _backlog(api, board_id, query)

    return reader_by_id(pages_of)


async def boards_of(
    api: Api, project_keys: Iterable[str], selector: Selector
) -> list[int]:
    """Return the ids of the boards that show one of the projects, gone ones aside."""
    found: set[int] = set()
    for key in project_keys:
        wanted = selector.copy(update={"project_key": key})
        with suppress(NotFound, Refused):
            boards = await fetch_parents(api, BOARD, wanted)
            found.update(board["id"] for board in boards)
    return sorted(found)


async def add_issue_link(
    api: Api, issues: list[Item], selector: BoardSelector
) -> list[Item]:
    """Add `__siteUrl` and `__url`, the issue's page."""
    return [linked(api, issue, f"browse/{issue['key']}") for issue in issues]


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
