"""Rows of projects, versions, components, accounts, fields and filters."""

from collections.abc import Callable

from starlette.requests import Request

from sandbox.company import Item
from sandbox.jira.replies import Problem, wanted
from sandbox.jira.state import JiraState

PROJECT_EXPANDS = ("lead", "description", "url", "issueTypes", "projectKeys")
PROJECT_ROW = (
    "expand",
    "self",
    "id",
    "key",
    "name",
    "avatarUrls",
    "projectTypeKey",
    "simplified",
    "style",
    "isPrivate",
    "properties",
    "entityId",
    "uuid",
    "archived",
    "archivedDate",
    "deleted",
)
COMPONENT_ROW = ("self", "id", "name", "description")
FILTER_EXPANDS = (
    "description",
    "owner",
    "jql",
    "viewUrl",
    "searchUrl",
    "favourite",
    "favouritedCount",
    "sharePermissions",
    "editPermissions",
    "subscriptions",
)
MOST_NAMED = 50


def by_id(collection: str) -> Callable[[Request, JiraState], Item | None]:
    """Return the lookup of a visible item by the id in the path."""

    def find(request: Request, state: JiraState) -> Item | None:
        item = state.collections[collection].get(request.path_params["id"])
        return item if item is not None and state.sees(collection, item) else None

    return find


def project_state(item: Item) -> str:
    """Return live, archived or deleted."""
    if item.get("deleted"):
        return "deleted"
    return "archived" if item.get("archived") else "live"


def projects_asked_for(
    rows: list[Item], request: Request, state: JiraState
) -> list[Item]:
    """Narrow projects by status, id and type, and order them."""
    states = wanted(request, "status") or ["live"]
    ids, types = wanted(request, "id"), wanted(request, "typeKey")
    if len(ids) > MOST_NAMED:
        raise Problem(400, f"At most {MOST_NAMED} projects can be named.")
    found = [
        item
        for item in rows
        if project_state(item) in states
        and (not ids or item["id"] in ids)
        and (not types or item["projectTypeKey"] in types)
    ]
    order = request.query_params.get("orderBy", "key")
    name = order.lstrip("+-")
    found.sort(key=lambda item: str(item.get(name, "")), reverse=order[:1] == "-")
    return found


def show_project_row(item: Item, request: Request, state: JiraState) -> Item:
    """Return a project as lists show it; much comes by expand only."""
    expand = wanted(request, "expand")
    shown = {key: item[key] for key in PROJECT_ROW if key in item}
    shown |= {key: item[key] for key in PROJECT_EXPANDS if key in expand}
    if "insight" in expand:
        shown["insight"] = state.insight(item["id"])
    return shown


def show_project(item: Item, request: Request, state: JiraState) -> Item:
    """Return a single project, which brings its versions, and components in short."""
    components = state.groups.of("component", item["id"])
    keys = (*COMPONENT_ROW, "isAssigneeTypeValid")
    return {
        **item,
        "components": [_short(component, keys) for component in components],
        "versions": state.groups.of("version", item["id"]),
    }


def project(request: Request, state: JiraState) -> Item | None:
    """Return the project that the path names."""
    ref = request.path_params.get("project") or request.path_params["id"]
    return find_project(state, ref)


def find_project(state: JiraState, ref: str) -> Item | None:
    """Return a project by id, key, or a key that it had before."""
    projects = state.collections["project"]
    item = projects.get(ref) or next(
        (p for p in projects.values() if ref in (p["key"], *p.get("projectKeys", ()))),
        None,
    )
    if item is None or item.get("deleted") or not state.sees("project", item):
        return None
    return item


def _existing_project(request: Request, state: JiraState) -> Item:
    item = project(request, state)
    if item is None:
        ref = request.path_params["project"]
        raise Problem(404, f"No project could be found with key '{ref}'.")
    return item


def versions(request: Request, state: JiraState) -> list[Item]:
    """Return a project's versions."""
    return state.groups.of("version", _existing_project(request, state)["id"])


def components(request: Request, state: JiraState) -> list[Item]:
    """Return a project's components; there are none in Compass."""
    id_ = _existing_project(request, state)["id"]
    in_compass = request.query_params.get("componentSource") == "compass"
    return [] if in_compass else state.groups.of("component", id_)


def components_of_all(request: Request, state: JiraState) -> list[Item]:
    """Return the components of the projects that are named."""
    named = wanted(request, "projectIdsOrKeys")
    projects = {
        ref: p["id"]
        for p in state.visible("project")
        for ref in (p["id"], p["key"])
        if not p.get("deleted")
    }
    if unknown := [ref for ref in named if ref not in projects]:
        raise Problem(404, f"No project could be found with key '{unknown[0]}'.")
    ids = dict.fromkeys(projects[ref] for ref in named)
    return [row for id_ in ids for row in state.groups.of("component", id_)]


def show_component(item: Item, request: Request, state: JiraState) -> Item:
    """Return a component as the list of several projects shows it."""
    return _short(item, COMPONENT_ROW)


def _short(item: Item, keys: tuple[str, ...]) -> Item:
    return {key: item[key] for key in keys if key in item}


def user(request: Request, state: JiraState) -> Item | None:
    """Return an account by the id in the query."""
    return state.collections["user"].get(request.query_params.get("accountId", ""))


def members(request: Request, state: JiraState) -> list[Item]:
    """Return a group's members, the inactive ones only if they are wanted."""
    group_id = request.query_params.get("groupId", "")
    if group_id not in state.collections["group"]:
        raise Problem(404, f"Group with id '{group_id}' does not exist.")
    inactive = request.query_params.get("includeInactiveUsers") == "true"
    users = state.collections["user"]
    ids = state.company.members.get(group_id, [])
    found = [users[id_] for id_ in ids if id_ in users]
    return [user for user in found if inactive or user["active"]]


def filters_asked_for(
    rows: list[Item], request: Request, state: JiraState
) -> list[Item]:
    """Narrow filters by id."""
    ids = wanted(request, "id")
    return [item for item in rows if not ids or item["id"] in ids]


def show_filter_row(item: Item, request: Request, state: JiraState) -> Item:
    """Return a filter as lists show it; most comes by expand only."""
    expand = wanted(request, "expand")
    keys = ("self", "id", "name", *(key for key in FILTER_EXPANDS if key in expand))
    expands = ",".join(FILTER_EXPANDS)
    return {"expand": expands} | {key: item[key] for key in keys}
