"""What runs where: the dashboard of a space and the progression of a project."""

from typing import Any

from starlette.requests import Request

from sandbox.company import Item
from sandbox.contracts import contract
from sandbox.octopus.listings import LISTS
from sandbox.octopus.replies import number
from sandbox.octopus.state import OctopusState

# How many releases a progression shows unless asked for another number.
HISTORY = 3

type Place = tuple[str, str, str | None]


async def dashboard(state: OctopusState, request: Request) -> Any:
    """Return the current and previous deployment of every place in a space."""
    space_id = state.space_of(request)
    projects = _rows(state, "projects", space_id)
    only = request.query_params.get("projectId")
    if only:
        projects = [project for project in projects if project["Id"] == only]
    limit = state.dashboard_limit if not only else None
    shown = projects if limit is None else projects[:limit]
    ids = {project["Id"] for project in shown}
    current, previous = _latest(state, space_id, ids)
    # Clients of 2021 read it; the reference of 2026 has it no more.
    shows_previous = {"PreviousItems": previous} if state.version < "2022" else {}
    return {
        "Id": None,
        **{
            key: [_short(item, name) for item in rows]
            for key, name, rows in (
                ("Projects", "shown project", shown),
                ("ProjectGroups", "shown", _rows(state, "projectgroups", space_id)),
                ("Environments", "shown", _rows(state, "environments", space_id)),
                ("Tenants", "shown tenant", _rows(state, "tenants", space_id)),
            )
        },
        "Items": current,
        **shows_previous,
        "ProjectLimit": limit,
        "IsFiltered": len(shown) < len(projects),
        "Links": {"Self": f"/api/{space_id}/dashboard"},
    }


async def progression(state: OctopusState, request: Request) -> Any:
    """Return a project's latest releases with their deployments by environment."""
    project = state.project_of(request)
    space_id, id_ = project["SpaceId"], project["Id"]
    releases, deployments, channels = (
        [item for item in _rows(state, path, space_id) if item["ProjectId"] == id_]
        for path in ("releases", "deployments", "channels")
    )
    used = {deployment["EnvironmentId"] for deployment in deployments}
    environments = [
        _short(environment, "shown")
        for environment in _rows(state, "environments", space_id)
        if environment["Id"] in used
    ]
    count = number(request, "releaseHistoryCount", HISTORY)
    return {
        "Environments": environments,
        "ChannelEnvironments": {channel["Id"]: environments for channel in channels},
        "Releases": [
            _progress(state, release, deployments) for release in releases[:count]
        ],
        "Links": {"Self": f"/api/{space_id}/projects/{id_}/progression"},
    }


def _rows(state: OctopusState, path: str, space_id: str) -> list[Item]:
    return state.rows(LISTS[path], space_id)


def _latest(
    state: OctopusState, space_id: str, project_ids: set[str]
) -> tuple[list[Item], list[Item]]:
    current: dict[Place, Item] = {}
    previous: dict[Place, Item] = {}
    for deployment in _rows(state, "deployments", space_id):
        if deployment["ProjectId"] not in project_ids:
            continue
        keys = ("ProjectId", "EnvironmentId", "TenantId")
        place: Any = tuple(deployment[key] for key in keys)
        if place not in current:
            current[place] = _item(state, deployment, is_current=True)
        elif place not in previous:
            previous[place] = _item(state, deployment, is_current=False)
    return [*current.values()], [*previous.values()]


def _item(state: OctopusState, deployment: Item, *, is_current: bool) -> Item:
    """Return a deployment joined with its release and task."""
    collections = state.collections
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


def _progress(state: OctopusState, release: Item, deployments: list[Item]) -> Item:
    by_environment: dict[str, list[Item]] = {}
    for deployment in deployments:
        if deployment["ReleaseId"] == release["Id"]:
            item = _item(state, deployment, is_current=False)
            by_environment.setdefault(deployment["EnvironmentId"], []).append(item)
    return {
        "Release": release,
        "Channel": state.collections["channels"][release["ChannelId"]],
        "Deployments": by_environment,
        "NextDeployments": [],
        "HasUnresolvedDefect": False,
        "ReleaseRetentionPeriod": None,
    }


def _short(item: Item, shape: str) -> Item:
    """Return as much of an item as a dashboard shows of it."""
    return contract("octopus").keep(shape, item)
