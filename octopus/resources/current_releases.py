"""What runs where, and what waits to run there: `octopus-current-release`."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime
from typing import Any

from core.api import Api
from core.changes import listed_by
from core.errors import NotFound, Unavailable
from core.lookup import Absent, get_own
from core.resource import ListWith, fill
from core.trouble import UNKNOWN, Missing, attempt, with_values
from core.types import Item
from core.values import objects, text, with_dates
from links.issue_keys import Finder, jira_projects, key_finder
from octopus.kinds import OctopusKind
from octopus.resources.changes import executed_since, projects_with
from octopus.resources.dashboard import (
    current,
    proves_empty,
    read_dashboard,
    read_dashboards,
    read_of_project,
)
from octopus.resources.deliveries import of_projects
from octopus.resources.environments import add_environments, get_environment
from octopus.resources.live_status import add_live_status
from octopus.resources.pending import add_pending
from octopus.resources.progression import (
    NO_TENANT,
    TIMES,
    last_change,
    note_release,
    read_progression,
)
from octopus.resources.spaces import in_space, page_in_space
from octopus.selectors import CurrentReleaseSelector


def places_since(since: datetime) -> ListWith:
    """Return what lists the places of projects that deployed, or have new releases."""
    executed = executed_since("deployments", "DeploymentId", since)

    async def list_with(
        api: Api, selector: CurrentReleaseSelector, space: Item
    ) -> AsyncGenerator[list[Item]]:
        async with aclosing(executed(api, selector, space)) as pages:
            found = {text(d.get("ProjectId")) async for page in pages for d in page}
        reading = projects_with(api, "releases", space["Id"], since)
        released = await attempt(reading, value="projects with new releases")
        for project in set() if isinstance(released, Missing) else released:
            note_release(api, project)
            found.add(project)
        for project in sorted(id_ for id_ in found if id_):
            dashboard = await read_of_project(api, space["Id"], {"Id": project})
            if dashboard is not None:
                yield list(current(dashboard, space["Id"]))

    return list_with


async def list_current(
    api: Api, selector: CurrentReleaseSelector, space: Item
) -> AsyncGenerator[list[Item]]:
    """Yield what a space has where, project by project if there are many."""
    async with aclosing(read_dashboards(api, space["Id"])) as dashboards:
        async for dashboard in dashboards:
            if dashboard is not None:
                yield list(current(dashboard, space["Id"]))


async def get_current(
    api: Api, ref: Item, selector: CurrentReleaseSelector
) -> Item | Absent:
    """Return what a project has in an environment, for one tenant or for none.

    Nothing is there only if the project, the environment or the tenant is gone, or a
    whole dashboard of the project does not have it.
    """
    params = {"projectId": ref["ProjectId"]}
    try:
        reply = await read_dashboard(api, ref["SpaceId"], params)
    except NotFound:
        if await _is_place_gone(api, ref):
            return Absent.GONE
        raise
    for entry in current(reply, ref["SpaceId"]):
        if isinstance(entry, dict) and entry.get("__id") == ref["__id"]:
            return entry
    if await _is_place_gone(api, ref) or proves_empty(reply, ref["__id"]):
        return Absent.GONE
    raise Unavailable(f"the dashboard of {ref['ProjectId']} is not complete")


async def _is_place_gone(api: Api, ref: Item) -> bool:
    """Return whether project, environment or tenant is gone; raise if it is hidden."""
    _, environment, tenant = ref["__id"].split("/")
    own = {"SpaceId": ref["SpaceId"], "Id": environment}
    if await get_environment(api, own) is Absent.GONE:
        return True
    parts = {"projects": ref["ProjectId"]}
    if tenant != NO_TENANT:
        parts["tenants"] = tenant
    for collection, id_ in parts.items():
        own = {"SpaceId": ref["SpaceId"], "Id": id_}
        path = fill(f"api/{{SpaceId}}/{collection}/{{Id}}", own)
        if await get_own(api, path) is Absent.GONE:
            return True
    return False


async def add_running(
    api: Api, entries: list[Item], selector: CurrentReleaseSelector
) -> list[Item]:
    """Keep the entries of the selected projects; add what runs in each place.

    `__running` is the latest deployment that succeeded, null if none did. `__url` is
    the latest deployment, whatever it came to. `__pendingIssueKeys` are the issues that
    wait for a promotion to there.
    """
    kept = await of_projects(api, entries, selector)
    pattern = selector.issue_key_pattern
    find = key_finder(pattern, jira_projects(api))
    found = await all_running(api, kept, find, pattern or "")
    page = "deployments/{DeploymentId}"
    added = [
        with_values(
            {**entry, "__url": page_in_space(api, entry, page)}, {"__running": running}
        )
        for entry, running in zip(kept, found, strict=True)
    ]
    placed = await add_environments(api, added)
    watched = await add_live_status(api, placed, selector)
    return await add_pending(api, watched, selector)


async def all_running(
    api: Api, entries: list[Item], find: Finder | Missing, pattern: str
) -> list[Item | Missing | None]:
    """Return what runs in the place of each entry, None for nothing.

    A project is asked for its progression only where the dashboard does not show it,
    and once for all of its places. `find` and `pattern` are as for `read_progression`.
    """
    turns = defaultdict[str | None, asyncio.Lock](asyncio.Lock)

    async def running(entry: Item) -> Item | Missing | None:
        async with turns[text(entry.get("ProjectId"))]:
            return await _running(api, entry, find, pattern)

    return await asyncio.gather(*map(running, entries))


async def _running(
    api: Api, entry: Item, find: Finder | Missing, pattern: str
) -> Item | Missing | None:
    if "__running" in entry:
        known: Item = entry["__running"]
        return known
    if text(entry.get("State")) is None or "__id" not in entry:  # it may run, or not
        return UNKNOWN
    since = last_change(entry)
    progression = await read_progression(api, entry, find, pattern, since)
    if isinstance(progression, Missing):
        return progression
    running = progression.running.get(entry["__id"])
    return with_dates(running, *TIMES) if running else None


async def read_places(api: Api, project: Item, selector: Any) -> list[Item]:
    """Return all places of a project (`SpaceId`, `ProjectId`), as a resync would."""
    dashboard = await read_dashboard(
        api, project["SpaceId"], {"projectId": project["ProjectId"]}
    )
    entries = objects(list(current(dashboard, project["SpaceId"])))
    return await add_running(api, [e for e in entries if "__id" in e], selector)


CURRENT_RELEASE = in_space(
    OctopusKind.CURRENT_RELEASE,
    "dashboard",
    id_field="__id",
    list_with=list_current,
    get_with=get_current,
    enrich=add_running,
    changed=listed_by(places_since),
)
