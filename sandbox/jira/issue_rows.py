"""Issues as they are shown: the wanted fields, what was expanded; and their rows."""

from collections import ChainMap

from starlette.requests import Request

from sandbox.company import Item
from sandbox.contracts import contract
from sandbox.jira.replies import Problem, as_list
from sandbox.jira.state import JiraState

MISSING = "Issue does not exist or you do not have permission to see it."
# Jira shows so many worklogs and comments, and changes, within an issue.
EMBEDDED, EMBEDDED_CHANGES = 20, 40
NOT_NAVIGABLE = ("comment", "worklog", "description", "attachment")


def visible_issue(state: JiraState, ref: str) -> Item | None:
    """Return a visible issue by id, key, or the key it once had."""
    found = state.index.find(ref)
    return found if found is not None and state.sees("issue", found) else None


def issue(state: JiraState, request: Request) -> Item:
    """Return the visible issue that the path names; raise Problem for others."""
    found = visible_issue(state, request.path_params["issue"])
    if found is None:
        raise Problem(404, MISSING)
    return found


def changes(state: JiraState, request: Request) -> list[Item]:
    """Return an issue's changes."""
    return state.groups.of("changelog", issue(state, request)["id"])


def comments(state: JiraState, request: Request) -> list[Item]:
    """Return an issue's comments, oldest first unless asked otherwise."""
    rows = state.groups.of("comment", issue(state, request)["id"])
    newest_first = request.query_params.get("orderBy") == "-created"
    return rows[::-1] if newest_first else rows


def worklog(state: JiraState, request: Request) -> Item | None:
    """Return one worklog of an issue."""
    own = state.groups.of("worklog", issue(state, request)["id"])
    return next((log for log in own if log["id"] == request.path_params["id"]), None)


def show_issue(item: Item, state: JiraState, request: Request) -> Item:
    """Return a single issue, whole unless fields are named."""
    asked = {"fields": "*all", **request.query_params}
    return show(item, state, asked)


def show(item: Item, state: JiraState, asked: Item) -> Item:
    """Return an issue with the `fields`, `properties` and `expand` that were asked for.

    Without any fields, `fields` is absent.
    """
    shown = {key: item[key] for key in ("expand", "id", "self", "key")}
    picked = _pick(item, state, as_list(asked.get("fields")))
    expand = as_list(asked.get("expand"))
    if picked is not None:
        shown["fields"] = picked
    if "changelog" in expand:
        rows = state.groups.of("changelog", item["id"])[::-1]
        shown["changelog"] = _embedded("change", "histories", rows, EMBEDDED_CHANGES)
    if "renderedFields" in expand:
        html = {"description": "<p></p>"}
        shown["renderedFields"] = {name: html.get(name) for name in picked or {}}
    if names := as_list(asked.get("properties")):
        own = state.properties.get(item["id"], {})
        shown["properties"] = {name: own[name] for name in names if name in own}
    return shown


def names_and_schema(state: JiraState, expand: list[str]) -> Item:
    """Return what Jira adds once to a reply with issues."""
    fields = state.collections["field"].values()
    columns = {"names": "name", "schema": "schema"}
    return {
        added: {field["id"]: field[own] for field in fields}
        for added, own in columns.items()
        if added in expand
    }


def _pick(item: Item, state: JiraState, wanted: list[str]) -> Item | None:
    """Return the wanted fields: names, `*all`, `*navigable`, `-name` for not."""
    names = [name for name in wanted if name not in ("id", "key")]
    if not names:
        return None
    without = {name[1:] for name in names if name.startswith("-")}
    everything = "*all" in names or len(without) == len(names)
    fillers = state.company.fillers
    filler = fillers[int(item["id"]) % len(fillers)] if fillers else {}
    fields = ChainMap(item["fields"], filler)
    if everything:
        names = [*fields]
    elif "*navigable" in names:
        names = [name for name in fields if name not in NOT_NAVIGABLE]
    picked = {name: fields[name] for name in names if name in fields}
    for name, key in (("worklog", "worklogs"), ("comment", "comments")):
        if everything or name in names:
            rows = state.groups.of(name, item["id"])
            picked[name] = _embedded(name, key, rows, EMBEDDED)
    return {name: value for name, value in picked.items() if name not in without}


def _embedded(shape: str, key: str, rows: list[Item], most: int) -> Item:
    shown = [contract("jira").keep(shape, row) for row in rows[:most]]
    return {"startAt": 0, "maxResults": most, "total": len(rows), key: shown}
