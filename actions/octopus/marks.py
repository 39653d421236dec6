"""The mark of a run in the comment of what it starts, by which it is found again.

Octopus takes a comment with a new deployment or run, and shows it to people:
https://octopus.com/docs/api/deployments and https://octopus.com/docs/api/runbook-runs
"""

import re
from collections.abc import Iterable

from actions.job import Job
from client import ApiClient
from core.types import Item
from core.values import objects, text

# So many of the newest are looked at, in pages of so many.
NEWEST, PAGE_SIZE = 300, 100


def mark(job: Job, number: int, total: int, comment: str = "") -> str:
    """Return the comment of the so manieth execution that a run starts."""
    own = f"Port action run {job.id}, {number} of {total}"
    return f"{comment}\n{own}" if comment else own


def numbers_in(item: Item, job: Job) -> tuple[int, int]:
    """Return which of how many executions of a run it is, zeros without its mark."""
    pattern = rf"Port action run {re.escape(job.id)}, ([0-9]+) of ([0-9]+)$"
    found = re.search(pattern, text(item.get("Comments")) or "")
    return (int(found[1]), int(found[2])) if found else (0, 0)


def total_marked(item: Item, job: Job) -> int:
    """Return how many executions a run starts by the mark of one, 0 without it."""
    return numbers_in(item, job)[1]


async def find_marked(
    api: ApiClient, path: str, params: Item, job: Job
) -> tuple[list[Item], int]:
    """Return what a run has started, and how much it should have started in all.

    The list begins with the newest. Raises ApiError.
    """
    marked: list[Item] = []
    total = 0
    for skip in range(0, NEWEST, PAGE_SIZE):
        asked = {**params, "skip": skip, "take": PAGE_SIZE}
        rows = objects((await api.get(path, asked)).get("Items"))
        for row in rows:
            if count := total_marked(row, job):
                total = count
                marked.append(row)
        if len(rows) < PAGE_SIZE or (total and len(marked) >= total):
            break
    return marked, total


def tasks_in(items: Iterable[Item]) -> tuple[str, ...]:
    """Return the ids of the tasks behind deployments or runs."""
    return tuple(task for one in items if (task := text(one.get("TaskId"))))
