"""Issues that are created, edited, assigned and deleted."""

from collections.abc import Iterator
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sandbox.company import SITE, Item
from sandbox.company.base import jira_time
from sandbox.company.jira.projects import project_reference
from sandbox.jira.groups import PARENT_OF
from sandbox.jira.replies import Problem, named_page
from sandbox.jira.site_rows import find_project
from sandbox.jira.state import API, JiraState
from sandbox.serving import Answer, Part, Row

ISSUE, META = f"{API}/issue", f"{API}/issue/createmeta"
MISSING = "Issue does not exist or you do not have permission to see it."
# Types and fields on a page.
MOST = 200
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


class Writing(Part[JiraState]):
    """Change issues as their fields say."""

    def routes(self) -> Iterator[Row]:
        """Yield method, path and handler."""
        types = f"{META}/{{project}}/issuetypes"
        yield "GET", types, self.types
        yield "GET", f"{types}/{{type}}", self.fields
        yield "POST", ISSUE, self.create
        yield "PUT", f"{ISSUE}/{{issue}}", self.edit
        yield "DELETE", f"{ISSUE}/{{issue}}", self.delete
        yield "PUT", f"{ISSUE}/{{issue}}/assignee", self.assign
        yield "GET", f"{ISSUE}/{{issue}}/properties/{{key}}", self.property

    async def types(self, request: Request) -> Any:
        """Return the types of issues that can be created in a project."""
        project = self._project(request.path_params["project"])
        return named_page(request, project["issueTypes"], "issueTypes", MOST)

    async def fields(self, request: Request) -> Any:
        """Return the fields on the screen that creates issues of a type."""
        type_ = self._type(request.path_params["project"], request.path_params["type"])
        more = self._state.required_fields.get(type_["name"], [])
        return named_page(request, [SUMMARY, *more], "fields", MOST)

    async def create(self, request: Request) -> Any:
        """Create an issue, or say field by field what is wrong with it."""
        body = await request.json()
        fields = body.get("fields", {})
        named = fields["project"]
        project = self._project(str(named.get("key") or named.get("id")))
        self._state.require("CREATE_ISSUES")
        type_ = self._type(project["key"], fields["issuetype"]["id"])
        self._check(fields, type_)
        issue = self._new(project, type_, self._as_shown(fields))
        self._state.put("issue", issue["id"], issue)
        self._keep(issue["id"], body.get("properties", []))
        return Answer({name: issue[name] for name in ("id", "key", "self")}, 201)

    async def edit(self, request: Request) -> Response:
        """Set fields and properties of an issue."""
        issue = find(self._state, request)
        self._state.require("EDIT_ISSUES")
        body = await request.json()
        fields = body.get("fields", {})
        known = {field["id"] for field in self._state.collections["field"].values()}
        errors = {name: _not_on_screen(name) for name in fields.keys() - known}
        if errors:
            raise Problem(400, errors=errors)
        save(self._state, issue, self._as_shown(fields))
        self._keep(issue["id"], body.get("properties", []))
        return Response(status_code=204)

    async def delete(self, request: Request) -> Response:
        """Delete an issue; its sub-tasks have to be named."""
        issue = find(self._state, request)
        self._state.require("DELETE_ISSUES")
        subtasks = [
            other["id"]
            for other in self._state.collections["issue"].values()
            if (other["fields"].get("parent") or {}).get("key") == issue["key"]
            and other["fields"]["issuetype"]["subtask"]
        ]
        if subtasks and request.query_params.get("deleteSubtasks") != "true":
            told = f"The issue '{issue['key']}' has subtasks. You must specify the"
            raise Problem(400, f"{told} 'deleteSubtasks' parameter to delete it.")
        for id_ in (*subtasks, issue["id"]):
            self._state.delete("issue", id_)
        return Response(status_code=204)

    async def assign(self, request: Request) -> Response:
        """Assign an issue to somebody, or to nobody."""
        issue = find(self._state, request)
        self._state.require("ASSIGN_ISSUES")
        account = (await request.json())["accountId"]
        save(self._state, issue, {"assignee": self._user(account)})
        return Response(status_code=204)

    async def property(self, request: Request) -> Any:
        """Return one property of an issue."""
        issue, key = find(self._state, request), request.path_params["key"]
        own = self._state.properties.get(issue["id"], {})
        if key not in own:
            raise Problem(404, f"The property with key '{key}' does not exist.")
        return {"key": key, "value": own[key]}

    def _keep(self, id_: str, properties: list[Item]) -> None:
        own = self._state.properties.setdefault(id_, {})
        own.update({one["key"]: one["value"] for one in properties})

    def _project(self, key: str) -> Item:
        project = find_project(self._state, key)
        if project is None:
            raise Problem(404, f"No project could be found with key '{key}'.")
        return project

    def _type(self, project: str, id_: str) -> Item:
        own: list[Item] = self._project(project)["issueTypes"]
        found = next((type_ for type_ in own if type_["id"] == id_), None)
        if found is None:
            raise Problem(400, errors={"issuetype": "Specify a valid issue type"})
        return found

    def _check(self, fields: Item, type_: Item) -> None:
        required = [SUMMARY, *self._state.required_fields.get(type_["name"], [])]
        errors = {
            field["fieldId"]: f"{field['name']} is required."
            for field in required
            if field["required"] and not fields.get(field["fieldId"])
        }
        if errors:
            raise Problem(400, errors=errors)

    def _as_shown(self, fields: Item) -> Item:
        """Return fields as an issue shows them: priorities and people whole."""
        shown = dict(fields)
        if priority := fields.get("priority"):
            shown["priority"] = self._priority(priority["name"])
        if "assignee" in fields:
            shown["assignee"] = self._user(fields["assignee"]["id"])
        return shown

    def _priority(self, name: str) -> Item:
        for priority in self._state.collections["priority"].values():
            if priority["name"] == name:
                return priority
        errors = {"priority": f"Priority name '{name}' is not valid"}
        raise Problem(400, errors=errors)

    def _user(self, id_: str | None) -> Item | None:
        if id_ is None:
            return None
        for user in self._state.collections["user"].values():
            if user["accountId"] == id_:
                return user
        errors = {"assignee": "Specify a valid value for assignee"}
        raise Problem(400, errors=errors)

    def _new(self, project: Item, type_: Item, fields: Item) -> Item:
        """Return an issue like the others of its project, with its own fields."""
        issues = self._state.collections["issue"]
        id_ = str(self._state.next_number("issue"))
        own = [i for i in issues.values() if PARENT_OF["issue"](i) == project["id"]]
        numbers = [int(issue["key"].rpartition("-")[2]) for issue in own]
        pattern = (own or [*issues.values()])[0]
        at = jira_time(self._state.company.present())
        empty: Item = {"resolution": None, "resolutiondate": None, "issuelinks": []}
        times = {"created": at, "updated": at, "statuscategorychangedate": at}
        named = {"issuetype": type_, "project": project_reference(project)}
        return {
            **pattern,
            "id": id_,
            "self": f"{SITE}{ISSUE}/{id_}",
            "key": f"{project['key']}-{max(numbers, default=0) + 1}",
            "fields": {**pattern["fields"], **empty, **times, **fields, **named},
        }


def find(state: JiraState, request: Request) -> Item:
    """Return the visible issue that the path names."""
    issue = state.index.find(request.path_params["issue"])
    if issue is None or not state.index.is_visible(issue):
        raise Problem(404, MISSING)
    return issue


def save(state: JiraState, issue: Item, fields: Item) -> None:
    """Store changed fields of an issue."""
    updated = jira_time(state.company.present())
    changed = {**issue["fields"], **fields, "updated": updated}
    state.put("issue", issue["id"], {**issue, "fields": changed})


def _not_on_screen(name: str) -> str:
    why = "It is not on the appropriate screen, or unknown."
    return f"Field '{name}' cannot be set. {why}"
