"""What runs where: the dashboard of a space and the progression of a project."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from starlette.requests import Request

from sandbox.company import Item
from sandbox.octopus.lists import Row
from sandbox.octopus.replies import not_found, number
from sandbox.octopus.routes import LISTINGS

if TYPE_CHECKING:
    from sandbox.octopus.app import OctopusSandbox

LISTS = {listing.path: listing for listing in LISTINGS}
# How many releases a progression shows unless asked for another number.
HISTORY = 3

type Place = tuple[str, str, str | None]


class Dashboards:
    """Work out the latest deployment of each place from the deployments there are."""

    def __init__(self, sandbox: "OctopusSandbox") -> None:
        self._sandbox = sandbox

    def routes(self) -> Iterator[Row]:
        """Yield method, path and handler."""
        for prefix in ("/api", "/api/spaces/{space}", "/api/{space}"):
            yield "GET", f"{prefix}/dashboard", self.dashboard
            yield "GET", f"{prefix}/projects/{{project}}/progression", self.progression

    async def dashboard(self, request: Request) -> Any:
        """Return the current and previous deployment of every place in a space."""
        sandbox = self._sandbox
        space_id = sandbox.space_of(request)
        sandbox.require("DeploymentView", space_id)
        projects = self._rows("projects", space_id)
        only = request.query_params.get("projectId")
        if only:
            projects = [project for project in projects if project["Id"] == only]
        limit = sandbox.dashboard_limit if not only else None
        shown = projects if limit is None else projects[:limit]
        ids = {project["Id"] for project in shown}
        current, previous = self._latest(space_id, ids)
        return {
            "Id": None,
            "Projects": shown,
            "ProjectGroups": self._rows("projectgroups", space_id),
            "Environments": self._rows("environments", space_id),
            "Tenants": self._rows("tenants", space_id),
            "Items": current,
            "PreviousItems": previous,
            "ProjectLimit": limit,
            "IsFiltered": len(shown) < len(projects),
            "Links": {"Self": f"/api/{space_id}/dashboard"},
        }

    async def progression(self, request: Request) -> Any:
        """Return a project's latest releases with their deployments by environment."""
        sandbox = self._sandbox
        space_id = sandbox.space_of(request)
        sandbox.require("DeploymentView", space_id)
        id_ = request.path_params["project"]
        project = sandbox.collections["projects"].get(id_)
        if project is None or project["SpaceId"] != space_id:
            raise not_found(id_)
        count = number(request, "releaseHistoryCount", HISTORY)
        releases = [
            r for r in self._rows("releases", space_id) if r["ProjectId"] == id_
        ]
        deployments = [
            d for d in self._rows("deployments", space_id) if d["ProjectId"] == id_
        ]
        used = {deployment["EnvironmentId"] for deployment in deployments}
        environments = self._rows("environments", space_id)
        used_environments = [e for e in environments if e["Id"] in used]
        return {
            "Environments": used_environments,
            "ChannelEnvironments": {
                channel["Id"]: used_environments
                for channel in self._rows("channels", space_id)
                if channel["ProjectId"] == id_
            },
            "Releases": [
                self._progress(release, deployments) for release in releases[:count]
            ],
            "Links": {"Self": f"/api/{space_id}/projects/{id_}/progression"},
        }

    def _rows(self, path: str, space_id: str) -> list[Item]:
        return self._sandbox.rows(LISTS[path], space_id)

    def _latest(
        self, space_id: str, project_ids: set[str]
    ) -> tuple[list[Item], list[Item]]:
        current: dict[Place, Item] = {}
        previous: dict[Place, Item] = {}
        for deployment in self._rows("deployments", space_id):
            if deployment["ProjectId"] not in project_ids:
                continue
            keys = ("ProjectId", "EnvironmentId", "TenantId")
            place: Any = tuple(deployment[key] for key in keys)
            if place not in current:
                current[place] = self._item(deployment, is_current=True)
            elif place not in previous:
                item = self._item(deployment, is_current=False)
                # The last one that succeeded is what the place had before.
                if item["State"] == "Success":
                    previous[place] = item
        return [*current.values()], [*previous.values()]

    def _item(self, deployment: Item, *, is_current: bool) -> Item:
        """Return a deployment joined with its release and task."""
        collections = self._sandbox.collections
        release = collections["releases"].get(deployment["ReleaseId"], {})
        task = collections["tasks"].get(deployment["TaskId"] or "", {})
        shared = ("ProjectId", "EnvironmentId", "TenantId", "ReleaseId", "ChannelId")
        copied = (
            "State",
            "QueueTime",
            "StartTime",
            "CompletedTime",
            "Duration",
            "ErrorMessage",
            "HasPendingInterruptions",
            "HasWarningsOrErrors",
            "IsCompleted",
        )
        return {
            "Id": deployment["Id"],
            **{key: deployment[key] for key in shared},
            "DeploymentId": deployment["Id"],
            "TaskId": deployment["TaskId"],
            "ReleaseVersion": release.get("Version"),
            "Created": deployment["Created"],
            **{key: task.get(key) for key in copied},
            "IsCurrent": is_current,
            "IsPrevious": not is_current,
            "Links": deployment["Links"],
        }

    def _progress(self, release: Item, deployments: list[Item]) -> Item:
        by_environment: dict[str, list[Item]] = {}
        for deployment in deployments:
            if deployment["ReleaseId"] == release["Id"]:
                item = self._item(deployment, is_current=False)
                by_environment.setdefault(deployment["EnvironmentId"], []).append(item)
        return {
            "Release": release,
            "Channel": self._sandbox.collections["channels"][release["ChannelId"]],
            "Deployments": by_environment,
            "NextDeployments": [],
            "HasUnresolvedDefect": False,
            "ReleaseRetentionPeriod": None,
        }
