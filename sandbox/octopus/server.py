"""What is the server's own: root document, status, the credential's user, freezes."""

from typing import Any

from starlette.requests import Request

from sandbox.company import Item
from sandbox.company.base import parse_time
from sandbox.company.octopus.spaces import READER
from sandbox.contracts import contract
from sandbox.octopus.listings import (
    MIXED_PERMISSIONS,
    SPACE_PERMISSIONS,
    SYSTEM_PERMISSIONS,
)
from sandbox.octopus.replies import Problem, not_found, number
from sandbox.octopus.state import OctopusState

INSTALLATION_ID = "5f0f1a52-7c5d-4a41-9a8e-3d1d7a7c0003"


async def root(state: OctopusState, request: Request) -> Any:
    """Return the document that anybody may read."""
    return {
        "Application": "Octopus Deploy",
        "Version": state.version,
        "ApiVersion": "3.0.0",
        "InstallationId": INSTALLATION_ID,
        "IsEarlyAccessProgram": False,
        "HasLongTermSupport": False,
        "Links": {
            "Self": "/api",
            "Spaces": "/api/spaces{/id}{?skip,ids,take,partialName}",
            "CurrentUser": "/api/users/me",
            "Web": "/app",
        },
    }


async def status(state: OctopusState, request: Request) -> Any:
    """Return whether the server is being maintained."""
    return {
        "IsInMaintenanceMode": state.in_maintenance,
        "MaintenanceExpires": None,
        "IsDatabaseEncrypted": True,
        "Links": {"Self": "/api/serverstatus"},
    }


async def me(state: OctopusState, request: Request) -> Any:
    """Return the user that the credential belongs to."""
    return state.collections["users"][READER]


async def permissions(state: OctopusState, request: Request) -> Any:
    """Return what the user may do in a space, and on the server."""
    id_ = request.path_params["id"]
    if id_ not in state.collections["users"]:
        raise not_found(id_)
    space = state.space_of(request)
    granted = [name for name in SPACE_PERMISSIONS if state.may(name, space)]
    system = request.query_params.get("includeSystem") == "true"
    on_server = (*SYSTEM_PERMISSIONS, *MIXED_PERMISSIONS) if system else ()
    return {
        "Id": id_,
        "IsPermissionsComplete": True,
        "IsTeamsComplete": True,
        "SpacePermissions": {name: [_unlimited(space)] for name in granted},
        "SystemPermissions": [n for n in on_server if state.may(n, None)],
        "Teams": [],
        "Links": {"Self": f"/api/users/{id_}/permissions"},
    }


async def freezes(state: OctopusState, request: Request) -> Any:
    """Return freezes in their own envelope; both paging parameters are required."""
    state.require("DeploymentFreezeAdminister", None)
    for name in ("skip", "take"):
        if name not in request.query_params:
            raise Problem(400, f"The {name} field is required.")
    now = state.company.now
    done = request.query_params.get("includeComplete", "false") == "true"
    rows = [
        freeze
        for freeze in state.collections["deploymentfreezes"].values()
        if done or parse_time(freeze["End"]) > now
    ]
    skip, take = number(request, "skip", 0), number(request, "take", 30)
    return {"Count": len(rows), "DeploymentFreezes": rows[skip : skip + take]}


async def categories(state: OctopusState, request: Request) -> Any:
    """Return the names that events can have."""
    return [{"Id": name, "Name": name} for name in contract("octopus").event_categories]


def _unlimited(space_id: str) -> Item:
    """Return what a permission is limited to: a space, and nothing in it."""
    limits = ("Project", "Environment", "Tenant", "ProjectGroup")
    nothing: Item = {f"RestrictedTo{limit}Ids": [] for limit in limits}
    return {"SpaceId": space_id, **nothing}
