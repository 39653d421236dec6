"""What servers of 2026 have besides lists: Platform Hub, approvals of tasks, and more.

https://octopus.com/docs/api
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from starlette.requests import Request

from sandbox.company.octopus.oversight import HUB_BRANCH
from sandbox.octopus.replies import not_found, number, page
from sandbox.octopus.state import OctopusState
from sandbox.serving import Handler, Part, Row

HUB = "/api/platformhub"
# The list in a reply, by collection, and its total.
IN_HUB = {
    "policies": ("Policies", "FilteredItemsCount"),
    "processtemplates": ("ProcessTemplates", "TotalResults"),
}


class Newer(Part[OctopusState]):
    """Answer what no list does."""

    def routes(self) -> Iterator[Row]:
        """Yield method, path and handler."""
        yield "GET", "/api/ratelimitingpolicies", self.limits
        yield "GET", f"{HUB}/versioncontrol", self.hub
        for name in IN_HUB:
            yield "GET", f"{HUB}/{{ref:path}}/{name}", self._in_hub(name)
            yield "GET", f"{HUB}/{{ref:path}}/{name}/{{slug}}", self._in_hub(name)
        yield "GET", "/api/{space}/tasks/{id}/servertaskapproval", self.votes
        place = "/api/{space}/projects/{project}/environments/{id}"
        yield "GET", f"{place}/untenanted/livestatus", self.live_status
        yield "GET", f"{place}/tenants/{{tenant}}/livestatus", self.live_status

    async def limits(self, request: Request) -> Any:
        """Return the policies that limit requests."""
        policy = {
            "Id": "RateLimitingPolicies-2",
            "Name": "Authenticated requests",
            "ScopeType": "AuthenticatedHuman",
            "RequestsPerMinute": 200,
            "BurstLimit": 60,
            "IsBuiltIn": True,
            "IsEnabled": True,
            "AuditMode": False,
        }
        body = page(request, "RateLimitingPolicy", [policy], request.url.path, 30)
        return {name: value for name, value in body.items() if name != "Links"}

    async def hub(self, request: Request) -> Any:
        """Return where Platform Hub keeps its files."""
        url = "https://git.webshop.example/platform-hub.git"
        branch = HUB_BRANCH.rpartition("/")[2]
        return {"BasePath": ".octopus", "DefaultBranch": branch, "Url": url}

    def _in_hub(self, name: str) -> Handler:
        key, total = IN_HUB[name]

        async def handler(request: Request) -> Any:
            items, slug = self._state.collections[name], request.path_params.get("slug")
            if unquote(request.path_params["ref"]) != HUB_BRANCH:
                raise not_found(request.path_params["ref"])
            if slug is None:
                skip, take = number(request, "skip", 0), number(request, "take", 30)
                rows = sorted(items.values(), key=lambda item: item["Name"])
                return {key: rows[skip : skip + take], total: len(rows)}
            if slug not in items:
                raise not_found(slug)
            return items[slug]

        return handler

    async def votes(self, request: Request) -> Any:
        """Return who has voted on a task's approval, null if it needs none."""
        for approval in self._state.collections["servertaskapprovals"].values():
            if approval["ServerTaskId"] == request.path_params["id"]:
                own = {"Id": approval["Id"], "SpaceId": approval["SpaceId"]}
                votes = self._state.votes.get(approval["Id"], [])
                needed = {"ApprovalsCount": len(votes), "MinimumApproversRequired": 1}
                return {"Resource": {**own, "Approvals": votes, **needed}}
        return {"Resource": None}

    async def live_status(self, request: Request) -> Any:
        """Return what is seen of a place; the first environment is not watched."""
        self._state.project_of(request)
        if request.path_params["id"] == "Environments-1":
            raise not_found("livestatus")
        summary = {"HealthStatus": "Healthy", "SyncStatus": "InSync"}
        return {"MachineStatuses": [], "Summary": summary}
