"""What runs where: the current release of every project in every environment."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from core.paging import rows_at
from core.types import Api, Item
from octopus.kinds import OctopusKind
from octopus.resources.deliveries import of_projects
from octopus.resources.spaces import PAGE, in_space
from octopus.selectors import ProjectScopedSelector

NO_TENANT = "untenanted"


async def read_dashboards(api: Api, space_id: str) -> AsyncGenerator[Item]:
    """Yield a space's dashboard, or one for each project where it is cut short.

    https://octopus.com/docs/api/dashboards
    """
    path = f"api/{space_id}/dashboard"
    whole = await api.get(path, {"showAll": "true"})
    if not is_truncated(whole):
        yield whole
        return
    projects = api.pages(f"api/{space_id}/projects", PAGE)
    async with aclosing(projects):
        async for page in projects:
            for project in page:
                yield await api.get(path, {"projectId": project["Id"]})


async def list_current(
    api: Api, selector: ProjectScopedSelector, space: Item
) -> AsyncGenerator[list[Item]]:
    """Yield what a space has where, project by project if there are many."""
    async with aclosing(read_dashboards(api, space["Id"])) as dashboards:
        async for dashboard in dashboards:
            yield current(dashboard, space["Id"])


def is_truncated(dashboard: Item) -> bool:
    """Tell whether the dashboard leaves projects out."""
    limit, shown = dashboard.get("ProjectLimit"), len(dashboard.get("Projects") or [])
    return bool(dashboard.get("IsFiltered") or (limit and shown >= limit))


def current(dashboard: Item, space_id: str) -> list[Item]:
    """Return the latest deployment to each place, with what runs there.

    Each has `SpaceId`, an id of its own (`__id`), and in `__running` the latest
    deployment that succeeded, which is another one, or none (null), where the latest
    failed or has not ended.
    """
    entries = rows_at(dashboard, "Items")
    before = {place_of(entry): entry for entry in dashboard.get("PreviousItems") or []}
    return [
        {
            **entry,
            "SpaceId": space_id,
            "__id": place_of(entry),
            "__running": (
                entry if entry["State"] == "Success" else before.get(place_of(entry))
            ),
        }
        for entry in entries
        if entry.get("IsCurrent", True)
    ]


def place_of(entry: Item) -> str:
    """Name a project in an environment, for one tenant or for none."""
    tenant = entry.get("TenantId") or NO_TENANT
    return f"{entry['ProjectId']}/{entry['EnvironmentId']}/{tenant}"


async def get_current(
    api: Api, ref: Item, selector: ProjectScopedSelector
) -> Item | None:
    """Return what a project has in an environment, for one tenant or for none."""
    params = {"projectId": ref["ProjectId"]}
    reply = await api.get(f"api/{ref['SpaceId']}/dashboard", params)
    entries = current(reply, ref["SpaceId"])
    return next((entry for entry in entries if entry["__id"] == ref["__id"]), None)


async def add_link(
    api: Api, entries: list[Item], selector: ProjectScopedSelector
) -> list[Item]:
    """Keep the entries of the selected projects and add `__url`, the deployment."""
    kept = await of_projects(api, entries, selector)
    start = f"{api.site_url}/app#"
    return [
        {**e, "__url": f"{start}/{e['SpaceId']}/deployments/{e['DeploymentId']}"}
        for e in kept
    ]


CURRENT_RELEASE = in_space(
    OctopusKind.CURRENT_RELEASE,
    "dashboard",
    id_field="__id",
    list_with=list_current,
    get_with=get_current,
    enrich=add_link,
)
