"""Rows of one issue: its worklogs, comments and changes; and the issue itself."""

from starlette.requests import Request

from sandbox.company import Item
from sandbox.jira.issues import as_list, without_issue
from sandbox.jira.replies import Problem
from sandbox.jira.state import JiraState


def issue(request: Request, state: JiraState) -> Item | None:
    """Return a visible issue by id, key, or the key it once had."""
    ref = request.path_params.get("issue") or request.path_params["id"]
    found = state.index.find(ref)
    return found if found is not None and state.index.is_visible(found) else None


def show_issue(item: Item, request: Request, state: JiraState) -> Item:
    """Return a single issue, whole unless fields are named."""
    fields = as_list(request.query_params.get("fields")) or ["*all"]
    shown = state.view.show(item, fields, [])
    return with_properties(shown, request.query_params.get("properties"), state)


def with_properties(shown: Item, wanted: object, state: JiraState) -> Item:
    """Return an issue with those of its properties that were asked for."""
    if not (names := as_list(wanted)):
        return shown
    own = state.properties.get(shown["id"], {})
    return {**shown, "properties": {name: own[name] for name in names if name in own}}


def _children(request: Request, state: JiraState, collection: str) -> list[Item]:
    found = issue(request, state)
    if found is None:
        raise Problem(
            404, "Issue does not exist or you do not have permission to see it."
        )
    own = state.groups.of(collection, found["id"])
    return [without_issue(item, collection) for item in own]


def changes(request: Request, state: JiraState) -> list[Item]:
    """Return an issue's changes."""
    return _children(request, state, "changelog")


def worklog(request: Request, state: JiraState) -> Item | None:
    """Return one worklog of an issue."""
    own = _children(request, state, "worklog")
    return next((log for log in own if log["id"] == request.path_params["id"]), None)
