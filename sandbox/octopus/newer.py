"""What servers of 2026 have besides lists: Platform Hub, approvals of tasks, and more.

https://octopus.com/docs/api
"""

from typing import Any
from urllib.parse import unquote

from starlette.requests import Request

from sandbox.company.octopus.oversight import HUB_BRANCH
from sandbox.octopus.replies import not_found, number, page
from sandbox.octopus.state import OctopusState

# The list in a reply, by collection, and its total.
IN_HUB = {
    "policies": ("Policies", "FilteredItemsCount"),
    "processtemplates": ("ProcessTemplates", "TotalResults"),
}


async def limits(state: OctopusState, request: Request) -> Any:
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


async def hub(state: OctopusState, request: Request) -> Any:
    """Return where Platform Hub keeps its files."""
    url = "https://git.webshop.example/platform-hub.git"
    branch = HUB_BRANCH.rpartition("/")[2]
    return {"BasePath": ".octopus", "DefaultBranch": branch, "Url": url}


async def in_hub(name: str, state: OctopusState, request: Request) -> Any:
    """Return what Platform Hub has under a name, or one of these."""
    items, slug = state.collections[name], request.path_params.get("slug")
    if unquote(request.path_params["ref"]) != HUB_BRANCH:
        raise not_found(request.path_params["ref"])
    if slug is None:
        key, total = IN_HUB[name]
        skip, take = number(request, "skip", 0), number(request, "take", 30)
        rows = sorted(items.values(), key=lambda item: item["Name"])
        return {key: rows[skip : skip + take], total: len(rows)}
    if slug not in items:
        raise not_found(slug)
    return items[slug]


async def votes(state: OctopusState, request: Request) -> Any:
    """Return who has voted on a task's approval, null if it needs none."""
    for approval in state.collections["servertaskapprovals"].values():
        if approval["ServerTaskId"] == request.path_params["id"]:
            own = {"Id": approval["Id"], "SpaceId": approval["SpaceId"]}
            votes = state.votes.get(approval["Id"], [])
            needed = {"ApprovalsCount": len(votes), "MinimumApproversRequired": 1}
            return {"Resource": {**own, "Approvals": votes, **needed}}
    return {"Resource": None}


async def live_status(state: OctopusState, request: Request) -> Any:
    """Return what is seen of a place; the first environment is not watched."""
    state.project_of(request)
    if request.path_params["id"] == "Environments-1":
        raise not_found("livestatus")
    summary = {"HealthStatus": "Healthy", "SyncStatus": "InSync"}
    return {"MachineStatuses": [], "Summary": summary}
