"""Runs whose process ended are ended by the next one, with the truth."""

from collections.abc import Callable

import pytest
from port_ocean.core.models import IntegrationRun

import actions.recovery as recovery_module
from actions.jira.create_issue import CreateIssue
from actions.recovery import Recovery
from sandbox.fault_rules import Rule
from tests.actions.desk import Desk, created_by, ended, kill_at
from tests.actions.test_create_issue import ASKED

type Open = Callable[[], Desk]


@pytest.fixture(autouse=True)
def _no_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take runs for left behind at the first look that sees them."""
    monkeypatch.setattr(recovery_module, "LEFT_BEHIND", 0)


class _Broken(CreateIssue):
    """An executor that can't end one run."""

    poison = ""

    async def resume(self, run: IntegrationRun, why: str, link: str) -> None:
        if run.id == self.poison:
            raise RuntimeError("broken")
        await super().resume(run, why, link)


async def test_a_run_that_was_only_taken_has_changed_nothing(open_desk: Open) -> None:
    desk, later = open_desk(), open_desk()
    kept = desk.ask("create_issue", **ASKED)
    reading = Rule(method="GET", path="createmeta")
    await kill_at(desk, kept, desk.jira.faults, reading)
    await later.recovery().look()

    assert created_by(desk, kept) == []
    told = ended(kept, "FAILURE")
    assert "ended before it sent a change. Nothing was changed." in told
    assert "unknown" not in told
    assert kept.shown["statusLabel"] == "Not sent"


async def test_a_change_that_was_sent_is_found(open_desk: Open) -> None:
    desk, later = open_desk(), open_desk()
    kept = desk.ask("create_issue", **ASKED)
    # Jira carries it out, but is slow to say so.
    desk.jira.faults.add(method="POST", path="/issue$", lose=True)
    await kill_at(desk, kept, desk.jira.faults, Rule(method="POST", path="search/jql"))
    await later.recovery().look()

    (issue,) = created_by(desk, kept)
    assert issue["key"] in ended(kept, "SUCCESS")


async def test_a_change_that_never_arrived_is_unknown(open_desk: Open) -> None:
    desk, later = open_desk(), open_desk()
    kept = desk.ask("create_issue", **ASKED)
    await kill_at(desk, kept, desk.jira.faults, Rule(method="POST", path="/issue$"))
    await later.recovery().look()

    assert created_by(desk, kept) == []
    assert "Outcome unknown" in ended(kept, "FAILURE")


async def test_a_change_that_cannot_be_looked_up_is_unknown(open_desk: Open) -> None:
    desk, later = open_desk(), open_desk()
    kept = desk.ask("create_issue", **ASKED)
    desk.jira.faults.add(method="POST", path="/issue$", lose=True)
    await kill_at(desk, kept, desk.jira.faults, Rule(method="POST", path="search/jql"))
    desk.jira.faults.add(path="myself", status=401, times=None)
    await later.recovery().look()

    assert len(created_by(desk, kept)) == 1
    told = ended(kept, "FAILURE")
    assert "Outcome unknown" in told
    assert "Nothing was changed" not in told


async def test_a_run_that_nobody_acknowledged_is_carried_out(open_desk: Open) -> None:
    desk = open_desk()
    kept = desk.ask("create_issue", **ASKED)
    kept.shown["externalRunId"] = "sandbox/taken"

    await desk.recovery().look()

    assert len(created_by(desk, kept)) == 1
    assert kept.acknowledged == 1
    ended(kept, "SUCCESS")


async def test_a_lost_acknowledgement_leaves_no_run_open(desk: Desk) -> None:
    kept = desk.ask("create_issue", **ASKED)
    desk.port.state.runs.acknowledge(kept.shown["id"])  # the reply never came
    await desk.carry_out(kept)
    assert kept.is_open

    await desk.recovery().look()

    assert "ended before it sent a change" in ended(kept, "FAILURE")


async def test_a_run_of_an_odd_form_does_not_stop_the_others(desk: Desk) -> None:
    odd, kept = (desk.ask("create_issue", **ASKED) for _ in range(2))
    for one in (odd, kept):
        one.shown["externalRunId"] = "sandbox/sending"
    odd.shown["payload"] = "odd"

    await desk.recovery().look()

    assert "Outcome unknown" in ended(kept, "FAILURE")


async def test_a_run_that_cannot_be_ended_does_not_stop_the_others(desk: Desk) -> None:
    kept, other = (desk.ask("create_issue", **ASKED) for _ in range(2))
    for one in (kept, other):
        one.shown["externalRunId"] = "sandbox/sending"
    broken = _Broken(desk.executors["create_issue"].actions, None)
    broken.poison = kept.shown["id"]

    await Recovery(desk.actions, [broken]).look()

    assert kept.is_open
    ended(other, "FAILURE")


async def test_runs_at_work_and_of_others_are_left_alone(
    open_desk: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recovery_module, "LEFT_BEHIND", 1)
    desk, later = open_desk(), open_desk()
    kept = desk.ask("create_issue", **ASKED)
    foreign = desk.port.state.runs.ask("create_issue", ASKED, installation="other")
    foreign.shown["externalRunId"] = "other/sending"
    await kill_at(desk, kept, desk.jira.faults, Rule(method="POST", path="/issue$"))
    # Another process may still be at work: its lease has only begun.
    await later.recovery().look()

    assert kept.endings == foreign.endings == []


async def test_ended_runs_are_not_looked_at_again(desk: Desk) -> None:
    kept = await desk.do("create_issue", **ASKED)
    await desk.recovery().look()

    ended(kept, "SUCCESS")
    assert kept.shown["externalRunId"] == kept.shown["id"]
