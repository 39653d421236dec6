"""A process may be killed at any of its requests: the truth is told, once."""

from collections.abc import Callable
from typing import Any

import pytest

import actions.recovery as recovery_module
from actions.failures import NOTHING_CHANGED, UNKNOWN
from sandbox.port.runs import Kept
from tests.actions.desk import Desk, created_by
from tests.actions.mortal import lives
from tests.actions.test_create_issue import ASKED
from tests.actions.test_jira_actions import KEY

type Open = Callable[[], Desk]


@pytest.fixture(autouse=True)
def _no_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recovery_module, "LEFT_BEHIND", 0)


def comments_by(desk: Desk, kept: Kept) -> int:
    comments = desk.jira.collections["comment"].values()
    return sum(kept.shown["id"] in str(one.get("properties")) for one in comments)


CASES: dict[str, tuple[dict[str, Any], Callable[[Desk, Kept], int]]] = {
    "create_issue": (ASKED, lambda desk, kept: len(created_by(desk, kept))),
    "add_comment": ({"issueKey": KEY, "comment": "x"}, comments_by),
}


@pytest.mark.parametrize("action", CASES)
async def test_the_next_process_tells_the_truth(open_desk: Open, action: str) -> None:
    inputs, count = CASES[action]
    later, ends = open_desk(), list[str]()
    async for _, kept in lives(open_desk, lambda desk: desk.ask(action, **inputs)):
        if kept.is_pending:  # Port gives it to the next one
            await later.carry_out(kept)
        await later.recovery().look()

        assert not kept.is_open, kept
        assert len(set(kept.endings)) == 1
        effects, label = count(later, kept), kept.shown["statusLabel"]
        assert effects == (kept.endings[0] == "SUCCESS"), kept
        assert (NOTHING_CHANGED in kept.logs[-1]) == (not effects and label != UNKNOWN)
        ends.append(label)

    assert len(ends) > 10
    # Only if it was marked and not sent, nobody can tell.
    assert ends.count(UNKNOWN) == 2
