"""A campaign: runbooks are run while replies get lost and processes are killed.

What must hold in the end: no runbook ran twice for one run of the action, no run is
open, and what each says is what became of its task.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from random import Random
from typing import Any

from actions.failures import NOTHING_CHANGED, UNKNOWN
from sandbox.company import Item, build_company
from sandbox.octopus.tasks import advance
from sandbox.port.runs import Kept
from sandbox.servers import Stands, serve
from tests.actions.campaign import Result, working
from tests.test_end_to_end import SMALL

# Of a hundred requests that start something, so many go wrong in each way.
FAULTS: tuple[tuple[int, Any], ...] = (
    (15, {"lose": True}),
    (5, {"drop": True}),
    (5, {"status": 503}),
    (10, {"status": 429, "headers": {"Retry-After": "1"}}),
)
STARTS = r"/runbookRuns$"
ASKED = {"project": "Web Shop", "runbook": "Restart", "environment": "Staging"}
FAILED_SHARE = 0.2
# A run that was left behind waits for nine seconds, and one that another process
# waited for for twenty more.
PATIENCE_SECONDS = 120.0


async def campaign(runs: int, kills: int, seed: int = 1) -> Result:
    """Ask for so many runs, kill so many times, and say what became of it."""
    random, result = Random(seed), Result(runs=runs, kills=kills)
    started = time.monotonic()
    async with (
        serve(build_company(size=SMALL)) as stands,
        at_work(stands, random),
        working(stands) as workers,
    ):
        for percent, fault in FAULTS:
            for _ in range(runs * percent // 100):
                rule = {"method": "POST", "path": STARTS, **fault}
                stands.octopus.faults.add(skip=random.randrange(runs), **rule)
        stands.port.state.runs.hides_claimed = False
        known = stands.port.state.runs
        asked = [
            known.ask("run_runbook", ASKED, is_node=n % 3 == 0) for n in range(runs)
        ]
        await workers.survive(asked, kills, PATIENCE_SECONDS)
        _judge(stands, asked, result)
    result.seconds = time.monotonic() - started
    return result


@asynccontextmanager
async def at_work(stands: Stands, random: Random) -> AsyncIterator[None]:
    """Bring every new task to an end, a moment later."""
    old = set(stands.octopus.collections["tasks"])

    async def work() -> None:
        while True:
            await asyncio.sleep(0.5)
            tasks = [*stands.octopus.collections["tasks"].values()]
            for task in (one for one in tasks if one["Id"] not in old):
                if task["State"] == "Queued":
                    advance(stands.octopus, task["Id"], "Executing")
                elif task["State"] == "Executing":
                    failed = random.random() < FAILED_SHARE
                    state = "Failed" if failed else "Success"
                    advance(stands.octopus, task["Id"], state)

    working_on = asyncio.create_task(work())
    try:
        yield
    finally:
        working_on.cancel()
        with suppress(asyncio.CancelledError):
            await working_on


def _judge(stands: Stands, asked: list[Kept], result: Result) -> None:
    effects = _effects(stands)
    for kept in asked:
        id_ = kept.shown.get("id") or kept.shown["identifier"]
        states, told = effects[id_], " ".join(kept.logs)
        if len(states) > 1:
            result.twice.append(told)
        if kept.is_open:
            result.hanging.append(f"{kept.shown} {told}")
            continue
        label = kept.shown.get("statusLabel")
        text = label["text"] if isinstance(label, dict) else str(label)
        result.endings[f"{kept.endings[-1]}: {text}"] += 1
        if not _is_true(kept, text, states):
            result.untrue.append(f"{states} {kept.endings} {told}")


def _is_true(kept: Kept, label: str, states: list[str]) -> bool:
    """Return whether a run says what became of its task."""
    if len({*kept.endings}) != 1:
        return False
    if label == UNKNOWN:
        return True
    if NOTHING_CHANGED in kept.logs[-1]:
        return not states
    wanted = {"SUCCESS": ["Success"], "FAILURE": ["Failed"], "FAILED": ["Failed"]}
    return states == wanted[kept.endings[-1]]


def _effects(stands: Stands) -> dict[str, list[str]]:
    """Return the states of the tasks that each run of the action has started."""
    found: dict[str, list[str]] = defaultdict(list)
    collections = stands.octopus.collections
    runs: list[Item] = [*collections["runbookRuns"].values()]
    for run in runs:
        mark = (run["Comments"] or "").partition("Port action run ")[2]
        if mark:
            state = collections["tasks"][run["TaskId"]]["State"]
            found[mark.partition(",")[0]].append(state)
    return found
