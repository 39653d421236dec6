"""Rows of boards, and of what a board shows."""

from typing import TYPE_CHECKING

from starlette.requests import Request

from sandbox.company import Item
from sandbox.jira.replies import Problem, wanted

if TYPE_CHECKING:
    from sandbox.jira.app import JiraSandbox

COLORS = ("color_1", "color_4", "color_7")


def boards_asked_for(
    rows: list[Item], request: Request, sandbox: "JiraSandbox"
) -> list[Item]:
    """Narrow boards by type, name and project; private ones come only on demand."""
    private = request.query_params.get("includePrivate") == "true"
    types = wanted(request, "type")
    name = request.query_params.get("name", "").casefold()
    ref = request.query_params.get("projectKeyOrId")
    ids = {p["id"] for p in sandbox.visible("project") if ref in (p["id"], p["key"])}
    if ref and not ids:
        raise Problem(400, f"No project could be found with key '{ref}'.")
    shown = sandbox.company.board_projects
    return [
        board
        for board in rows
        if (private or not board.get("isPrivate"))
        and (not types or sandbox.board_type(board) in types)
        and name in board.get("name", "").casefold()
        and (not ref or ids & set(shown.get(str(board["id"]), [])))
    ]


def _board(request: Request, sandbox: "JiraSandbox") -> Item:
    return sandbox.board(request.path_params["board"])


def sprints(request: Request, sandbox: "JiraSandbox") -> list[Item]:
    """Return the sprints that a board shows: its own, and those of shared issues."""
    board = _board(request, sandbox)
    if sandbox.board_type(board) == "kanban":
        raise Problem(400, "The board does not support sprints")
    shown = sandbox.company.board_sprints.get(str(board["id"]), [])
    return [
        sprint
        for id_, sprint in sandbox.collections["sprint"].items()
        if id_ in shown or sprint["originBoardId"] == board["id"]
    ]


def sprints_asked_for(
    rows: list[Item], request: Request, sandbox: "JiraSandbox"
) -> list[Item]:
    """Narrow sprints by state."""
    states = wanted(request, "state")
    return [sprint for sprint in rows if not states or sprint["state"] in states]


def epics(request: Request, sandbox: "JiraSandbox") -> list[Item]:
    """Return a board's epics; those of team-managed projects are not among them."""
    board = _board(request, sandbox)
    ids = sandbox.company.board_projects.get(str(board["id"]), [])
    return [
        _epic(issue)
        for id_ in ids
        for issue in sandbox.groups.of("issue", id_)
        if issue["fields"]["issuetype"]["hierarchyLevel"] == 1
        and sandbox.index.is_visible(issue)
        and not issue["fields"]["project"]["simplified"]
    ]


def epics_asked_for(
    rows: list[Item], request: Request, sandbox: "JiraSandbox"
) -> list[Item]:
    """Narrow epics to those done, or not done."""
    done = request.query_params.get("done")
    return [epic for epic in rows if done in (None, str(epic["done"]).lower())]


def epic(request: Request, sandbox: "JiraSandbox") -> Item | None:
    """Return an issue that is an epic, by id or key."""
    issue = sandbox.index.find(request.path_params["id"])
    if issue is None or not sandbox.index.is_visible(issue):
        return None
    return issue if issue["fields"]["issuetype"]["hierarchyLevel"] == 1 else None


def show_epic(item: Item, request: Request, sandbox: "JiraSandbox") -> Item:
    """Return an epic in the shape of the software API."""
    return _epic(item)


def _epic(issue: Item) -> Item:
    fields = issue["fields"]
    return {
        "id": int(issue["id"]),
        "key": issue["key"],
        "self": issue["self"].replace("/rest/api/3/issue/", "/rest/agile/1.0/epic/"),
        "name": fields["summary"],
        "summary": fields["summary"],
        "color": {"key": COLORS[int(issue["id"]) % len(COLORS)]},
        "done": fields["status"]["statusCategory"]["key"] == "done",
    }


def projects_of_board(request: Request, sandbox: "JiraSandbox") -> list[Item]:
    """Return the projects that a board's filter names."""
    board = _board(request, sandbox)
    ids = sandbox.company.board_projects.get(str(board["id"]), [])
    projects = sandbox.collections["project"]
    found = [projects[id_] for id_ in ids if id_ in projects]
    return [project for project in found if sandbox.sees("project", project)]


def versions_of_board(request: Request, sandbox: "JiraSandbox") -> list[Item]:
    """Return the versions of a board's projects."""
    projects = projects_of_board(request, sandbox)
    return [v for p in projects for v in sandbox.groups.of("version", p["id"])]
