"""Every kind of Octopus Deploy: where its items are, and what we add to them.

https://octopus.com/docs/api
"""

import asyncio
from datetime import datetime
from typing import Any

from core.errors import Refused
from core.paging import SkipTakePaging
from core.resource import Choice, Resource
from core.types import Api, Item
from octopus.kinds import OctopusKind
from octopus.selectors import SpaceSelector

# Octopus takes any page size, but pages of releases with large build information
# have brought servers down.
PAGE = SkipTakePaging(size=100)
RELEASE_PAGE = SkipTakePaging(size=50)
# Longer lists of ids exceed the URL length of common proxies.
TASKS_PER_REQUEST = 100
TOO_LONG = (400, 414)


async def add_url(api: Api, items: list[Item], selector: SpaceSelector) -> list[Item]:
    """Add `__url`, the item's page in the portal, where Octopus tells it."""
    return [{**item, "__url": portal_url(api, item)} for item in items]


def portal_url(api: Api, item: Item) -> str | None:
    """Return the page that `Links.Web` names; it starts with the virtual directory."""
    page = (item.get("Links") or {}).get("Web")
    if not page:
        return None
    # `/octopus/app#/…` on a server below /octopus, `/app#/…` elsewhere.
    return f"{api.site_url}/app{page.partition('/app')[2]}"


SPACE = Resource(
    kind=OctopusKind.SPACE,
    id_field="Id",
    list_path="api/spaces",
    item_path="api/spaces/{Id}",
    paging=PAGE,
    choice=Choice(
        setting="spaces",
        wanted=lambda selector: selector.spaces,
        names=lambda space: {space["Id"], space["Name"], space.get("Slug") or ""},
    ),
    enrich=add_url,
)


def in_space(kind: OctopusKind, collection: str, **changes: Any) -> Resource:
    """Declare a kind that every space has a list of, at `api/{space}/{collection}`."""
    defaults = {
        "id_field": "Id",
        "list_path": f"api/{{Id}}/{collection}",
        "item_path": f"api/{{SpaceId}}/{collection}/{{Id}}",
        "paging": PAGE,
        "parent": SPACE,
        "parent_field": "SpaceId",
        "enrich": add_url,
    }
    return Resource(kind=kind, **{**defaults, **changes})


PROJECT = in_space(OctopusKind.PROJECT, "projects")
ENVIRONMENT = in_space(OctopusKind.ENVIRONMENT, "environments")
RELEASE = in_space(OctopusKind.RELEASE, "releases", paging=RELEASE_PAGE)
MACHINE = in_space(OctopusKind.MACHINE, "machines")


async def add_task(
    api: Api, executions: list[Item], selector: SpaceSelector
) -> list[Item]:
    """Add `__task`, the server task that knows state and times, and its duration.

    `__task` is null where the task is purged or hidden, `__durationSeconds` as long as
    the task has not ended.
    """
    by_space: dict[str, list[str]] = {}
    for execution in executions:
        if execution.get("TaskId"):
            by_space.setdefault(execution["SpaceId"], []).append(execution["TaskId"])
    found = [await get_tasks(api, space, ids) for space, ids in by_space.items()]
    tasks = {task["Id"]: task for batch in found for task in batch}
    return [
        {
            **execution,
            "__task": (task := tasks.get(execution.get("TaskId") or "")),
            "__durationSeconds": duration_seconds(task),
            "__url": portal_url(api, execution),
        }
        for execution in executions
    ]


async def get_tasks(api: Api, space_id: str, ids: list[str]) -> list[Item]:
    """Return the tasks with these ids, as far as they exist, in a few requests."""
    parts = [
        ids[start : start + TASKS_PER_REQUEST]
        for start in range(0, len(ids), TASKS_PER_REQUEST)
    ]
    found = await asyncio.gather(*(_get_tasks(api, space_id, part) for part in parts))
    return [task for batch in found for task in batch]


async def _get_tasks(api: Api, space_id: str, ids: list[str]) -> list[Item]:
    params = {"ids": ",".join(ids), "skip": 0, "take": len(ids)}
    try:
        reply = await api.get(f"api/{space_id}/tasks", params)
    except Refused as error:
        if error.status not in TOO_LONG or len(ids) == 1:
            raise
        half = len(ids) // 2
        return [
            *await _get_tasks(api, space_id, ids[:half]),
            *await _get_tasks(api, space_id, ids[half:]),
        ]
    return PAGE.rows(reply)


def duration_seconds(task: Item | None) -> float | None:
    """Return how long a task ran; Octopus' own `Duration` is prose ("59 seconds")."""
    if task is None or not task.get("StartTime") or not task.get("CompletedTime"):
        return None
    start = datetime.fromisoformat(task["StartTime"])
    return (datetime.fromisoformat(task["CompletedTime"]) - start).total_seconds()


DEPLOYMENT = in_space(OctopusKind.DEPLOYMENT, "deployments", enrich=add_task)

RESOURCES = {
    resource.kind: resource
    for resource in (SPACE, PROJECT, ENVIRONMENT, RELEASE, DEPLOYMENT, MACHINE)
}
