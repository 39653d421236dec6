"""Deployments, and the issues that each of them brought to its environment."""

from datetime import UTC, datetime
from typing import Any

from core.errors import Forbidden, Incomplete, NotFound
from core.paging import rows_at
from core.types import Api, Item
from octopus.kinds import OctopusKind
from octopus.resources.choices import names_of_ids
from octopus.resources.deliveries import ENVIRONMENT
from octopus.resources.executions import select_executions, still_active
from octopus.resources.history import newest_first
from octopus.resources.links import Finder, issue_keys, jira_projects, key_finder
from octopus.resources.spaces import in_space
from octopus.selectors import ExecutionSelector

# A progression shows no more releases than this.
RELEASES_BACK = 100


async def add_issues(
    api: Api, deployments: list[Item], selector: ExecutionSelector
) -> list[Item]:
    """Add the tasks, the environment's name, and the issues that came with the changes.

    `__jiraIssueKeys` are those of `Changes`; where there are none, for servers note
    them only with build information or release notes, those of the channel's releases
    since the one that was deployed to the same place before. `__environmentName` may be
    null.
    """
    joined = await select_executions(api, deployments, selector)
    names = await _environment_names(api, joined)
    pattern, known = selector.issue_key_pattern, jira_projects(api)
    find = key_finder(pattern, known)
    added = []
    for deployment in joined:
        keys, _ = issue_keys(deployment.get("Changes") or [], find)
        if not deployment.get("Changes") and (pattern or known):
            keys = await _keys_since(api, deployment, find, pattern or "")
        name = names.get(deployment["EnvironmentId"])
        added.append({**deployment, "__environmentName": name, "__jiraIssueKeys": keys})
    return added


async def _environment_names(api: Api, deployments: list[Item]) -> dict[str, Any]:
    names: dict[str, Any] = {}
    for space in {deployment["SpaceId"] for deployment in deployments}:
        ids = {d["EnvironmentId"] for d in deployments if d["SpaceId"] == space}
        try:
            names |= await names_of_ids(api, ENVIRONMENT, space, ids)
        except Incomplete as error:  # a name is not worth the deployments
            if not all(isinstance(cause, Forbidden) for cause in error.failures):
                raise
    return names


async def _keys_since(
    api: Api, deployment: Item, find: Finder, pattern: str
) -> list[str]:
    """Return the issues of the releases since the last one that succeeded there."""
    history = await _history(api, deployment, find, pattern)
    own = next((r for r in history if r["Id"] == deployment["ReleaseId"]), None)
    if own is None:  # too old for a progression
        return []
    channel = [r for r in history if r["ChannelId"] == own["ChannelId"]]
    before = _release_before(channel, deployment)
    since = before["Assembled"] if before else None
    brought = [
        release
        for release in channel
        if (release is own and release is not before)
        or (since and since < release["Assembled"] < own["Assembled"])
    ]
    return sorted({key for release in brought for key in release["keys"]})


def _last_change(deployment: Item) -> datetime:
    """Return when the deployment was created, started or ended, whatever is last."""
    task = deployment.get("__task") or {}
    times = (task.get("StartTime"), task.get("CompletedTime"), deployment["Created"])
    return max(datetime.fromisoformat(moment) for moment in times if moment)


def _release_before(releases: list[Item], deployment: Item) -> Item | None:
    """Return the release that the same place had before this deployment."""
    place = [deployment["EnvironmentId"], deployment.get("TenantId")]
    earlier = [
        (created, number)
        for number, release in enumerate(releases)
        for *entry, created in release["deployments"]
        if entry == place and created < deployment["Created"]
    ]
    return releases[max(earlier)[1]] if earlier else None


async def _history(
    api: Api, deployment: Item, find: Finder, pattern: str
) -> list[Item]:
    """Return a project's latest releases, with their issues and good deployments.

    What is remembered counts if it was read after the deployment changed for the last
    time.

    https://octopus.com/docs/api/progression
    """
    project = f"api/{deployment['SpaceId']}/projects/{deployment['ProjectId']}"
    key = f"progression of {project} {pattern}"
    remembered = api.recall(key)
    if remembered is None or remembered[0]["read_at"] <= _last_change(deployment):
        read_at = datetime.now(UTC)
        params = {"releaseHistoryCount": RELEASES_BACK}
        try:
            reply: Any = await api.get(f"{project}/progression", params)
        except NotFound:  # deleted meanwhile, and its deployments with it
            reply = {"Releases": []}
        releases = [_essence(entry, find) for entry in rows_at(reply, "Releases")]
        remembered = [{"read_at": read_at, "releases": releases}]
        api.remember(key, remembered)
    found: list[Item] = remembered[0]["releases"]
    return found


def _essence(entry: Item, find: Finder) -> Item:
    """Keep of a release what is needed here, for it may weigh megabytes."""
    release, by_environment = entry["Release"], entry.get("Deployments") or {}
    return {
        **{name: release[name] for name in ("Id", "ChannelId", "Assembled")},
        "keys": issue_keys([release], find)[0],
        "deployments": [
            (d["EnvironmentId"], d.get("TenantId"), d["Created"])
            for deployments in by_environment.values()
            for d in deployments
            if d.get("State") == "Success"
        ],
    }


# https://octopus.com/docs/api/deployments
DEPLOYMENT = in_space(
    OctopusKind.DEPLOYMENT,
    "deployments",
    list_with=newest_first(
        "deployments",
        "Created",
        older=still_active("Deploy", "DeploymentId", "deployments"),
    ),
    dated_by="Created",
    enrich=add_issues,
)
