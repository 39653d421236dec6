"""Rows of one issue: its worklogs, comments and changes; and the issue itself."""

from typing import TYPE_CHECKING

from starlette.requests import Request

from sandbox.company import Item
from sandbox.company.base import milliseconds, parse_time
from sandbox.jira.issues import as_list, without_issue
from sandbox.jira.replies import Problem, number

if TYPE_CHECKING:
    from sandbox.jira.app import JiraSandbox


def issue(request: Request, sandbox: "JiraSandbox") -> Item | None:
    """Return a visible issue by id, key, or the key it once had."""
    ref = request.path_params.get("issue") or request.path_params["id"]
    found = sandbox.index.find(ref)
    return found if found is not None and sandbox.index.is_visible(found) else None


def show_issue(item: Item, request: Request, sandbox: "JiraSandbox") -> Item:
    """Return a single issue, whole unless fields are named."""
    fields = as_list(request.query_params.get("fields")) or ["*all"]
    expand = as_list(request.query_params.get("expand"))
    shown = sandbox.view.show(item, fields, expand)
    return shown | sandbox.view.names_and_schema(expand)


def _children(request: Request, sandbox: "JiraSandbox", collection: str) -> list[Item]:
    found = issue(request, sandbox)
    if found is None:
        raise Problem(
            404, "Issue does not exist or you do not have permission to see it."
        )
    own = sandbox.groups.of(collection, found["id"])
    return [without_issue(item, collection) for item in own]


def worklogs(request: Request, sandbox: "JiraSandbox") -> list[Item]:
    """Return an issue's worklogs, narrowed by when the work began."""
    after = number(request, "startedAfter", 0)
    before = number(request, "startedBefore", 1 << 60)
    return [
        log
        for log in _children(request, sandbox, "worklog")
        if after <= milliseconds(parse_time(log["started"])) < before
    ]


def comments(request: Request, sandbox: "JiraSandbox") -> list[Item]:
    """Return an issue's comments."""
    return _children(request, sandbox, "comment")


def changes(request: Request, sandbox: "JiraSandbox") -> list[Item]:
    """Return an issue's changes."""
    return _children(request, sandbox, "changelog")


def worklog(request: Request, sandbox: "JiraSandbox") -> Item | None:
    """Return one worklog of an issue."""
    return _child(worklogs(request, sandbox), request)


def comment(request: Request, sandbox: "JiraSandbox") -> Item | None:
    """Return one comment of an issue."""
    return _child(comments(request, sandbox), request)


def _child(rows: list[Item], request: Request) -> Item | None:
    return next((r for r in rows if r["id"] == request.path_params["id"]), None)
