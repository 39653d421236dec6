"""Teams of the organization, which are no part of Jira's own API.

https://developer.atlassian.com/platform/teams/rest/v1/
"""

from collections.abc import Iterator
from typing import Any

from starlette.requests import Request

from sandbox.company import CLOUD_ID, ORGANIZATION_ID, Item
from sandbox.contracts import contract
from sandbox.jira.replies import Problem, number
from sandbox.jira.state import JiraState
from sandbox.serving import Part, Row

TEAMS = "gateway/api/public/teams/v1/org/{organization}/teams"
MOST_TEAMS = contract("jira").most(f"GET {TEAMS}")
MOST_MEMBERS = contract("jira").most(f"POST {TEAMS}/{{team}}/members")


class Teams(Part[JiraState]):
    """Answer the public API of teams."""

    def routes(self) -> Iterator[Row]:
        """Yield method, path and handler."""
        yield "GET", f"/{TEAMS}", self.list
        yield "GET", f"/{TEAMS}/{{team}}", self.get
        yield "POST", f"/{TEAMS}/{{team}}/members", self.members

    async def list(self, request: Request) -> Any:
        """Return teams of the named site; without a site there are none."""
        self._check(request)
        if request.query_params.get("siteId") != CLOUD_ID:
            return {"entities": [], "cursor": None}
        rows = list(self._state.collections["team"].values())
        start = _position(request.query_params.get("cursor"))
        size = min(number(request, "size", 50), MOST_TEAMS)
        part = rows[start : start + size]
        more = start + len(part) < len(rows)
        return {"entities": part, "cursor": f"t{start + len(part)}" if more else None}

    async def get(self, request: Request) -> Any:
        """Return one team; a deleted one is gone."""
        return self._team(request)

    async def members(self, request: Request) -> Any:
        """Return account ids of a team's members; paging is in the body alone."""
        team = self._team(request)
        body = await request.json() if await request.body() else {}
        ids = self._state.company.members.get(team["teamId"], [])
        start = _position(body.get("after"))
        size = min(int(body.get("first") or MOST_MEMBERS), MOST_MEMBERS)
        part = ids[start : start + size]
        return {
            "results": [{"accountId": id_} for id_ in part],
            "pageInfo": {
                "endCursor": f"t{start + len(part)}",
                "hasNextPage": start + len(part) < len(ids),
            },
        }

    def _check(self, request: Request) -> None:
        if request.path_params["organization"] != ORGANIZATION_ID:
            raise Problem(403, "You do not have access to this organization.")

    def _team(self, request: Request) -> Item:
        self._check(request)
        team_id = request.path_params["team"]
        team = self._state.collections["team"].get(team_id)
        if team is None:
            status = 410 if team_id in self._state.deleted_teams else 404
            raise Problem(status, f"Team {team_id} does not exist.")
        return team


def _position(cursor: Any) -> int:
    if not cursor:
        return 0
    text = str(cursor).removeprefix("t")
    if not text.isdecimal():
        raise Problem(400, "The cursor is invalid.")
    return int(text)
