"""Where tests ask for actions in Octopus Deploy."""

from dataclasses import dataclass

from actions.octopus.watch import Watch
from sandbox.company import Item
from sandbox.octopus import OctopusSandbox
from sandbox.octopus.tasks import advance
from sandbox.port.runs import Kept
from tests.actions.desk import Desk

# A project without tenants that no freeze is about, and one with tenants.
PROJECT, PORTAL = "Mobile Backend", "Partner Portal"


@dataclass(kw_only=True)
class OctopusDesk(Desk):
    """A desk with the stand-in of Octopus Deploy, and what waits for its tasks."""

    octopus: OctopusSandbox
    watch: Watch

    def named(self, collection: str, name: str) -> Item:
        """Return an item by its name, in the first space that has it."""
        items = self.octopus.collections[collection].values()
        return next(one for one in items if one["Name"] == name)

    def release(self, project: str = PROJECT, version: str = "99.1.0") -> Item:
        """Add a release that was never deployed."""
        id_ = self.named("projects", project)["Id"]
        releases = self.octopus.collections["releases"]
        like = next(one for one in releases.values() if one["ProjectId"] == id_)
        channels = self.octopus.collections["channels"].values()
        channel = next(
            c["Id"] for c in channels if c["ProjectId"] == id_ and c["IsDefault"]
        )
        new = {"Id": f"Releases-9{len(releases)}", "Version": version}
        self.octopus.put("releases", new["Id"], like | new | {"ChannelId": channel})
        return releases[new["Id"]]

    def started(self, collection: str, kept: Kept) -> list[Item]:
        """Return what a run has started, oldest first."""
        id_ = kept.shown.get("id") or kept.shown["identifier"]
        items = self.octopus.collections[collection].values()
        return [one for one in items if id_ in (one["Comments"] or "")]

    def deployments(self, kept: Kept) -> list[Item]:
        """Return the deployments that a run has started."""
        return self.started("deployments", kept)

    async def end(self, item: Item, state: str = "Success", *errors: str) -> None:
        """Let what was started come to its end, and have it noticed."""
        advance(self.octopus, item["TaskId"], state, errors=errors)
        await self.watch.look()

    async def deployed(
        self, release: Item, *environments: str, project: str = PROJECT
    ) -> None:
        """Deploy a release successfully, environment by environment."""
        for environment in environments:
            asked = {"project": project, "release": release["Version"]}
            kept = await self.do("deploy_release", **asked, environment=environment)
            for item in self.deployments(kept):
                await self.end(item)

    def posts(self, path: str) -> int:
        """Return how often the stand-in was asked to start or create something."""
        return self.octopus.faults.by_pattern[f"POST /api/{{id}}/{path}"]
