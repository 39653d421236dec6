"""A process may be killed at any of its requests: the truth is told, once."""

from collections import Counter
from collections.abc import Callable

import pytest

import actions.recovery as recovery_module
from actions.failures import NOTHING_CHANGED, UNKNOWN
from sandbox.octopus.tasks import advance
from tests.actions.mortal import lives
from tests.actions.octopus.desk import OctopusDesk
from tests.actions.octopus.test_run_runbook import ASKED
from tests.actions.octopus.test_take_up import for_tenants

type Open = Callable[[], OctopusDesk]
TENANTS = ["Acme", "Globex"]


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recovery_module, "LEFT_BEHIND", 0)
    monkeypatch.setattr("actions.octopus.watch.GRACE_SECONDS", 0.0)


@pytest.mark.parametrize(
    ("action", "collection"),
    [("run_runbook", "runbookRuns"), ("deploy_release", "deployments")],
)
async def test_the_next_process_tells_the_truth(
    open_desk: Open, action: str, collection: str
) -> None:
    later, ends = open_desk(), Counter[tuple[int, str]]()
    many = action == "deploy_release"
    inputs = for_tenants(later) | {"tenants": TENANTS} if many else ASKED
    async for _, kept in lives(open_desk, lambda desk: desk.ask(action, **inputs)):
        if kept.is_pending:  # Port gives it to the next one
            await later.carry_out(kept)
        await later.recovery().look()
        started = later.started(collection, kept)
        for one in started:
            advance(later.octopus, one["TaskId"], "Success")
        await later.watch.look()

        assert not kept.is_open, kept
        assert len(set(kept.endings)) == 1
        assert len({one["TenantId"] for one in started}) == len(started)
        succeeded = kept.endings[0] == "SUCCESS"
        assert succeeded == (len(started) == (2 if many else 1)), kept
        label = kept.shown["statusLabel"]
        says_nothing = NOTHING_CHANGED in kept.logs[-1]
        assert says_nothing == (not started and label != UNKNOWN), kept
        ends[len(started), label] += 1

    assert ends.total() > 20
    # Only if it was marked and not sent, nobody can tell.
    assert ends[0, UNKNOWN] == 2
