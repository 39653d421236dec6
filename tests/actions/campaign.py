"""A campaign: actions are asked for while replies get lost and processes are killed.

What must hold in the end: no change was made twice, no run is open, and what each run
says of its change is true.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from tempfile import NamedTemporaryFile
from typing import Any

from actions.failures import NOTHING_CHANGED
from actions.jira.base import MARKER
from sandbox.company import Item, build_company
from sandbox.jira import JiraSandbox
from sandbox.port.runs import Kept
from sandbox.sail import PROGRAM, ROOT, Process
from sandbox.servers import Stands, serve
from tests.actions.running import WORKER
from tests.test_end_to_end import SMALL
from tests.warm import start

# Of a hundred changes in Jira, so many go wrong in each way.
IN_JIRA: Mapping[str, Any] = {
    "lost replies": (15, {"lose": True}),
    "dropped requests": (5, {"drop": True}),
    "errors": (5, {"status": 503}),
    "limits": (10, {"status": 429, "headers": {"Retry-After": "1"}}),
}
# Of a hundred reports and acknowledgements to Port.
IN_PORT: Mapping[str, Any] = {
    "errors of Port": (5, {"status": 503}),
    "lost replies of Port": (5, {"lose": True}),
}
CHANGES, REPORTS = r"/issue$|/comment$", r"/runs/"
ISSUE = "SHOP-2"
# Reports that each run takes, about.
REPORTS_PER_RUN = 6
# A run that was left behind waits four times as long as one may take, and is looked
# up; its process may be killed meanwhile.
PATIENCE_SECONDS = 90.0


@dataclass
class Result:
    """What became of a campaign."""

    runs: int = 0
    seconds: float = 0.0
    kills: int = 0
    endings: Counter[str] = field(default_factory=Counter)
    twice: list[str] = field(default_factory=list)
    untrue: list[str] = field(default_factory=list)
    hanging: list[str] = field(default_factory=list)


class Workers:
    """Two processes that carry out actions, either of which may be killed."""

    def __init__(self, stands: Stands, log: Any) -> None:
        self._settings = {**stands.environment(), **WORKER}
        self._log = log
        self._processes: list[Process] = []

    async def start(self) -> None:
        """Start one more."""
        process = await start(self._settings, self._log, ROOT, PROGRAM)
        self._processes.append(process)

    async def kill(self) -> None:
        """Kill the one that has run longest."""
        process = self._processes.pop(0)
        process.kill()
        await process.wait()

    async def survive(self, asked: list[Kept], kills: int, patience: float) -> None:
        """Replace a process so many times while runs end, and wait for the last end.

        It waits for so many seconds at most, each time.
        """
        for number in range(kills):
            await ended(asked, len(asked) * (number + 1) // (kills + 1), patience)
            await self.kill()
            await self.start()
        await ended(asked, len(asked), patience)


async def ended(asked: list[Kept], wanted: int, patience: float) -> None:
    """Wait until so many runs have ended, and no longer than makes sense."""
    end = time.monotonic() + patience
    while (  # noqa: ASYNC110
        sum(not kept.is_open for kept in asked) < wanted and time.monotonic() < end
    ):
        await asyncio.sleep(0.05)


@asynccontextmanager
async def working(stands: Stands) -> AsyncIterator[Workers]:
    """Run two processes until the context ends."""
    with NamedTemporaryFile() as log:
        workers = Workers(stands, log)
        try:
            for _ in range(2):
                await workers.start()
            yield workers
        finally:
            while workers._processes:
                await workers.kill()


async def campaign(runs: int, kills: int, seed: int = 1) -> Result:
    """Ask for so many actions, kill so many times, and say what became of it."""
    random, result = Random(seed), Result(runs=runs, kills=kills)
    started = time.monotonic()
    async with serve(build_company(size=SMALL)) as stands, working(stands) as workers:
        break_things(stands, runs, random)
        # A claimed run comes back at once, so both processes claim it.
        stands.port.state.runs.hides_claimed = False
        asked = [_ask(stands, number) for number in range(runs)]
        await workers.survive(asked, kills, PATIENCE_SECONDS)
        judge(stands.jira, asked, result)
    result.seconds = time.monotonic() - started
    return result


def _ask(stands: Stands, number: int) -> Kept:
    """Ask for something, as a person or as a workflow."""
    runs = stands.port.state.runs
    return runs.ask(*wanted(number), is_node=number % 3 == 0)


def wanted(number: int) -> tuple[str, Item]:
    """Return an action and its inputs: an issue or a comment."""
    if number % 2:
        return "add_comment", {"issueKey": ISSUE, "comment": f"Number {number}"}
    issue = {"project": "SHOP", "issueType": "Task", "summary": f"Number {number}"}
    return "create_issue", issue


def break_things(stands: Stands, runs: int, random: Random) -> None:
    """Order what goes wrong: at which of the requests to come."""
    for percent, fault in IN_JIRA.values():
        for _ in range(runs * percent // 100):
            at = random.randrange(runs)
            stands.jira.faults.add(method="POST", path=CHANGES, skip=at, **fault)
    reports = runs * REPORTS_PER_RUN
    for percent, fault in IN_PORT.values():
        for _ in range(reports * percent // 100):
            stands.port.state.faults.add(
                method="PATCH", path=REPORTS, skip=random.randrange(reports), **fault
            )


def judge(jira: JiraSandbox, asked: list[Kept], result: Result) -> None:
    effects = Counter(_effects(jira))
    for kept in asked:
        id_ = kept.shown.get("id") or kept.shown["identifier"]
        count, told = effects[id_], " ".join(kept.logs)
        if count > 1:
            result.twice.append(told)
        if kept.is_open:
            result.hanging.append(f"{kept.shown} {told}")
            continue
        ending = kept.endings[-1]
        label = kept.shown.get("statusLabel")
        text = label["text"] if isinstance(label, dict) else label
        result.endings[f"{ending}: {text}"] += 1
        says_nothing = ending != "SUCCESS" and NOTHING_CHANGED in kept.logs[-1]
        if (ending == "SUCCESS" and count != 1) or (says_nothing and count):
            result.untrue.append(told)
        if len(set(kept.endings)) != 1:
            result.untrue.append(f"{kept.endings} {told}")


def _effects(jira: JiraSandbox) -> list[str]:
    """Return the run of each issue and comment that one has created."""
    marks = [own.get(MARKER) for own in jira.properties.values()]
    for comment in jira.collections["comment"].values():
        properties = comment.get("properties", [])
        marks += [one["value"] for one in properties if one["key"] == MARKER]
    return [mark["run"] for mark in marks if mark]
