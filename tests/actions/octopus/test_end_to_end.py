"""Deployments through the real process: started in Port, ended in Octopus, told."""

import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from sandbox.company import Item
from sandbox.octopus.tasks import advance
from sandbox.port.runs import Kept
from tests.actions.campaign import Result
from tests.actions.desk import ended
from tests.actions.octopus.campaign import campaign
from tests.actions.running import Desk, opened

pytestmark = [
    pytest.mark.process,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.xdist_group("actions"),
]
# What is promised, from the end in Octopus to the end in Port.
PROMISED_SECONDS = 5.0
RESTART: Any = {"project": "Web Shop", "runbook": "Restart"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk() -> AsyncIterator[Desk]:
    async with opened() as running:
        yield running


def started(desk: Desk, kept: Kept) -> list[Item]:
    id_ = kept.shown.get("id") or kept.shown["identifier"]
    runs = desk.stands.octopus.collections["runbookRuns"].values()
    return [run for run in runs if id_ in (run["Comments"] or "")]


@pytest.mark.parametrize(
    ("is_node", "state", "end"),
    [(False, "Success", "SUCCESS"), (True, "Failed", "FAILED")],
    ids=["action", "workflow"],
)
async def test_the_end_is_told_in_time(
    desk: Desk, is_node: bool, state: str, end: str
) -> None:
    kept = desk.ask("run_runbook", is_node=is_node, environment="Staging", **RESTART)
    await desk.until(lambda: any("Queued" in line for line in kept.logs))
    (run,) = started(desk, kept)
    advance(desk.stands.octopus, run["TaskId"], state, errors=("The disk is full",))
    at = time.monotonic()

    await desk.done(kept)

    assert time.monotonic() - at < PROMISED_SECONDS
    assert run["TaskId"] in ended(kept, end)
    assert ("The disk is full" in kept.logs[-1]) == (state == "Failed")
    assert desk.stands.undocumented() == []


def check(result: Result) -> None:
    assert result.hanging == []
    assert result.twice == []
    assert result.untrue == []
    done = sum(n for ending, n in result.endings.items() if "SUCCESS" in ending)
    assert done > result.runs / 2, result


@pytest.mark.slow
async def test_a_campaign_of_200_runs_leaves_the_truth() -> None:
    result = await campaign(runs=200, kills=6)
    print(result)
    check(result)
