"""Rows of boards, and of what a board shows."""

from starlette.requests import Request

from sandbox.company import Item
from sandbox.jira.replies import Problem, wanted
from sandbox.jira.state import JiraState


def boards_asked_for(
    rows: list[Item], request: Request, state: JiraState
) -> list[Item]:
    """Narrow boards by type, name and project; private ones come only on demand."""
    private = request.query_params.get("includePrivate") == "true"
    types = wanted(request, "type")
    name = request.query_params.get("name", "").casefold()
    ref = request.query_params.get("projectKeyOrId")
    ids = {p["id"] for p in state.visible("project") if ref in (p["id"], p["key"])}
    if ref and not ids:
        raise Problem(400, f"No project could be found with key '{ref}'.")
    shown = state.company.board_projects
    return [
        board
        for board in rows
        if (private or not board.get("isPrivate"))
        and (not types or state.board_type(board) in types)
        and name in board.get("name", "").casefold()
        and (not ref or ids & set(shown.get(str(board["id"]), [])))
    ]


def sprints(request: Request, state: JiraState) -> list[Item]:
    """Return the sprints that a board shows: its own, and those of shared issues."""
    board = state.board(request.path_params["board"])
    if state.board_type(board) == "kanban":
        raise Problem(400, "The board does not support sprints")
    shown = state.company.board_sprints.get(str(board["id"]), [])
    return [
        sprint
        for id_, sprint in state.collections["sprint"].items()
        if id_ in shown or sprint["originBoardId"] == board["id"]
    ]


def sprints_asked_for(
    rows: list[Item], request: Request, state: JiraState
) -> list[Item]:
    """Narrow sprints by state."""
    states = wanted(request, "state")
    return [sprint for sprint in rows if not states or sprint["state"] in states]


def projects_of_board(request: Request, state: JiraState) -> list[Item]:
    """Return the projects that a board's filter names."""
    ids = state.board_projects(request.path_params["board"])
    projects = state.collections["project"]
    found = [projects[id_] for id_ in ids if id_ in projects]
    return [project for project in found if state.sees("project", project)]
