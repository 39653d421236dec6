"""What is said of runs that were left behind is true, whatever Port shows of them."""

from collections.abc import Callable
from typing import Any

import pytest

import actions.recovery as recovery_module
from actions.lost_posts import LostPosts
from sandbox.fault_rules import Rule
from sandbox.port.runs import Kept
from tests.actions.desk import Desk, created_by, ended, held_at, kill_at
from tests.actions.test_create_issue import ASKED

type Open = Callable[[], Desk]
KEY = "SHOP-2"
NEXT_PAGE = r"/actions/runs\?.*next="


@pytest.fixture(autouse=True)
def _no_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take runs for left behind at the first look that sees them."""
    monkeypatch.setattr(recovery_module, "LEFT_BEHIND", 0)


def left_behind(desk: Desk, phase: str, action: str = "create_issue") -> Kept:
    """Return a run that nobody works on any more."""
    kept = desk.ask(action, **(ASKED if action == "create_issue" else {}))
    kept.shown["externalRunId"] = f"sandbox/{phase}"
    return kept


async def test_a_late_claim_hides_no_change_that_was_sent(open_desk: Open) -> None:
    desk, late = open_desk(), open_desk()
    kept = desk.ask("create_issue", **ASKED)
    desk.jira.faults.add(method="POST", path="/issue$", lose=True)
    await kill_at(desk, kept, desk.jira.faults, Rule(method="POST", path="search/jql"))
    # It was claimed before, and is marked before the acknowledgement is refused.
    await late.carry_out(kept)
    assert kept.shown["externalRunId"] == "sandbox/taken"

    await late.recovery().look()

    (issue,) = created_by(desk, kept)
    assert issue["key"] in ended(kept, "SUCCESS")


async def test_what_others_did_is_not_said_of_a_run_that_sent_nothing(
    desk: Desk,
) -> None:
    desk.settings["allow_issue_deletion"] = True
    kept = desk.ask("delete_issue", issueKey=KEY)
    kept.shown["externalRunId"] = "sandbox/taken"
    desk.port.state.runs.acknowledge(kept.shown["id"])
    found = desk.jira.index.find(KEY)
    assert found is not None
    desk.jira.delete("issue", found["id"])

    await desk.recovery().look()

    assert "Nothing was changed" in ended(kept, "FAILURE")


async def test_a_deletion_whose_reply_was_lost_claims_no_more_than_is_known(
    desk: Desk,
) -> None:
    desk.settings["allow_issue_deletion"] = True
    desk.jira.faults.add(method="DELETE", path="/issue/", lose=True)
    told = ended(await desk.do("delete_issue", issueKey=KEY), "SUCCESS")

    assert told == f"{KEY} is gone. No reply says that this run deleted it"


async def test_runs_on_later_pages_are_ended_too(desk: Desk) -> None:
    desk.port.state.runs.largest_page = 2
    asked = [left_behind(desk, "sending") for _ in range(5)]

    await desk.recovery().look()

    assert not any(kept.is_open for kept in asked)


@pytest.mark.parametrize(
    "fault", [{"ignore": "next"}, {"status": 422}], ids=["ignored", "refused"]
)
async def test_all_are_ended_by_and_by_if_pages_cannot_be_had(
    desk: Desk, fault: Any
) -> None:
    desk.port.state.runs.largest_page = 2
    desk.port.state.faults.add(path=NEXT_PAGE, times=None, **fault)
    asked = [left_behind(desk, "sending") for _ in range(3)]
    for _ in range(2):
        await desk.recovery().look()

    assert not any(kept.is_open for kept in asked)


@pytest.mark.parametrize(
    ("phase", "told"),
    [("taken", "Nothing was changed"), ("sending", "Outcome unknown")],
)
async def test_a_run_of_an_unknown_action_is_ended(
    desk: Desk, phase: str, told: str
) -> None:
    kept = left_behind(desk, phase, "no_such_action")
    await desk.recovery().look()

    assert told in ended(kept, "FAILURE")


async def test_a_run_that_waits_for_an_unknown_action_is_ended(desk: Desk) -> None:
    kept = left_behind(desk, "waiting", "no_such_action")
    kept.shown["link"] = "https://octopus.example/task"
    await desk.recovery().look()

    assert kept.shown["link"] in ended(kept, "FAILURE")


async def test_a_run_that_was_ended_in_port_sends_nothing(desk: Desk) -> None:
    kept = desk.ask("create_issue", **ASKED)
    held = Rule(path="createmeta")
    work = await held_at(desk, kept, desk.jira.faults, held)
    kept.shown["status"] = "FAILURE"
    assert held.held_until is not None
    held.held_until.set()
    await work

    assert created_by(desk, kept) == []
    assert kept.endings == []
    assert "ended before its change was sent" in kept.logs[-1]


async def test_a_run_ends_though_port_refuses_what_is_told_with_it(
    desk: Desk,
) -> None:
    # The two marks before the change are taken.
    refusal = Rule(method="PATCH", path="/actions/runs/r_", status=422, skip=2)
    desk.port.state.faults.add(refusal)
    kept = await desk.do("create_issue", **ASKED)

    assert len(created_by(desk, kept)) == 1
    ended(kept, "SUCCESS")


@pytest.mark.parametrize("is_node", [False, True], ids=["action", "workflow"])
async def test_the_reason_is_told_though_port_fails_once(
    desk: Desk, is_node: bool
) -> None:
    desk.port.state.faults.add(method="POST", path="/logs$", status=503)
    kept = desk.port.state.runs.ask("create_issue", {}, is_node=is_node)
    await desk.carry_out(kept)

    assert kept.logs == ["project and issueType and summary must be given"]


async def test_a_long_reason_keeps_its_end(desk: Desk) -> None:
    words = {"errorMessages": ["Too much. " * 400]}
    desk.jira.faults.add(method="POST", path="/issue$", status=400, body=words)
    told = ended(await desk.do("create_issue", **ASKED), "FAILURE")

    assert "Too much" in told and told.endswith("Nothing was changed.")


@pytest.mark.parametrize("url", ["https://own.example/integration/webhook/port", None])
async def test_a_post_that_did_not_arrive_is_ended(desk: Desk, url: str | None) -> None:
    kept, _ = desk.port.state.runs.post("create_issue", ASKED)
    kept.shown["payload"] = {"type": "WEBHOOK", **({"url": url} if url else {})}
    posts = LostPosts(desk.actions, desk.executors)
    await posts.look(0)
    assert kept.is_open  # it may have been posted just now

    await posts.look(0)

    assert "did not arrive" in ended(kept, "FAILURE")


async def test_posts_that_are_at_work_or_of_others_are_left_alone(desk: Desk) -> None:
    runs = desk.port.state.runs
    taken, _ = runs.post("create_issue", ASKED)
    taken.shown["externalRunId"] = "sandbox/sending"
    others, _ = runs.post("create_issue", ASKED, installation="other")
    elsewhere, _ = runs.post("create_issue", ASKED)
    elsewhere.shown["payload"]["url"] = "https://ci.example/hook"
    asked = desk.ask("create_issue", **ASKED)
    waiting, _ = runs.post("create_issue", ASKED)
    waiting.shown["status"] = "WAITING_FOR_APPROVAL"
    posts = LostPosts(desk.actions, desk.executors)
    for _ in range(2):
        await posts.look(0)

    for kept in (taken, others, elsewhere, asked, waiting):
        assert kept.endings == []


async def test_lost_posts_are_not_looked_for_all_the_time(desk: Desk) -> None:
    posts = LostPosts(desk.actions, desk.executors)
    for _ in range(2):
        await posts.look(3600)

    listed = desk.port.state.requests["GET /v1/actions/runs"]
    assert listed == len(desk.executors) + 3


async def test_a_run_that_port_marks_only_when_it_is_acknowledged_is_found(
    open_desk: Open,
) -> None:
    desk, later = open_desk(), open_desk()
    refusal = Rule(method="PATCH", path="/actions/runs/r_", status=422)
    desk.port.state.faults.add(refusal)
    kept = desk.ask("create_issue", **ASKED)
    await kill_at(desk, kept, desk.jira.faults, Rule(path="createmeta"))

    await later.recovery().look()

    assert "Nothing was changed" in ended(kept, "FAILURE")
