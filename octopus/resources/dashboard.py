"""Dashboards: the latest deployment to every place, and the one before if shown."""

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing

from core.api import Api
from core.errors import ApiError, MalformedReply, Unauthorized, Unavailable
from core.lookup import Absent, get_own
from core.paging import rows_at
from core.resource import fill
from core.trouble import current_report
from core.types import Item
from core.values import at, objects, text, with_dates
from octopus.paging import PAGE
from octopus.resources.progression import SUCCESS, TIMES, last_successes, place_of


async def read_dashboards(api: Api, space_id: str) -> AsyncGenerator[Item | None]:
    """Yield a space's dashboard, or one for each project where it is cut short.

    A project whose dashboard can't be read is recorded as trouble, and yields None.

    https://octopus.com/docs/api/dashboards
    """
    whole = await read_dashboard(api, space_id, {"showAll": "true"})
    if not is_truncated(whole):
        yield whole
        return
    projects = api.pages(f"api/{space_id}/projects", PAGE)
    async with aclosing(projects):
        async for page in projects:
            for project in page:
                yield await read_of_project(api, space_id, project)


async def read_of_project(api: Api, space_id: str, project: Item) -> Item | None:
    """Return a project's dashboard, without places if it is gone.

    None if it can't be read, which is recorded as trouble. Nothing says what a server
    shows of a project that is gone, so the project itself is asked for.
    """
    id_ = text(at(project, "Id"))
    if id_ is None:  # it may be any project of the space
        current_report().lose_parent({"Id": space_id}, "a project without an id")
        return None
    try:
        dashboard = await read_dashboard(api, space_id, {"projectId": id_})
        if id_ in {shown.get("Id") for shown in objects(dashboard.get("Projects"))}:
            return dashboard
        path = fill("api/{SpaceId}/projects/{Id}", {"SpaceId": space_id, "Id": id_})
        if await get_own(api, path) is Absent.GONE:
            return {"Items": []}
        raise Unavailable(f"the dashboard of {id_} does not show it")
    except Unauthorized:
        raise
    except ApiError as error:
        current_report().lose_parent(project, error, field="ProjectId")
    return None


async def read_dashboard(api: Api, space_id: str, params: Item) -> Item:
    """Return the dashboard of a space, or of what `params` name; raises ApiError."""
    dashboard = await api.get(f"api/{space_id}/dashboard", params)
    rows_at(dashboard, "Items")
    return dashboard


def is_truncated(dashboard: Item) -> bool:
    """Return whether the dashboard leaves projects out."""
    limit, shown = dashboard.get("ProjectLimit"), dashboard.get("Projects") or []
    if dashboard.get("IsFiltered"):
        return True
    if not limit:
        return False
    if not isinstance(limit, int) or not isinstance(shown, list):
        raise MalformedReply("the dashboard does not say whether it is complete")
    return len(shown) >= limit


def proves_empty(dashboard: Item, place: str) -> bool:
    """Return whether a project's dashboard is whole, and has no row of a place.

    It shows the project and the environment. Its rows are of the project, and of
    environments and tenants that it shows beside them, so that none can be one of the
    place that came out wrong. A server that shows less proves nothing.

    https://octopus.com/docs/api/dashboards
    """
    project_id, environment_id, _ = place.split("/")
    shown = {
        key: {text(one.get("Id")) for one in objects(dashboard.get(key))}
        for key in ("Projects", "Environments", "Tenants")
    }
    rows = [*rows_at(dashboard, "Items"), *(dashboard.get("PreviousItems") or ())]
    return (
        not is_truncated(dashboard)
        and project_id in shown["Projects"]
        and environment_id in shown["Environments"]
        and all(
            isinstance(row, dict)
            and place_of(row) not in (None, place)
            and row["ProjectId"] == project_id
            and row["EnvironmentId"] in shown["Environments"]
            and (row.get("TenantId") or None) in shown["Tenants"] | {None}
            for row in rows
        )
    )


def current(dashboard: Item, space_id: str) -> Iterator[Item]:
    """Yield the latest deployment to each place, with what may be known to run there.

    Each has an id of its own (`__id`) unless its place is unknown, and `SpaceId`, which
    only dashboards leave out: without `__`, so that all kinds are mapped alike.
    `__running` is there if the dashboard shows what surely runs: the latest deployment
    if it succeeded, or else one before that did.

    Servers of 2021 have the one before in `PreviousItems`, successful or not; the
    reference of 2026 has no more than `IsPrevious`:
    https://octopus.com/docs/api/dashboard
    """
    rows = rows_at(dashboard, "Items")
    previous = objects(dashboard.get("PreviousItems"))
    before = last_successes([*previous, *objects(rows)])
    latest = [row for row in objects(rows) if row.get("IsCurrent") is not False]
    shown = {place_of(row) for row in latest}
    for raw in [*rows, *(row for row in previous if place_of(row) not in shown)]:
        if not isinstance(raw, dict) or place_of(raw) not in shown:
            yield raw  # without what is the latest there: fetching records it as lost
        elif raw.get("IsCurrent") is not False:
            place, state = place_of(raw), text(raw.get("State"))
            own: Item = {"__id": place} if place else {}
            running = raw if state == SUCCESS else before.get(place or "")
            if state and running:
                own["__running"] = with_dates(running, *TIMES)
            yield {**with_dates(raw, *TIMES), "SpaceId": space_id, **own}
