"""What the server did: deployments and runs of runbooks, with the tasks behind them."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime
from itertools import batched

from core.errors import Refused
from core.types import Api, Item
from octopus.kinds import OctopusKind
from octopus.resources.choices import chosen_ids, within
from octopus.resources.deliveries import ENVIRONMENT, TENANT, of_projects
from octopus.resources.history import Older, newest_first
from octopus.resources.spaces import PAGE, in_space, portal_url
from octopus.selectors import ExecutionSelector, HistorySelector

# Longer lists of ids exceed the URL length of common proxies.
IDS_PER_REQUEST = 100
TOO_LONG = (400, 414)


async def get_many(api: Api, path: str, ids: list[str]) -> list[Item]:
    """Return the items with these ids, as far as they exist, in a few requests.

    A server or proxy that finds the request too long gets two halves of it.
    """
    parts = [list(part) for part in batched(ids, IDS_PER_REQUEST)]
    found = await asyncio.gather(*(_get_part(api, path, part) for part in parts))
    return [item for batch in found for item in batch]


async def _get_part(api: Api, path: str, ids: list[str]) -> list[Item]:
    try:
        reply = await api.get(path, {"ids": ",".join(ids), "skip": 0, "take": len(ids)})
    except Refused as error:
        if error.status not in TOO_LONG or len(ids) == 1:
            raise
        half = len(ids) // 2
        first = await _get_part(api, path, ids[:half])
        return first + await _get_part(api, path, ids[half:])
    return PAGE.rows(reply)


async def add_tasks(api: Api, executions: list[Item]) -> list[Item]:
    """Add `__task`, the server task that knows state and times, and its duration.

    `__task` is null where the task is purged or hidden, `__durationSeconds` and
    `__completedTimestamp` (Unix time) as long as the task has not ended.
    """
    by_space: dict[str, list[str]] = {}
    for execution in executions:
        if execution.get("TaskId"):
            by_space.setdefault(execution["SpaceId"], []).append(execution["TaskId"])
    found = [
        await get_many(api, f"api/{space}/tasks", ids)
        for space, ids in by_space.items()
    ]
    tasks = {task["Id"]: task for batch in found for task in batch}
    return [
        {
            **execution,
            "__task": (task := tasks.get(execution.get("TaskId") or "")),
            "__durationSeconds": duration_seconds(task),
            "__completedTimestamp": completed_timestamp(task),
            "__url": portal_url(api, execution),
        }
        for execution in executions
    ]


def duration_seconds(task: Item | None) -> float | None:
    """Return how long a task ran; Octopus' own `Duration` is prose ("59 seconds")."""
    if task is None or not task.get("StartTime") or not task.get("CompletedTime"):
        return None
    start = datetime.fromisoformat(task["StartTime"])
    return (datetime.fromisoformat(task["CompletedTime"]) - start).total_seconds()


def completed_timestamp(task: Item | None) -> float | None:
    """Return when a task ended, as a number, for Port aggregates numbers only."""
    if task is None or not task.get("CompletedTime"):
        return None
    return datetime.fromisoformat(task["CompletedTime"]).timestamp()


async def select_executions(
    api: Api, executions: list[Item], selector: ExecutionSelector
) -> list[Item]:
    """Keep what the selector names, and add the tasks."""
    kept = await of_projects(api, executions, selector)
    environments = await chosen_ids(api, ENVIRONMENT, "environments", selector)
    tenants = await chosen_ids(api, TENANT, "tenants", selector)
    kept = within(kept, environments, lambda execution: execution["EnvironmentId"])
    kept = within(kept, tenants, lambda execution: execution["TenantId"])
    joined = await add_tasks(api, kept)
    if not selector.states:
        return joined
    return [
        e for e in joined if e["__task"] and e["__task"]["State"] in selector.states
    ]


def active_tasks(
    api: Api, space_id: str, since: datetime, name: str | None = None
) -> AsyncGenerator[list[Item]]:
    """Yield the tasks that have not ended, however old; `name` is a kind of task."""
    params = {"name": name, "active": "true"}
    return api.pages(f"api/{space_id}/tasks", PAGE, params)


def still_active(task_name: str, argument: str, collection: str) -> Older:
    """Return the listing of executions whose tasks have not ended, however old."""

    async def list_active(
        api: Api, space_id: str, since: datetime
    ) -> AsyncGenerator[list[Item]]:
        async with aclosing(active_tasks(api, space_id, since, task_name)) as pages:
            async for tasks in pages:
                ids = [(task.get("Arguments") or {}).get(argument) for task in tasks]
                path = f"api/{space_id}/{collection}"
                yield await get_many(api, path, [id_ for id_ in ids if id_])

    return list_active


# https://octopus.com/docs/api/runbook-runs
RUNBOOK_RUN = in_space(
    OctopusKind.RUNBOOK_RUN,
    "runbookRuns",
    list_with=newest_first(
        "runbookRuns",
        "Created",
        older=still_active("RunbookRun", "RunbookRunId", "runbookRuns"),
    ),
    dated_by="Created",
    enrich=select_executions,
)


async def add_duration(
    api: Api, tasks: list[Item], selector: HistorySelector
) -> list[Item]:
    """Add `__durationSeconds` and `__url`."""
    return [
        {
            **task,
            "__durationSeconds": duration_seconds(task),
            "__url": f"{api.site_url}/app#/{task['SpaceId']}/tasks/{task['Id']}",
        }
        for task in tasks
        if not selector.projects or task.get("ProjectId")
    ]


async def select_tasks(
    api: Api, tasks: list[Item], selector: HistorySelector
) -> list[Item]:
    """Keep the tasks of the selected projects."""
    kept = tasks
    if selector.projects:
        kept = await of_projects(
            api, [t for t in tasks if t.get("ProjectId")], selector
        )
    return await add_duration(api, kept, selector)


# https://octopus.com/docs/api/tasks
TASK = in_space(
    OctopusKind.TASK,
    "tasks",
    list_with=newest_first("tasks", "QueueTime", older=active_tasks),
    dated_by="QueueTime",
    enrich=select_tasks,
)

# https://octopus.com/docs/api/interruptions
INTERRUPTION = in_space(
    OctopusKind.INTERRUPTION,
    "interruptions",
    query=lambda selector: {"pendingOnly": "true"} if selector.pending_only else {},
    accepts=lambda selector, item: item["IsPending"] or not selector.pending_only,
)
