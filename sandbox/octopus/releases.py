"""Releases of a project: listed, created, and where they may go."""

from collections.abc import Iterator
from typing import Any

from starlette.requests import Request

from sandbox.company import Item
from sandbox.company.base import octopus_time
from sandbox.company.octopus.spaces import plain
from sandbox.octopus.lifecycle import progression_of, reachable
from sandbox.octopus.replies import WRONG, Problem
from sandbox.octopus.state import OctopusState
from sandbox.octopus.tasks import next_id
from sandbox.serving import Answer, Part, Row

SPACE = "/api/{space}"
RELEASE = f"{SPACE}/releases/{{id}}"


class Releases(Part[OctopusState]):
    """Create releases, and say how far they came."""

    def routes(self) -> Iterator[Row]:
        """Yield method, path and handler."""
        yield "POST", f"{SPACE}/releases/create/v1", self.create_release
        yield "GET", f"{RELEASE}/deployments/template", self.template
        yield "GET", f"{RELEASE}/progression", self.progression

    async def create_release(self, request: Request) -> Answer:
        """Create a release; its version is the next, unless one is given."""
        body, space = await request.json(), self._state.space_of(request)
        project = self._project_named(space, body["ProjectName"])
        if project["IsVersionControlled"] != bool(body.get("GitRef")):
            raise Problem(400, WRONG, "A Git reference is needed in Git projects only.")
        own = [
            release
            for release in self._state.collections["releases"].values()
            if release["ProjectId"] == project["Id"]
        ]
        version = body.get("ReleaseVersion") or f"9.0.{len(own)}"
        same = [release for release in own if release["Version"] == version]
        if same and not body.get("IgnoreIfAlreadyExists"):
            told = f"Release '{version}' already exists in this project."
            raise Problem(400, WRONG, told)
        release = same[0] if same else self._new_release(project, version, body)
        shown = {"ReleaseId": release["Id"], "ReleaseVersion": version}
        return Answer(shown, 200 if same else 201)

    def _new_release(self, project: Item, version: str, body: Item) -> Item:
        name = body.get("ChannelName") or "Default"
        channels = [
            channel
            for channel in self._state.collections["channels"].values()
            if channel["ProjectId"] == project["Id"] and channel["Name"] == name
        ]
        if not channels:
            raise Problem(400, WRONG, f"No channel is named '{name}'.")
        id_ = next_id(self._state, "releases", "Releases")
        release = {
            **plain("releases"),
            "Id": id_,
            "SpaceId": project["SpaceId"],
            "ProjectId": project["Id"],
            "ChannelId": channels[0]["Id"],
            "Version": version,
            "Assembled": octopus_time(self._state.company.present()),
            "ReleaseNotes": body.get("ReleaseNotes"),
            "Links": {"Web": f"/app#/{project['SpaceId']}/releases/{id_}"},
        }
        self._state.put("releases", id_, release)
        return release

    async def template(self, request: Request) -> Any:
        """Return where a release may be deployed to."""
        release = self._state.existing("releases", request)
        tenants = [
            {
                "Id": tenant["Id"],
                "Name": tenant["Name"],
                "Links": {},
                "PromoteTo": self._targets(release, tenant["Id"]),
            }
            for tenant in self._state.collections["tenants"].values()
            if release["ProjectId"] in tenant["ProjectEnvironments"]
        ]
        return {
            "IsDeploymentProcessModified": False,
            "IsVariableSetModified": False,
            "IsLibraryVariableSetModified": False,
            "PromoteTo": self._targets(release, None),
            "TenantPromotions": tenants,
            "DeploymentNotes": None,
            "Links": {},
        }

    def _targets(self, release: Item, tenant: str | None) -> list[Item]:
        environments = self._state.collections["environments"]
        return [
            {"Id": id_, "Name": environments[id_]["Name"], "Links": {}}
            for id_ in reachable(self._state, release, tenant)
        ]

    async def progression(self, request: Request) -> Any:
        """Return how far a release came."""
        return progression_of(self._state, self._state.existing("releases", request))

    def _project_named(self, space: str, name: str) -> Item:
        for project in self._state.collections["projects"].values():
            if project["SpaceId"] == space and project["Name"] == name:
                return project
        raise Problem(400, WRONG, f"No project is named '{name}'.")
