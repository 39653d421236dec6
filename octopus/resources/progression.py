"""What a project's releases did where, read once for deployments and for places.

https://octopus.com/docs/api/progression
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from core.api import Api
from core.paging import rows_at
from core.resource import fill
from core.trouble import UNKNOWN, Missing, attempt_once
from core.types import Item
from core.values import child, moment, objects, text
from links.issue_keys import Finder, JiraProjects, issue_keys, jira_projects

# So many releases of each place and channel: the most that Octopus returns.
RELEASES_BACK = 100
LONG_AGO = datetime.min.replace(tzinfo=UTC)
NO_TENANT = "untenanted"
SUCCESS = "Success"
TIMES = ("Created", "QueueTime", "StartTime", "CompletedTime")


def place_of(entry: Item) -> str | None:
    """Name a project in an environment, for one tenant or for none."""
    tenant = entry.get("TenantId") or NO_TENANT
    parts = (entry.get("ProjectId"), entry.get("EnvironmentId"), tenant)
    known = [part for part in map(text, parts) if part]
    return "/".join(known) if len(known) == len(parts) else None


@dataclass(frozen=True)
class Progression:
    """A project's latest releases, and what each of its places runs (by `place_of`).

    Of a release: `Id`, `ChannelId`, `assembled`, the `keys` of its issues, and the
    places and moments (`created`) of its deployments that succeeded.
    """

    read_at: datetime
    releases: list[Item]
    running: dict[str, Item]


async def read_progression(
    api: Api, item: Item, find: Finder | Missing, pattern: str, since: datetime
) -> Progression | Missing:
    """Return the progression of an item's project, as it was at `since` or later.

    `find` finds issue keys by the selector's `pattern`.
    """
    if not text(item.get("SpaceId")) or not text(item.get("ProjectId")):
        return UNKNOWN
    project = fill("api/{SpaceId}/projects/{ProjectId}", item)
    since = max(since, moment(api.facts.get(_changed(item["ProjectId"]))) or since)
    key = f"progression of {project} {'?' if isinstance(find, Missing) else pattern}"
    remembered = api.recall(key)
    if remembered is not None and remembered[0]["progression"].read_at > since:
        known: Progression = remembered[0]["progression"]
        return known
    read = partial(_read, api, project, partial(_essence, find, jira_projects(api)))
    found = await attempt_once(key, read, value=f"the progression of {project}")
    if not isinstance(found, Missing):
        api.remember(key, [{"progression": found}])
    return found


def note_release(api: Api, project_id: str) -> None:
    """Have a project's progression read again, for one of its releases changed."""
    api.facts[_changed(project_id)] = api.clock.now().isoformat()


def _changed(project_id: str) -> str:
    return f"a release of {project_id} changed"


def last_change(execution: Item) -> datetime:
    """Return when something was created, started or ended, whatever is last."""
    found = [moment(execution.get(name)) for name in TIMES]
    return max((one for one in found if one), default=LONG_AGO)


async def _read(api: Api, project: str, essence: Callable[[Item], Item]) -> Progression:
    read_at = api.clock.now()
    params = {"releaseHistoryCount": RELEASES_BACK}
    reply = await api.get(f"{project}/progression", params)
    entries = [e for e in objects(rows_at(reply, "Releases")) if child(e, "Release")]
    running = last_successes(d for entry in entries for d in _deployments(entry))
    return Progression(read_at, [essence(entry) for entry in entries], running)


def last_successes(deployments: Iterable[Item]) -> dict[str, Item]:
    """Return the newest deployment that succeeded, of each place."""
    dated = [
        (created, number, deployment)
        for number, deployment in enumerate(deployments)
        if deployment.get("State") == SUCCESS
        and (created := moment(deployment.get("Created")))
    ]
    newest_last = [deployment for _, _, deployment in sorted(dated, key=_when)]
    return {place: d for d in newest_last if (place := place_of(d))}


def _when(dated: tuple[datetime, int, Item]) -> tuple[datetime, int]:
    return dated[0], -dated[1]


def _deployments(entry: Item) -> Iterator[Item]:
    for part in child(entry, "Deployments").values():
        yield from objects(part)


def _essence(find: Finder | Missing, known: JiraProjects, entry: Item) -> Item:
    """Keep of a release what is needed here, for it may weigh megabytes."""
    release = entry["Release"]
    return {
        **{name: release.get(name) for name in ("Id", "ChannelId")},
        "assembled": moment(release.get("Assembled")) or LONG_AGO,
        "keys": issue_keys([release], find, known)[0],
        "deployments": [
            (d.get("EnvironmentId"), d.get("TenantId"), created)
            for d in _deployments(entry)
            if d.get("State") == SUCCESS and (created := moment(d.get("Created")))
        ],
    }
