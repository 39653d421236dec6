"""Teams of the organization, which are no part of Jira's own API.

https://developer.atlassian.com/platform/teams/rest/v1/
"""

from typing import Any

from starlette.requests import Request

from sandbox.company import CLOUD_ID, ORGANIZATION_ID, Item
from sandbox.contracts import contract
from sandbox.jira.replies import Problem, number
from sandbox.jira.state import JiraState

TEAMS = "gateway/api/public/teams/v1/org/{organization}/teams"
MOST_TEAMS = contract("jira").most(f"GET {TEAMS}")
MOST_MEMBERS = contract("jira").most(f"POST {TEAMS}/{{team}}/members")


async def teams(state: JiraState, request: Request) -> Any:
    """Return teams of the named site; without a site there are none."""
    _check(request)
    here = request.query_params.get("siteId") == CLOUD_ID
    rows = state.visible("team") if here else []
    start = _position(request.query_params.get("cursor"))
    end = start + min(number(request, "size", 50), MOST_TEAMS)
    cursor = f"t{end}" if end < len(rows) else None
    return {"entities": rows[start:end], "cursor": cursor}


async def members(state: JiraState, request: Request) -> Any:
    """Return account ids of a team's members; paging is in the body alone."""
    own = team(state, request)
    body = await request.json() if await request.body() else {}
    ids = state.company.members.get(own["teamId"], [])
    start = _position(body.get("after"))
    size = min(int(body.get("first") or MOST_MEMBERS), MOST_MEMBERS)
    end = min(start + size, len(ids))
    return {
        "results": [{"accountId": id_} for id_ in ids[start:end]],
        "pageInfo": {"endCursor": f"t{end}", "hasNextPage": end < len(ids)},
    }


def _check(request: Request) -> None:
    if request.path_params["organization"] != ORGANIZATION_ID:
        raise Problem(403, "You do not have access to this organization.")


def team(state: JiraState, request: Request) -> Item:
    """Return the team that the path names; raise Problem for one that is gone."""
    _check(request)
    id_ = request.path_params["team"]
    found = state.collections["team"].get(id_)
    if found is None:
        status = 410 if id_ in state.deleted_teams else 404
        raise Problem(status, f"Team {id_} does not exist.")
    return found


def _position(cursor: Any) -> int:
    if not cursor:
        return 0
    text = str(cursor).removeprefix("t")
    if not text.isdecimal():
        raise Problem(400, "The cursor is invalid.")
    return int(text)
