"""What the delivery log takes for known, and what it tells of changes."""

from typing import Any

import pytest

from links.delivery import Deliveries
from octopus.resources.delivery_log import DEPLOYMENTS, RELEASES, DeliveryLog
from tests.links.history import STAGES, History, at


@pytest.fixture
def history() -> History:
    """Return a release in production."""
    history = History()
    history.release(1, "1.0.0", "SHOP-1", hour=0)
    history.deploy(10, 1, "Production", hour=1)
    return history


@pytest.mark.parametrize("odd", [{"DeploymentId": None}, {"EnvironmentId": None}])
def test_what_runs_is_unknown_if_one_deployment_of_it_is(odd: Any) -> None:
    sound = {
        "DeploymentId": "Deployments-1",
        "ReleaseId": "Releases-1",
        "ProjectId": "Projects-1",
        "EnvironmentId": "Production",
        "Created": at(1),
        "State": "Success",
    }
    log = DeliveryLog()

    with pytest.raises(ValueError):
        log.put_running("Spaces-1", [sound, {**sound, **odd}])
    assert "Spaces-1" not in log.running

    log.put_running("Spaces-1", [sound])
    assert log.running["Spaces-1"] == {1}


def test_what_a_whole_list_leaves_out_counts_no_more(history: History) -> None:
    deliveries = Deliveries(history.log, {"Production": STAGES[-1]}, len(STAGES))
    before = deliveries.of("SHOP-1")

    listing = history.log.begin(DEPLOYMENTS, "Spaces-1")
    history.log.finish(DEPLOYMENTS, "Spaces-1", listing, None)

    after = deliveries.of("SHOP-1")
    assert before and before["deliveryState"] == "in production"
    assert after and after["deliveryState"] == "released"


def test_a_failure_that_a_whole_list_leaves_out_counts_no_more(
    history: History,
) -> None:
    """Even at a place where nothing has ever succeeded."""
    history.deploy(11, 1, "Test", hour=2, state="Failed")

    for space, left in (("Spaces-2", [11]), ("Spaces-1", [])):
        listing = history.log.begin(DEPLOYMENTS, space)
        history.log.finish(DEPLOYMENTS, space, listing, None)
        failures = history.log.failures.values()
        assert [one.number for place in failures for one in place] == left


@pytest.mark.parametrize(
    ("space", "left"), [("Spaces-2", {1: {"SHOP-1"}}), ("Spaces-1", {})]
)
def test_a_list_of_one_space_tells_no_changes_of_another(
    history: History, space: str, left: dict[int, set[str]]
) -> None:
    history.release(1, "1.0.0", "SHOP-2", hour=0)
    assert history.log.dropped == {1: {"SHOP-1"}}

    listing = history.log.begin(RELEASES, space)
    if space == "Spaces-1":
        history.log.note(RELEASES, space, 1)
    history.log.finish(RELEASES, space, listing, None)

    assert history.log.dropped == left
