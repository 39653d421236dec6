"""Rows of projects, versions, components, accounts, fields and filters."""

from collections.abc import Callable

from starlette.requests import Request

from sandbox.company import Item
from sandbox.contracts import contract
from sandbox.jira.replies import Problem, wanted
from sandbox.jira.state import JiraState

# What lists show of a project by expand only, and what they never show.
PROJECT_EXPANDS = ("lead", "description", "url", "issueTypes", "projectKeys")
NOT_LISTED = ("assigneeType", "roles")
MISSING = "No project could be found with key '{id}'."
FILTER_ROW = ("self", "id", "name")
MOST_NAMED = 50


def all_of(collection: str) -> Callable[[JiraState, Request], list[Item]]:
    """Return the list of the visible items of a collection."""
    return lambda state, request: state.visible(collection)


def by_id(collection: str) -> Callable[[JiraState, Request], Item | None]:
    """Return the lookup of a visible item by the id in the path."""

    def find(state: JiraState, request: Request) -> Item | None:
        item = state.collections[collection].get(request.path_params["id"])
        return item if item is not None and state.sees(collection, item) else None

    return find


def in_shape(shape: str) -> Callable[[Item, JiraState, Request], Item]:
    """Return how an item is shown: by the fields alone that a shape has."""
    return lambda item, state, request: contract("jira").keep(shape, item)


def projects(state: JiraState, request: Request) -> list[Item]:
    """Return projects by status, id and type, in the wanted order."""
    states = wanted(request, "status") or ["live"]
    ids, types = wanted(request, "id"), wanted(request, "typeKey")
    if len(ids) > MOST_NAMED:
        raise Problem(400, f"At most {MOST_NAMED} projects can be named.")
    found = [
        item
        for item in state.visible("project")
        if _state_of(item) in states
        and (not ids or item["id"] in ids)
        and (not types or item["projectTypeKey"] in types)
    ]
    order = request.query_params.get("orderBy", "key")
    name = order.lstrip("+-")
    found.sort(key=lambda item: str(item.get(name, "")), reverse=order[:1] == "-")
    return found


def _state_of(project: Item) -> str:
    if project.get("deleted"):
        return "deleted"
    return "archived" if project.get("archived") else "live"


def show_project_row(item: Item, state: JiraState, request: Request) -> Item:
    """Return a project as lists show it; much comes by expand only."""
    expand = wanted(request, "expand")
    hidden = {*PROJECT_EXPANDS, *NOT_LISTED} - {*expand}
    shown = {key: value for key, value in item.items() if key not in hidden}
    if "insight" in expand:
        issues = state.groups.of("issue", item["id"])
        times = [issue["fields"]["updated"] for issue in issues]
        latest = {"lastIssueUpdateTime": max(times)} if times else {}
        shown["insight"] = {"totalIssueCount": len(times), **latest}
    return shown


def show_project(item: Item, state: JiraState, request: Request) -> Item:
    """Return a single project, which brings its versions, and components in short."""
    keep = contract("jira").keep
    own = state.groups.of("component", item["id"])
    return {
        **item,
        "components": [keep("component of project", one) for one in own],
        "versions": state.groups.of("version", item["id"]),
    }


def find_project(state: JiraState, ref: str, status: int = 404) -> Item:
    """Return a project by id, key, or a key that it had; raise Problem for others."""
    projects = state.collections["project"]
    item = projects.get(ref) or next(
        (p for p in projects.values() if ref in (p["key"], *p.get("projectKeys", ()))),
        None,
    )
    if item is None or item.get("deleted") or not state.sees("project", item):
        raise Problem(status, MISSING.format(id=ref))
    return item


def project(state: JiraState, request: Request) -> Item:
    """Return the project that the path names."""
    return find_project(state, request.path_params["project"])


def versions(state: JiraState, request: Request) -> list[Item]:
    """Return a project's versions."""
    return state.groups.of("version", project(state, request)["id"])


def components(state: JiraState, request: Request) -> list[Item]:
    """Return a project's components; there are none in Compass."""
    own = project(state, request)
    in_compass = request.query_params.get("componentSource") == "compass"
    return [] if in_compass else state.groups.of("component", own["id"])


def components_of_all(state: JiraState, request: Request) -> list[Item]:
    """Return the components of the projects that are named."""
    named = [find_project(state, ref) for ref in wanted(request, "projectIdsOrKeys")]
    ids = dict.fromkeys(own["id"] for own in named)
    return [row for id_ in ids for row in state.groups.of("component", id_)]


def issue_types(state: JiraState, request: Request) -> list[Item]:
    """Return the types of issues that can be created in a project."""
    types: list[Item] = project(state, request)["issueTypes"]
    return types


def user(state: JiraState, request: Request) -> Item | None:
    """Return an account by the id in the query."""
    return state.collections["user"].get(request.query_params.get("accountId", ""))


def assignable(state: JiraState, request: Request) -> list[Item]:
    """Return who can have an issue: whoever is active and a person."""
    id_ = request.query_params.get("accountId")
    return [
        user
        for user in state.collections["user"].values()
        if user["active"] and user["accountType"] == "atlassian"
        if id_ in (None, user["accountId"])
    ]


def members(state: JiraState, request: Request) -> list[Item]:
    """Return a group's active members."""
    group_id = request.query_params.get("groupId", "")
    if group_id not in state.collections["group"]:
        raise Problem(404, f"Group with id '{group_id}' does not exist.")
    users = state.collections["user"]
    ids = state.company.members.get(group_id, [])
    return [users[id_] for id_ in ids if id_ in users and users[id_]["active"]]


def filters(state: JiraState, request: Request) -> list[Item]:
    """Return filters, those with the wanted ids if any are named."""
    ids = wanted(request, "id")
    return [own for own in state.visible("filter") if not ids or own["id"] in ids]


def show_filter_row(item: Item, state: JiraState, request: Request) -> Item:
    """Return a filter as lists show it; most comes by expand only."""
    expand = wanted(request, "expand")
    shown = {key: item[key] for key in item if key in (*FILTER_ROW, *expand)}
    return {"expand": ",".join(key for key in item if key not in FILTER_ROW), **shown}
