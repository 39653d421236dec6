"""Issues that are created, edited, assigned and deleted."""

from collections.abc import Iterable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sandbox.company import SITE, Item
from sandbox.company.base import jira_time
from sandbox.contracts import contract
from sandbox.jira.issue_rows import issue
from sandbox.jira.replies import Problem
from sandbox.jira.site_rows import find_project, project
from sandbox.jira.state import JiraState
from sandbox.serving import Answer

# A field on every screen.
SUMMARY: Item = {
    "fieldId": "summary",
    "key": "summary",
    "name": "Summary",
    "required": True,
    "hasDefaultValue": False,
    "operations": ["set"],
    "schema": {"type": "string", "system": "summary"},
}


def screen_fields(state: JiraState, request: Request) -> list[Item]:
    """Return the fields on the screen that creates issues of a type."""
    type_ = _type(project(state, request), request.path_params["type"])
    return [SUMMARY, *state.required_fields.get(type_["name"], [])]


async def create(state: JiraState, request: Request) -> Any:
    """Create an issue, or say field by field what is wrong with it."""
    body = await request.json()
    fields = body.get("fields", {})
    named = fields["project"]
    own = find_project(state, str(named.get("key") or named.get("id")))
    type_ = _type(own, fields["issuetype"]["id"])
    required = [SUMMARY, *state.required_fields.get(type_["name"], [])]
    check_required(((field["fieldId"], field) for field in required), fields)
    new = _new(state, own, type_, _as_shown(state, fields))
    state.put("issue", new["id"], new)
    _keep_properties(state, new["id"], body)
    return Answer(contract("jira").keep("created issue", new), 201)


async def edit(state: JiraState, request: Request) -> Response:
    """Set fields and properties of an issue."""
    own = issue(state, request)
    body = await request.json()
    fields = body.get("fields", {})
    known = {field["id"] for field in state.collections["field"].values()}
    why = "It is not on the appropriate screen, or unknown."
    if unknown := fields.keys() - known:
        errors = {name: f"Field '{name}' cannot be set. {why}" for name in unknown}
        raise Problem(400, errors=errors)
    save(state, own, _as_shown(state, fields))
    _keep_properties(state, own["id"], body)
    return Response(status_code=204)


async def delete(state: JiraState, request: Request) -> Response:
    """Delete an issue; its sub-tasks have to be named."""
    own = issue(state, request)
    subtasks = [
        other["id"]
        for other in state.collections["issue"].values()
        if (other["fields"].get("parent") or {}).get("key") == own["key"]
        and other["fields"]["issuetype"]["subtask"]
    ]
    if subtasks and request.query_params.get("deleteSubtasks") != "true":
        told = f"The issue '{own['key']}' has subtasks. You must specify the"
        raise Problem(400, f"{told} 'deleteSubtasks' parameter to delete it.")
    for id_ in (*subtasks, own["id"]):
        state.delete("issue", id_)
    return Response(status_code=204)


async def assign(state: JiraState, request: Request) -> Response:
    """Assign an issue to somebody, or to nobody."""
    own = issue(state, request)
    account = (await request.json())["accountId"]
    save(state, own, {"assignee": _user(state, account)})
    return Response(status_code=204)


async def issue_property(state: JiraState, request: Request) -> Any:
    """Return one property of an issue."""
    own = state.properties.get(issue(state, request)["id"], {})
    return one_property(own, request)


async def comment_property(state: JiraState, request: Request) -> Any:
    """Return one property of a comment."""
    comment = state.collections["comment"].get(request.path_params["comment"], {})
    own = {one["key"]: one["value"] for one in comment.get("properties", [])}
    return one_property(own, request)


def one_property(properties: Item, request: Request) -> Item:
    """Return the property that the path names."""
    key = request.path_params["key"]
    if key not in properties:
        raise Problem(404, f"The property with key '{key}' does not exist.")
    return {"key": key, "value": properties[key]}


def check_required(fields: Iterable[tuple[str, Item]], given: Item) -> None:
    """Refuse what lacks required fields, each known by its name in requests."""
    errors = {
        name: f"{field['name']} is required."
        for name, field in fields
        if field["required"] and not given.get(name)
    }
    if errors:
        raise Problem(400, errors=errors)


def save(state: JiraState, issue: Item, fields: Item) -> None:
    """Store changed fields of an issue."""
    updated = jira_time(state.company.present())
    changed = {**issue["fields"], **fields, "updated": updated}
    state.put("issue", issue["id"], {**issue, "fields": changed})


def _keep_properties(state: JiraState, id_: str, body: Item) -> None:
    own = state.properties.setdefault(id_, {})
    own.update({one["key"]: one["value"] for one in body.get("properties", [])})


def _as_shown(state: JiraState, fields: Item) -> Item:
    """Return fields as an issue shows them: priorities and people whole."""
    shown = dict(fields)
    if priority := fields.get("priority"):
        known = {one["name"]: one for one in state.collections["priority"].values()}
        message = f"Priority name '{priority['name']}' is not valid"
        found = known.get(priority["name"])
        shown["priority"] = _valid(found, "priority", message)
    if "assignee" in fields:
        shown["assignee"] = _user(state, fields["assignee"]["id"])
    return shown


def _user(state: JiraState, id_: str | None) -> Item | None:
    if id_ is None:
        return None
    found = state.collections["user"].get(id_)
    return _valid(found, "assignee", "Specify a valid value for assignee")


def _type(project: Item, id_: str) -> Item:
    found = next((type_ for type_ in project["issueTypes"] if type_["id"] == id_), None)
    return _valid(found, "issuetype", "Specify a valid issue type")


def _valid(found: Item | None, field: str, message: str) -> Item:
    """Return what a field names; raise Problem if there is no such thing."""
    if found is None:
        raise Problem(400, errors={field: message})
    return found


def _new(state: JiraState, project: Item, type_: Item, fields: Item) -> Item:
    """Return an issue like the others of its project, with its own fields."""
    id_ = str(state.next_number("issue"))
    own = state.groups.of("issue", project["id"])
    numbers = [int(issue["key"].rpartition("-")[2]) for issue in own]
    pattern = (own or [*state.collections["issue"].values()])[0]
    at = jira_time(state.company.present())
    empty: Item = {"resolution": None, "resolutiondate": None, "issuelinks": []}
    times = {"created": at, "updated": at, "statuscategorychangedate": at}
    shown = contract("jira").keep("issue project", project)
    named = {"issuetype": type_, "project": shown}
    return {
        **pattern,
        "id": id_,
        "self": f"{SITE}/rest/api/3/issue/{id_}",
        "key": f"{project['key']}-{max(numbers, default=0) + 1}",
        "fields": {**pattern["fields"], **empty, **times, **fields, **named},
    }
