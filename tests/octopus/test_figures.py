"""What a deployment was for delivery: its lead time, failure, rollback and recovery."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.trouble import Missing
from core.types import Item
from octopus.resources.figures import (
    FIGURES,
    NOT_KNOWN,
    NOTHING_YET,
    figures_of,
    neighbours,
)
from tests.links.history import START, History, at


@pytest.mark.parametrize("state", ["Failed", "Canceled"])
def test_an_end_that_becomes_known_may_change_others(
    history: History, state: str
) -> None:
    item = history.deploy(30, 1, "Production", hour=20, state=state)
    history.log.turned.clear()
    history.log.put_unknown("Spaces-1", item)
    history.deployed_again(30)
    assert history.log.turned == {30}
    history.log.turned.clear()
    history.deployed_again(30)
    assert history.log.turned == set()


STATES = [("Success", False), ("Success", True), ("Failed", True), ("Canceled", False)]


@pytest.fixture
def history() -> History:
    """Return a project whose releases 1.0.0 and 1.1.0 came to production."""
    history = History()
    history.release(1, "1.0.0", hour=0)
    history.deploy(10, 1, "Production", hour=1)
    history.release(2, "1.1.0", hour=10)
    history.deploy(20, 2, "Production", hour=12)
    return history


def told(history: History, number: int) -> dict[str, Any]:
    """Return the figures of a deployment, without the underscores."""
    item = history.deployments[number]
    found = figures_of(history.log, item, history.since, lambda number: True)
    assert found.keys() == {*FIGURES}
    return {name.removeprefix("__"): value for name, value in found.items()}


def test_a_lead_time_begins_with_the_release(history: History) -> None:
    assert told(history, 10)["leadTimeHours"] == 1.5
    assert told(history, 20)["leadTimeHours"] == 2.5


def test_a_lead_time_begins_with_the_earliest_release_that_was_not_there(
    history: History,
) -> None:
    """As in the second example of Octopus Insights."""
    history.release(3, "1.2.0", hour=20)
    history.release(4, "1.3.0", hour=30)
    history.deploy(40, 4, "Production", hour=31, state="Failed")
    history.deploy(41, 4, "Production", hour=32)

    assert told(history, 40)["leadTimeHours"] is None
    assert told(history, 41)["leadTimeHours"] == 12.5


def test_releases_of_other_channels_and_projects_do_not_count(history: History) -> None:
    history.release(3, "1.2.0", hour=20, channel="Channels-2")
    history.release(4, "1.2.0", hour=20, project="Projects-2")
    history.release(5, "1.2.0", hour=30)
    history.deploy(50, 5, "Production", hour=31)

    assert told(history, 50)["leadTimeHours"] == 1.5


def test_what_was_taken_back_was_not_delivered(history: History) -> None:
    """As in the third example of Octopus Insights."""
    history.deploy(30, 1, "Production", hour=20)
    history.release(4, "1.2.0", hour=30)
    history.deploy(40, 4, "Production", hour=31)

    assert told(history, 40)["leadTimeHours"] == 21.5


def test_the_same_release_again_has_no_lead_time(history: History) -> None:
    history.deploy(30, 2, "Production", hour=20)
    assert told(history, 30) == {
        "leadTimeHours": None,
        "isFailure": False,
        "isRollback": False,
        "recoveredAt": None,
        "recoveryHours": None,
    }


def test_an_older_release_is_a_rollback_and_its_predecessor_a_failure(
    history: History,
) -> None:
    history.deploy(30, 1, "Production", hour=20)

    assert told(history, 30)["isRollback"] is True
    assert told(history, 30)["isFailure"] is False
    assert told(history, 30)["leadTimeHours"] is None
    assert told(history, 20)["isFailure"] is True
    assert told(history, 20)["recoveredAt"] == at(20.5)
    assert told(history, 20)["recoveryHours"] == 8


def test_a_rollback_after_a_week_is_no_failure(history: History) -> None:
    history.deploy(30, 1, "Production", hour=12 + 7 * 24 + 1)

    assert told(history, 30)["isRollback"] is True
    assert told(history, 20)["isFailure"] is False


def test_a_hotfix_of_an_older_version_is_no_rollback(history: History) -> None:
    history.release(3, "1.0.1", hour=20, channel="Channels-2")
    history.deploy(30, 3, "Production", hour=21)

    assert told(history, 30)["isRollback"] is False
    assert told(history, 20)["isFailure"] is False
    assert told(history, 30)["leadTimeHours"] == 1.5


@pytest.mark.parametrize("state", ["Failed", "TimedOut"])
def test_a_failure_ends_with_the_next_success(history: History, state: str) -> None:
    history.deploy(30, 2, "Production", hour=20, state=state)
    assert told(history, 30)["isFailure"] is True
    assert told(history, 30)["recoveredAt"] is None
    history.deploy(31, 2, "Staging", hour=21)
    history.deploy(32, 2, "Production", hour=22, tenant="Tenants-1")
    assert told(history, 30)["recoveredAt"] is None

    history.deploy(33, 2, "Production", hour=23)

    assert told(history, 30)["recoveredAt"] == at(23.5)
    assert told(history, 30)["recoveryHours"] == 3


def test_a_success_after_guided_failure_is_a_failure(history: History) -> None:
    """By Octopus Insights, and it recovers nothing."""
    history.deploy(30, 2, "Production", hour=20, state="Failed")
    history.deploy(31, 2, "Production", hour=21, guided=True)

    assert told(history, 31)["isFailure"] is True
    assert told(history, 30)["recoveredAt"] is None
    history.deploy(32, 2, "Production", hour=23)
    assert told(history, 30)["recoveredAt"] == at(23.5)
    assert told(history, 31)["recoveryHours"] == 2


def test_a_cancelled_deployment_is_no_failure(history: History) -> None:
    history.deploy(30, 1, "Production", hour=20, state="Canceled")
    assert told(history, 30)["isFailure"] is told(history, 30)["isRollback"] is False
    assert told(history, 30)["recoveredAt"] is None


@pytest.mark.parametrize("state", ["Queued", "Executing", "Cancelling"])
def test_nothing_is_told_before_the_end(history: History, state: str) -> None:
    item = history.deploy(30, 2, "Production", hour=20, state=state)
    assert figures_of(history.log, item, None, lambda number: True) == NOTHING_YET


def unknown(history: History, number: int) -> set[str]:
    values = told(history, number).items()
    return {name for name, value in values if isinstance(value, Missing)}


def test_what_began_before_the_log_is_not_known(history: History) -> None:
    """The rest of it is."""
    history.since = START + timedelta(hours=5)

    assert unknown(history, 10) == {"leadTimeHours", "isRollback"}
    # Releases from before the log may have come between the two.
    assert unknown(history, 20) == {"leadTimeHours"}
    history.since = START
    assert unknown(history, 20) == set()


def test_without_its_task_nothing_is_known_of_it_and_less_of_what_followed(
    history: History,
) -> None:
    item = {**history.deploy(15, 1, "Production", hour=5), "__task": None}
    history.log.places.clear()
    for number in (10, 20):
        history.deployed_again(number)
    history.log.put_unknown("Spaces-1", item)

    assert figures_of(history.log, item, None, lambda number: True) == NOT_KNOWN
    assert unknown(history, 20) == {"leadTimeHours", "isRollback"}


def test_a_deployment_of_an_unknown_release_is_not_compared(history: History) -> None:
    history.deploy(30, 1, "Production", hour=20)
    history.log.remove_release(1)
    assert unknown(history, 20) == {
        "isFailure",
        "isRollback",
        "leadTimeHours",
        "recoveredAt",
        "recoveryHours",
    }


def test_a_rollback_concerns_what_it_replaces(history: History) -> None:
    item = history.deploy(30, 1, "Production", hour=20)
    assert neighbours(history.log, item) == {20}


def test_what_follows_in_order_concerns_nothing_else(history: History) -> None:
    assert neighbours(history.log, history.deployments[20]) == set()


def test_a_recovery_concerns_the_failures_since_the_last_success(
    history: History,
) -> None:
    history.deploy(11, 1, "Production", hour=5, state="Failed")
    history.deploy(21, 2, "Production", hour=20, guided=True)
    history.deploy(22, 2, "Production", hour=21, state="Failed")
    item: Item = history.deploy(23, 2, "Production", hour=22)
    assert neighbours(history.log, item) == {21, 22}


def test_a_late_success_concerns_what_came_after_it(history: History) -> None:
    history.deploy(14, 1, "Production", hour=6, state="Failed")
    item = history.deploy(13, 1, "Production", hour=5)
    assert neighbours(history.log, item) == {14, 20}


@given(
    st.permutations(range(8)),
    st.lists(st.integers(1, 4), min_size=8, max_size=8),
    st.lists(st.sampled_from(STATES), min_size=8, max_size=8),
)
def test_whatever_ends_when_all_that_it_changes_is_told_anew(
    ends: list[int], releases: list[int], states: list[tuple[str, bool]]
) -> None:
    history = History()
    for number in range(1, 5):
        history.release(number, f"1.{number}.0", hour=number)
    known: dict[int, Any] = {}
    for number in ends:
        state, guided = states[number]
        item = history.deploy(
            10 + number,
            releases[number],
            "Production",
            hour=10 + number / 5,  # and half an hour, so that several run at once
            state=state,
            guided=guided,
        )
        around = neighbours(history.log, item)
        known |= {one: told(history, one) for one in {10 + number, *around}}
        assert known == {one: told(history, one) for one in history.deployments}
