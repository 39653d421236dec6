"""Rows of projects, versions, components, accounts, fields and filters."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from starlette.requests import Request

from sandbox.company import Item
from sandbox.jira.replies import Problem, wanted

if TYPE_CHECKING:
    from sandbox.jira.app import JiraSandbox

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


def by_id(collection: str) -> Callable[[Request, "JiraSandbox"], Item | None]:
    """Return the lookup of a visible item by the id in the path."""

    def find(request: Request, sandbox: "JiraSandbox") -> Item | None:
        item = sandbox.collections[collection].get(request.path_params["id"])
        return item if item is not None and sandbox.sees(collection, item) else None

    return find


def project_state(item: Item) -> str:
    """Return live, archived or deleted."""
    if item.get("deleted"):
        return "deleted"
    return "archived" if item.get("archived") else "live"


def projects_asked_for(
    rows: list[Item], request: Request, sandbox: "JiraSandbox"
) -> list[Item]:
    """Narrow projects by status, id, key, type and text, and order them."""
    states = wanted(request, "status") or ["live"]
    ids, keys = wanted(request, "id"), wanted(request, "keys")
    if len(ids) > MOST_NAMED or len(keys) > MOST_NAMED:
        raise Problem(400, f"At most {MOST_NAMED} projects can be named.")
    types = wanted(request, "typeKey")
    text = request.query_params.get("query", "").casefold()
    found = [
        item
        for item in rows
        if project_state(item) in states
        and (not ids or item["id"] in ids)
        and (not keys or item["key"] in keys)
        and (not types or item["projectTypeKey"] in types)
        and (text in item["name"].casefold() or text in item["key"].casefold())
    ]
    order = request.query_params.get("orderBy", "key")
    name = order.lstrip("+-")
    found.sort(key=lambda item: str(item.get(name, "")), reverse=order[:1] == "-")
    return found


def show_project_row(item: Item, request: Request, sandbox: "JiraSandbox") -> Item:
    """Return a project as lists show it; much comes by expand only."""
    expand = wanted(request, "expand")
    shown = {key: item[key] for key in PROJECT_ROW if key in item}
    shown |= {key: item[key] for key in PROJECT_EXPANDS if key in expand}
    if "insight" in expand:
        shown["insight"] = sandbox.insight(item["id"])
    return shown


def show_project(item: Item, request: Request, sandbox: "JiraSandbox") -> Item:
    """Return a single project, which brings its versions and components."""
    return {
        **item,
        "components": sandbox.groups.of("component", item["id"]),
        "versions": sandbox.groups.of("version", item["id"]),
    }


def project(request: Request, sandbox: "JiraSandbox") -> Item | None:
    """Return a project by id or key."""
    ref = request.path_params.get("project") or request.path_params["id"]
    projects = sandbox.collections["project"]
    item = projects.get(ref) or next(
        (project for project in projects.values() if project["key"] == ref), None
    )
    if item is None or item.get("deleted") or not sandbox.sees("project", item):
        return None
    return item


def _existing_project(request: Request, sandbox: "JiraSandbox") -> Item:
    item = project(request, sandbox)
    if item is None:
        ref = request.path_params["project"]
        raise Problem(404, f"No project could be found with key '{ref}'.")
    return item


def versions(request: Request, sandbox: "JiraSandbox") -> list[Item]:
    """Return a project's versions."""
    return sandbox.groups.of("version", _existing_project(request, sandbox)["id"])


def components(request: Request, sandbox: "JiraSandbox") -> list[Item]:
    """Return a project's components; there are none in Compass."""
    id_ = _existing_project(request, sandbox)["id"]
    in_compass = request.query_params.get("componentSource") == "compass"
    return [] if in_compass else sandbox.groups.of("component", id_)


def components_of_projects(request: Request, sandbox: "JiraSandbox") -> list[Item]:
    """Return the components of the named projects."""
    named = wanted(request, "projectIdsOrKeys")
    if not named:
        raise Problem(400, "projectIdsOrKeys is required.")
    return [
        c
        for c in sandbox.visible("component")
        if c["project"] in named or str(c["projectId"]) in named
    ]


def user(request: Request, sandbox: "JiraSandbox") -> Item | None:
    """Return an account by the id in the query."""
    return sandbox.collections["user"].get(request.query_params.get("accountId", ""))


def members(request: Request, sandbox: "JiraSandbox") -> list[Item]:
    """Return a group's members, the inactive ones only if they are wanted."""
    group_id = request.query_params.get("groupId", "")
    if group_id not in sandbox.collections["group"]:
        raise Problem(404, f"Group with id '{group_id}' does not exist.")
    inactive = request.query_params.get("includeInactiveUsers") == "true"
    users = sandbox.collections["user"]
    ids = sandbox.company.members.get(group_id, [])
    found = [users[id_] for id_ in ids if id_ in users]
    return [user for user in found if inactive or user["active"]]


def fields_asked_for(
    rows: list[Item], request: Request, sandbox: "JiraSandbox"
) -> list[Item]:
    """Narrow fields by type and id."""
    types, ids = wanted(request, "type"), wanted(request, "id")
    return [
        field
        for field in rows
        if (not types or ("custom" if field["custom"] else "system") in types)
        and (not ids or field["id"] in ids)
    ]


def filters_asked_for(
    rows: list[Item], request: Request, sandbox: "JiraSandbox"
) -> list[Item]:
    """Narrow filters by id and name."""
    ids = wanted(request, "id")
    name = request.query_params.get("filterName", "").casefold()
    return [
        item
        for item in rows
        if name in item["name"].casefold() and (not ids or item["id"] in ids)
    ]


def show_filter_row(item: Item, request: Request, sandbox: "JiraSandbox") -> Item:
    """Return a filter as lists show it; most comes by expand only."""
    expand = wanted(request, "expand")
    keys = ("self", "id", "name", *(key for key in FILTER_EXPANDS if key in expand))
    expands = ",".join(FILTER_EXPANDS)
    return {"expand": expands} | {key: item[key] for key in keys}
