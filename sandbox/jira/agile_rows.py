"""Rows of boards, and of what a board shows.

https://developer.atlassian.com/cloud/jira/software/rest/
"""

from starlette.requests import Request

from sandbox.company import Item
from sandbox.company.jira.catalog import RANK, SPRINT
from sandbox.jira.replies import Problem, wanted
from sandbox.jira.site_rows import find_project
from sandbox.jira.state import JiraState


def boards(state: JiraState, request: Request) -> list[Item]:
    """Return boards by type, name and project; private ones come only on demand."""
    private = request.query_params.get("includePrivate") == "true"
    types = wanted(request, "type")
    name = request.query_params.get("name", "").casefold()
    ref = request.query_params.get("projectKeyOrId")
    project = find_project(state, ref, status=400) if ref else None
    return [
        board
        for board in state.visible("board")
        if (private or not board.get("isPrivate"))
        and (not types or _type_of(state, str(board["id"])) in types)
        and name in board.get("name", "").casefold()
        and (not project or project["id"] in _projects_of(state, str(board["id"])))
    ]


def _type_of(state: JiraState, board_id: str) -> str:
    """Return a board's type, which private ones don't tell."""
    board, types = state.collections["board"][board_id], state.company.board_types
    return str(board.get("type") or types.get(board_id, "simple"))


def _projects_of(state: JiraState, board_id: str) -> list[str]:
    return state.company.board_projects.get(board_id, [])


def _board(state: JiraState, request: Request, not_on_kanban: str = "") -> str:
    """Return the id of the visible board that the path names; raise Problem for others.

    It has to be of another type if something is not on kanban boards.
    """
    id_ = str(request.path_params["board"])
    board = state.collections["board"].get(id_)
    if board is None or not state.sees("board", board):
        raise Problem(404, "Board does not exist or you cannot see it.")
    if not_on_kanban and _type_of(state, id_) == "kanban":
        raise Problem(400, not_on_kanban)
    return id_


def sprints(state: JiraState, request: Request) -> list[Item]:
    """Return the sprints that a board shows: its own, and those of shared issues."""
    board = _board(state, request, "The board does not support sprints")
    shown = state.company.board_sprints.get(board, [])
    states = wanted(request, "state")
    return [
        sprint
        for id_, sprint in state.collections["sprint"].items()
        if id_ in shown or str(sprint["originBoardId"]) == board
        if not states or sprint["state"] in states
    ]


def projects_of_board(state: JiraState, request: Request) -> list[Item]:
    """Return the projects that a board's filter names."""
    ids = _projects_of(state, _board(state, request))
    return [project for project in state.visible("project") if project["id"] in ids]


def on_board(state: JiraState, request: Request) -> list[Item]:
    """Return the issues of a board that has a backlog, by rank."""
    board = _board(state, request, "Backlogs are not supported on this board")
    rows = [
        issue
        for project in _projects_of(state, board)
        for issue in state.groups.of("issue", project)
        if state.index.is_searchable(issue)
    ]
    return sorted(rows, key=lambda issue: str(issue["fields"].get(RANK)))


def is_planned(issue: Item) -> bool:
    """Tell whether an issue waits in a backlog."""
    fields = issue["fields"]
    sprints = fields.get(SPRINT) or []
    assigned = any(sprint["state"] != "closed" for sprint in sprints)
    done = fields["status"]["statusCategory"]["key"] == "done"
    return not assigned and not done and fields["issuetype"]["hierarchyLevel"] == 0
