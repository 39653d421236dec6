"""What the server did: deployments and runs of runbooks, with the tasks behind them."""

from functools import partial
from typing import Any

from core.api import Api
from core.changes import listed_by
from core.resource import Resource
from core.trouble import Missing, with_values
from core.types import Item
from core.values import at, child, moment, required, text, with_dates
from octopus.kinds import OctopusKind
from octopus.paging import PAGE
from octopus.resources.approvals import add_waiting
from octopus.resources.changes import executed_since, tasks_since
from octopus.resources.choices import chosen_ids, within
from octopus.resources.deliveries import TENANT, of_projects
from octopus.resources.environments import ENVIRONMENT, add_environments
from octopus.resources.history import Older, cutoff, newest_first
from octopus.resources.spaces import add_url, in_space, linked, page_in_space
from octopus.resources.tasks import Task, tasks_of
from octopus.selectors import ExecutionSelector, HistorySelector, InterruptionSelector

TASK_TIMES = ("QueueTime", "StartTime", "CompletedTime", "LastUpdatedTime")


async def select_executions(
    api: Api, executions: list[Item], selector: ExecutionSelector
) -> list[Item]:
    """Keep what the selector names; add its environment, what it waits for, `__task`.

    `__task` is null where the task is purged or hidden. `__durationSeconds` and
    `__completedTimestamp` (Unix time) are null until the task has ended.
    """
    kept = await of_projects(api, executions, selector)
    environments = await chosen_ids(api, ENVIRONMENT, "environments", selector)
    tenants = await chosen_ids(api, TENANT, "tenants", selector)
    kept = within(kept, environments, lambda e: required(e, "EnvironmentId"))
    kept = within(kept, tenants, _tenant_of)
    tasks = await tasks_of(api, kept, are_needed=bool(selector.states))
    joined = [
        _with_task(api, execution, task)
        for execution, task in zip(kept, tasks, strict=True)
        if _is_in_state(task, selector.states)
    ]
    return await add_waiting(api, await add_environments(api, joined))


def _tenant_of(execution: Item) -> str | None:
    return (
        None if execution.get("TenantId") is None else required(execution, "TenantId")
    )


def _is_in_state(task: Task, states: list[Any]) -> bool:
    if not states:
        return True
    if isinstance(task, Missing):
        raise ValueError("its task can't be read, so its state is unknown")
    return task is not None and required(task, "State") in states


def _with_task(api: Api, execution: Item, task: Task) -> Item:
    if isinstance(task, dict):
        task = with_dates(task, *TASK_TIMES)
    is_missing = isinstance(task, Missing)
    values = {
        "__task": task,
        "__durationSeconds": task if is_missing else duration_seconds(task),
        "__completedTimestamp": task if is_missing else completed_timestamp(task),
    }
    item = with_values(with_dates(execution, "Created"), values)
    return add_url(api, item, "tasks/{TaskId}")


def duration_seconds(task: Any) -> float | None:
    """Return how long a task ran; Octopus' own `Duration` is prose ("59 seconds")."""
    start, end = moment(at(task, "StartTime")), moment(at(task, "CompletedTime"))
    if start is None or end is None or end < start:
        return None
    return (end - start).total_seconds()


def completed_timestamp(task: Any) -> float | None:
    """Return when a task ended, as a number, for Port aggregates numbers only."""
    end = moment(at(task, "CompletedTime"))
    return None if end is None else end.timestamp()


def still_active(task_name: str | None, id_of: Any) -> Older:
    """Return what finds the ids of executions whose tasks have not ended, however old.

    `task_name` is a kind of task, and `id_of` finds the execution's id in one.
    """

    async def find_active(api: Api, space_id: str) -> set[str]:
        params = {"name": task_name, "active": "true"}
        pages = api.pages(f"api/{space_id}/tasks", PAGE, params)
        tasks = [task async for page in pages for task in page]
        ids = {text(id_of(task)) for task in tasks if isinstance(task, dict)}
        return {id_ for id_ in ids if id_}

    return find_active


def argument(name: str) -> Any:
    """Return what finds an argument of a task."""
    return lambda task: child(task, "Arguments").get(name)


# https://octopus.com/docs/api/runbook-runs
RUNBOOK_RUN = in_space(
    OctopusKind.RUNBOOK_RUN,
    "runbookRuns",
    list_with=newest_first(
        "runbookRuns",
        "Created",
        older=still_active("RunbookRun", argument("RunbookRunId")),
    ),
    dated_by="Created",
    since=cutoff,
    enrich=select_executions,
    changed=listed_by(partial(executed_since, "runbookRuns", "RunbookRunId")),
)


async def select_tasks(
    api: Api, tasks: list[Item], selector: HistorySelector
) -> list[Item]:
    """Keep the tasks of the selected projects; add `__durationSeconds` and `__url`."""
    kept = tasks
    if selector.projects:
        of_any = [task for task in tasks if task.get("ProjectId") is not None]
        kept = await of_projects(api, of_any, selector)
    return [
        {
            **with_dates(task, *TASK_TIMES),
            "__durationSeconds": duration_seconds(task),
            "__url": page_in_space(api, task, "tasks/{Id}"),
        }
        for task in kept
    ]


# https://octopus.com/docs/api/tasks
TASK = in_space(
    OctopusKind.TASK,
    "tasks",
    list_with=newest_first(
        "tasks", "QueueTime", older=still_active(None, lambda task: task.get("Id"))
    ),
    dated_by="QueueTime",
    since=cutoff,
    enrich=select_tasks,
    changed=listed_by(tasks_since),
)


def is_asked_for(selector: InterruptionSelector, interruption: Item) -> bool:
    """Return whether an interruption is selected; raise ValueError for an odd form."""
    if not selector.pending_only:
        return True
    is_pending = interruption["IsPending"]
    if not isinstance(is_pending, bool):
        raise ValueError(f"IsPending is {is_pending!r}")
    return is_pending


# https://octopus.com/docs/api/interruptions
INTERRUPTION: Resource = in_space(
    OctopusKind.INTERRUPTION,
    "interruptions",
    query=lambda selector: {"pendingOnly": "true"} if selector.pending_only else {},
    accepts=is_asked_for,
    enrich=linked("tasks/{TaskId}", "Created"),
)
