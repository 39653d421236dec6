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
    shown = state.company.board_projects
    return [
        board
        for board in state.visible("board")
        if (private or not board.get("isPrivate"))
        and (not types or state.board_type(board) in types)
        and name in board.get("name", "").casefold()
        and (not project or project["id"] in shown.get(str(board["id"]), []))
    ]


def sprints(state: JiraState, request: Request) -> list[Item]:
    """Return the sprints that a board shows: its own, and those of shared issues."""
    board = state.board(request.path_params["board"])
    if state.board_type(board) == "kanban":
        raise Problem(400, "The board does not support sprints")
    shown = state.company.board_sprints.get(str(board["id"]), [])
    states = wanted(request, "state")
    return [
        sprint
        for id_, sprint in state.collections["sprint"].items()
        if id_ in shown or sprint["originBoardId"] == board["id"]
        if not states or sprint["state"] in states
    ]


def projects_of_board(state: JiraState, request: Request) -> list[Item]:
    """Return the projects that a board's filter names."""
    ids = state.board_projects(request.path_params["board"])
    projects = state.collections["project"]
    found = [projects[id_] for id_ in ids if id_ in projects]
    return [project for project in found if state.sees("project", project)]


def on_board(state: JiraState, request: Request) -> list[Item]:
    """Return the issues of a board that has a backlog, by rank."""
    board = state.board(request.path_params["board"])
    if state.board_type(board) == "kanban":
        raise Problem(400, "Backlogs are not supported on this board")
    rows = [
        issue
        for project in state.board_projects(str(board["id"]))
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
