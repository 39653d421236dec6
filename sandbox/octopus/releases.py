"""Releases of a project: listed, created, and where they may go."""

from typing import Any

from starlette.requests import Request

from sandbox.company import Item
from sandbox.company.base import octopus_time
from sandbox.company.octopus.spaces import plain
from sandbox.octopus.lifecycle import progression_of, reachable
from sandbox.octopus.replies import WRONG, Problem
from sandbox.octopus.state import OctopusState
from sandbox.octopus.tasks import next_id
from sandbox.serving import Answer


async def create_release(state: OctopusState, request: Request) -> Answer:
    """Create a release; its version is the next, unless one is given."""
    body, space = await request.json(), state.space_of(request)
    project = _project_named(state, space, body["ProjectName"])
    if project["IsVersionControlled"] != bool(body.get("GitRef")):
        raise Problem(400, WRONG, "A Git reference is needed in Git projects only.")
    own = [
        release
        for release in state.collections["releases"].values()
        if release["ProjectId"] == project["Id"]
    ]
    version = body.get("ReleaseVersion") or f"9.0.{len(own)}"
    same = [release for release in own if release["Version"] == version]
    if same and not body.get("IgnoreIfAlreadyExists"):
        told = f"Release '{version}' already exists in this project."
        raise Problem(400, WRONG, told)
    release = same[0] if same else _new_release(state, project, version, body)
    shown = {"ReleaseId": release["Id"], "ReleaseVersion": version}
    return Answer(shown, 200 if same else 201)


def _new_release(state: OctopusState, project: Item, version: str, body: Item) -> Item:
    name = body.get("ChannelName") or "Default"
    channels = [
        channel
        for channel in state.collections["channels"].values()
        if channel["ProjectId"] == project["Id"] and channel["Name"] == name
    ]
    if not channels:
        raise Problem(400, WRONG, f"No channel is named '{name}'.")
    id_ = next_id(state, "releases", "Releases")
    release = {
        **plain("releases"),
        "Id": id_,
        "SpaceId": project["SpaceId"],
        "ProjectId": project["Id"],
        "ChannelId": channels[0]["Id"],
        "Version": version,
        "Assembled": octopus_time(state.company.present()),
        "ReleaseNotes": body.get("ReleaseNotes"),
        "Links": {"Web": f"/app#/{project['SpaceId']}/releases/{id_}"},
    }
    state.put("releases", id_, release)
    return release


async def template(state: OctopusState, request: Request) -> Any:
    """Return where a release may be deployed to."""
    release = state.existing("releases", request)
    tenants = [
        {
            "Id": tenant["Id"],
            "Name": tenant["Name"],
            "Links": {},
            "PromoteTo": _targets(state, release, tenant["Id"]),
        }
        for tenant in state.collections["tenants"].values()
        if release["ProjectId"] in tenant["ProjectEnvironments"]
    ]
    return {
        "IsDeploymentProcessModified": False,
        "IsVariableSetModified": False,
        "IsLibraryVariableSetModified": False,
        "PromoteTo": _targets(state, release, None),
        "TenantPromotions": tenants,
        "DeploymentNotes": None,
        "Links": {},
    }


def _targets(state: OctopusState, release: Item, tenant: str | None) -> list[Item]:
    environments = state.collections["environments"]
    return [
        {"Id": id_, "Name": environments[id_]["Name"], "Links": {}}
        for id_ in reachable(state, release, tenant)
    ]


async def progression(state: OctopusState, request: Request) -> Any:
    """Return how far a release came."""
    return progression_of(state, state.existing("releases", request))


def _project_named(state: OctopusState, space: str, name: str) -> Item:
    for project in state.collections["projects"].values():
        if project["SpaceId"] == space and project["Name"] == name:
            return project
    raise Problem(400, WRONG, f"No project is named '{name}'.")
