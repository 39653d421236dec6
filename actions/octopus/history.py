"""What was deployed to a place, from the newest on."""

from collections.abc import AsyncGenerator

from actions.octopus.base import in_space
from actions.octopus.marks import NEWEST
from actions.octopus.places import Place
from client import ApiClient
from core.types import Item
from core.values import objects
from octopus.resources.tasks import tasks_of

# What is looked for is mostly among the first few.
PAGE_SIZE = 30


async def newest_at(
    api: ApiClient, project: Item, place: Place
) -> AsyncGenerator[tuple[Item, str]]:
    """Yield the deployments to a place, each with the state of its task.

    The state is empty if the task is gone. Raises ApiError.

    https://octopus.com/docs/api/deployments
    """
    asked = {"projects": project["Id"], "environments": place.environment["Id"]}
    if place.tenant:
        asked["tenants"] = place.tenant["Id"]
    tenant = place.tenant["Id"] if place.tenant else None
    path = in_space(project["SpaceId"], "deployments")
    for skip in range(0, NEWEST, PAGE_SIZE):
        answer = await api.get(path, {**asked, "skip": skip, "take": PAGE_SIZE})
        rows = objects(answer.get("Items"))
        own = [row for row in rows if row.get("TenantId") == tenant]
        tasks = await tasks_of(api, own, are_needed=True)
        for row, task in zip(own, tasks, strict=True):
            yield row, str(task.get("State")) if isinstance(task, dict) else ""
        if len(rows) < PAGE_SIZE:
            return
