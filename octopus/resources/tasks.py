"""The server tasks behind what Octopus does.

https://octopus.com/docs/api/tasks
"""

from functools import partial

from core.api import Api
from core.trouble import Missing, apart, attempt_once, current_report
from core.types import Item
from core.values import text
from octopus.resources.by_ids import get_many

# A task; None where there is none, or none any more.
type Task = Item | Missing | None


async def tasks_of(
    api: Api, items: list[Item], field: str = "TaskId", *, are_needed: bool = False
) -> list[Task]:
    """Return the task that each item names; raise ApiError only if they are needed."""
    by_space: dict[str, list[str]] = {}
    for item in items:
        space, task = text(item.get("SpaceId")), text(item.get(field))
        if space and task:
            by_space.setdefault(space, []).append(task)
    found: dict[str, Task] = {}
    for space, ids in by_space.items():
        what, read = f"tasks of {space}", partial(_read_tasks, api, space, ids)
        reading = read() if are_needed else attempt_once(what, read, value=what)
        tasks = await reading
        found |= dict.fromkeys(ids, tasks) if isinstance(tasks, Missing) else tasks
    return [found.get(text(item.get(field)) or "") for item in items]


async def _read_tasks(api: Api, space_id: str, ids: list[str]) -> dict[str, Task]:
    """Return the tasks with these ids; Missing are those that single trouble hides."""
    many, troubles = await apart(get_many(api, f"api/{space_id}/tasks", ids))
    if troubles:
        current_report().lose_value(f"tasks of {space_id}", troubles[0].reason)
    passing = {t.item["Id"] for t in troubles if t.item and not t.is_permanent}
    unknown = set(ids) - many.found.keys() - many.gone
    return {
        **many.found,
        **{id_: Missing(is_permanent=id_ not in passing) for id_ in unknown},
    }
