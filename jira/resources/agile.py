"""Boards and their sprints."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from core.api import Api
from core.errors import ApiError, Incomplete, Unavailable
from core.fetch import fetch_all, fetch_parents
from core.lookup import Absent, get_own
from core.paging import OffsetPaging
from core.resource import Resource
from core.trouble import Missing, Report, attempt, reporting, with_values
from core.types import Item, Params
from core.values import required
from jira.kinds import JiraKind
from jira.resources.links import linked
from jira.selectors import BoardSelector, SprintSelector

# What Jira returns at most; it clamps higher page sizes silently.
BOARDS_PER_PAGE = 50
SPRINT_PAGE = OffsetPaging(size=50)
# Boards of other types may have sprints, those of team-managed projects as well.
KANBAN = "kanban"
# The boards of team-managed projects have no filter, and show their own project:
# https://developer.atlassian.com/cloud/jira/software/rest/api-group-board/ ("filterId:
# not supported for next-gen boards"), and the table of Atlassian's documentation in
# https://www.aldevadigital.com/blog/2021/07/what-is-the-difference-between-a-team-managed-project-and-company-managed-project-in-jira/
TEAM_MANAGED = "simple"
NONE_OF_THESE = (
    "The board does not support sprints",
    "Backlogs are not supported on this board",
)


def board_query(selector: BoardSelector) -> Params:
    """Let Jira narrow the boards."""
    return {
        "type": selector.board_type,
        "projectKeyOrId": selector.project_key,
        "name": selector.name,
        "includePrivate": "true",
    }


def accepts_board(selector: BoardSelector, board: Item) -> bool:
    """Return whether the board is selected; a private board hides its name and type."""
    keys = board.get("__projectKeys")
    name = str(board.get("name") or "")
    return (
        selector.board_type in (None, board.get("type"))
        and (selector.name or "").casefold() in name.casefold()
        and (keys is None or selector.project_key in (None, *keys))
    )


async def add_project_keys(
    api: Api, boards: list[Item], selector: BoardSelector
) -> list[Item]:
    """Add `__url` and `__projectKeys`, the projects that the filter concerns."""
    asking = (_project_keys(api, board) for board in boards)
    value = "projects of boards"
    found = await asyncio.gather(*(attempt(ask, value=value) for ask in asking))
    return [
        linked(
            api,
            with_values(board, {"__projectKeys": _own_keys(board, keys)}),
            f"secure/RapidBoard.jspa?rapidView={board['id']}",
        )
        for board, keys in zip(boards, found, strict=True)
    ]


async def _project_keys(api: Api, board: Item) -> list[str]:
    own = _location_key(board)
    if own and board.get("type") == TEAM_MANAGED:
        return [own]
    # The name of a private board that we may not see is "excluded for security
    # reasons", and its projects can't be read either (the page of `TEAM_MANAGED`).
    if board.get("isPrivate") is True and "name" not in board:
        return [own] if own else []
    path = f"rest/agile/1.0/board/{board['id']}/project"
    pages = api.pages(path, OffsetPaging(size=BOARDS_PER_PAGE))
    return sorted({project["key"] async for page in pages for project in page})


def _own_keys(board: Item, keys: list[str] | Missing) -> list[str] | Missing:
    """Return the project where the board is, if that is all we may know."""
    if not isinstance(keys, Missing) or not keys.is_permanent:
        return keys
    key = _location_key(board)
    return [key] if key else []


def _location_key(board: Item) -> str | None:
    location = board.get("location")
    key = location.get("projectKey") if isinstance(location, dict) else None
    return key if isinstance(key, str) else None


async def get_board(api: Api, ref: Item, selector: BoardSelector) -> Item | Absent:
    """Return one board; only Jira's own list shows whether it concerns a project."""
    board = await get_own(api, f"rest/agile/1.0/board/{ref['id']}")
    if isinstance(board, Absent) or selector.project_key is None:
        return board
    return board if board["id"] in await _boards(api, selector) else Absent.NOT_SELECTED


async def _boards(api: Api, selector: BoardSelector) -> set[int]:
    boards = await fetch_parents(api, BOARD, selector, refresh=True)
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
    is_shared=True,
    enrich=add_project_keys,
)


def has_none_of_these(error: ApiError) -> bool:
    """Recognise a board of another mode by Jira's words: kanban has no sprints.

    The words are what Jira answers in English, in which we ask; they are found in:
    https://github.com/port-labs/ocean/blob/main/integrations/jira/jira/client.py
    """
    return error.status == 400 and any(words in str(error) for words in NONE_OF_THESE)


async def list_sprints(
    api: Api, selector: SprintSelector, board: Item
) -> AsyncGenerator[list[Item]]:
    """Yield a board's sprints; a kanban board, which Jira refuses, is not asked."""
    if board.get("type") == KANBAN:
        return
    path = f"rest/agile/1.0/board/{board['id']}/sprint"
    params = {"state": ",".join(selector.states)}
    async with aclosing(api.pages(path, SPRINT_PAGE, params)) as pages:
        async for page in pages:
            yield page


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


async def get_sprint(api: Api, ref: Item, selector: SprintSelector) -> Item | Absent:
    """Return one sprint, if one of the selected boards has it.

    That need not be the board on which it was planned: each may show it. Raises
    Incomplete if not every board can be asked.
    """
    sprint = await get_own(api, f"rest/agile/1.0/sprint/{ref['id']}")
    if isinstance(sprint, Absent):
        return sprint
    if {selector.board_type, selector.project_key, selector.name} == {None}:
        return sprint
    if sprint.get("originBoardId") in await _boards(api, selector):
        return sprint
    with reporting(Report(SPRINT.kind)) as report:
        async with aclosing(fetch_all(api, SPRINT, selector)) as pages:
            async for page in pages:
                if sprint["id"] in {shown["id"] for shown in page}:
                    return sprint
    if report.hidden:
        reasons = [Unavailable(trouble.reason) for trouble in report.hidden]
        raise Incomplete("lists of sprints", [*reasons])
    return Absent.NOT_SELECTED


# https://developer.atlassian.com/cloud/jira/software/rest/api-group-board/
SPRINT = Resource(
    kind=JiraKind.SPRINT,
    id_field="id",
    parent=BOARD,
    list_with=list_sprints,
    get_with=get_sprint,
    accepts=lambda selector, sprint: required(sprint, "state") in selector.states,
    refused_by=has_none_of_these,
    enrich=add_sprint_link,
)
