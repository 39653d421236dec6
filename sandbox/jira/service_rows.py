"""Rows of Jira Service Management, on sites that have it."""

from typing import TYPE_CHECKING

from starlette.requests import Request

from sandbox.company import Item
from sandbox.jira.replies import Problem

if TYPE_CHECKING:
    from sandbox.jira.app import JiraSandbox


def request_types(request: Request, sandbox: "JiraSandbox") -> list[Item]:
    """Return the request types of a service desk."""
    id_ = request.path_params["desk"]
    if id_ not in sandbox.collections["servicedesk"]:
        raise Problem(404, f"The service desk with id {id_} does not exist.")
    return [
        own for own in sandbox.visible("requesttype") if own["serviceDeskId"] == id_
    ]


def requests_asked_for(
    rows: list[Item], request: Request, sandbox: "JiraSandbox"
) -> list[Item]:
    """Narrow requests as Jira does: an agent who takes part in none sees none."""
    if request.query_params.get("requestOwnership") != "ALL_REQUESTS":
        return []
    desk = request.query_params.get("serviceDeskId")
    return [row for row in rows if desk in (None, row["serviceDeskId"])]


def request(request: Request, sandbox: "JiraSandbox") -> Item | None:
    """Return a request by the id or key of its issue."""
    issue = sandbox.index.find(request.path_params["id"])
    return sandbox.collections["request"].get(issue["id"]) if issue else None
