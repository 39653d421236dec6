"""A runbook runs once, and the run of the action ends as it does."""

from typing import Any

import pytest

from tests.actions.desk import ended
from tests.actions.octopus.desk import OctopusDesk
from tests.actions.octopus.test_deploy_release import PROMPT

ASKED = {"project": "Web Shop", "runbook": "Restart", "environment": "Production"}


async def test_a_run_is_followed_to_its_end(desk: OctopusDesk) -> None:
    kept = await desk.do("run_runbook", **ASKED)

    (run,) = desk.started("runbookRuns", kept)
    await desk.watch.look()
    assert kept.is_open
    await desk.end(run)
    assert "Run runbook Restart on Production" in ended(kept, "SUCCESS")


async def test_a_lost_reply_is_looked_up(desk: OctopusDesk) -> None:
    desk.octopus.faults.add(method="POST", path="/runbookRuns$", lose=True)
    kept = await desk.do("run_runbook", **ASKED)

    (run,) = desk.started("runbookRuns", kept)
    await desk.end(run, "Failed", "The disk is full")
    assert "The disk is full" in ended(kept, "FAILURE")


async def test_a_lost_request_is_unknown(desk: OctopusDesk) -> None:
    desk.octopus.faults.add(method="POST", path="/runbookRuns$", drop=True)
    kept = await desk.do("run_runbook", **ASKED)

    assert desk.started("runbookRuns", kept) == []
    assert "/operations/runbooks" in ended(kept, "FAILURE")


async def test_missing_variables_are_named(desk: OctopusDesk) -> None:
    runbook = desk.named("runbooks", "Restart")
    desk.octopus.prompts[runbook["PublishedRunbookSnapshotId"]] = [PROMPT]
    kept = await desk.do("run_runbook", **ASKED)

    assert "need a value: Ticket" in ended(kept, "FAILURE")
    assert desk.posts("runbookRuns") == 0


async def test_a_runbook_without_a_snapshot_is_told(desk: OctopusDesk) -> None:
    runbook = desk.named("runbooks", "Restart")
    unpublished = {**runbook, "PublishedRunbookSnapshotId": None}
    desk.octopus.put("runbooks", runbook["Id"], unpublished)
    kept = await desk.do("run_runbook", **ASKED)

    assert "publish it first" in ended(kept, "FAILURE")


@pytest.mark.parametrize("branch", [{}, {"gitRef": "main"}], ids=str)
async def test_a_runbook_in_git_is_run_as_it_is_on_a_branch(
    desk: OctopusDesk, branch: Any
) -> None:
    desk.octopus.faults.add(method="POST", path="/run/v1$", lose=bool(branch))
    asked = {**ASKED, "project": "Cluster", **branch}
    kept = await desk.do("run_runbook", **asked)

    (run,) = desk.started("runbookRuns", kept)
    await desk.end(run)
    assert "Run runbook Restart on Production" in ended(kept, "SUCCESS")


async def test_variables_of_runbooks_in_git_are_checked(desk: OctopusDesk) -> None:
    desk.octopus.prompts["restart"] = [PROMPT]
    kept = await desk.do("run_runbook", **{**ASKED, "project": "Cluster"})

    assert "need a value: Ticket" in ended(kept, "FAILURE")


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"gitRef": "main"}, "does not keep its runbooks in Git"),
        ({"project": "Cluster", "gitRef": "elsewhere"}, "No runbook of Cluster"),
    ],
    ids=str,
)
async def test_branches_that_make_no_sense_are_told(
    desk: OctopusDesk, given: Any, complaint: str
) -> None:
    kept = await desk.do("run_runbook", **{**ASKED, **given})

    assert complaint in ended(kept, "FAILURE")


async def test_unknown_runbooks_and_missing_permissions_are_told(
    desk: OctopusDesk,
) -> None:
    kept = await desk.do("run_runbook", **{**ASKED, "runbook": "Restat"})
    assert "There is Restart" in ended(kept, "FAILURE")

    desk.octopus.revoked.add(("*", "RunbookRunCreate"))
    kept = await desk.do("run_runbook", **ASKED)
    assert "lacks the permission RunbookRunCreate" in ended(kept, "FAILURE")
