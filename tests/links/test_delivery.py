"""How far releases brought an issue, in the cases that are hard to tell."""

from datetime import timedelta

import pytest

from core.trouble import INCOMPLETE
from links.delivery import Deliveries
from links.reaching import surely_has, surely_lacks
from octopus.resources.delivery_log import Release
from tests.links.history import STAGES, START, History, at


@pytest.fixture
def history() -> History:
    """Return a project whose releases 1.0.0 and 1.1.0 are in production."""
    history = History()
    history.release(1, "1.0.0", "SHOP-1", hour=0)
    history.release(2, "1.1.0", "SHOP-2", hour=10)
    for number, release, hour in ((1, 1, 1), (2, 2, 11)):
        history.deploy(number * 10, release, "Staging", hour=hour)
        history.deploy(number * 10 + 1, release, "Production", hour=hour + 2)
    return history


def test_an_issue_is_in_production_since_its_first_release_is(history: History) -> None:
    found = history.of("SHOP-1")

    assert found["deliveryState"] == "in production"
    assert found["firstInProductionAt"] == found["inProductionSince"] == at(3.5)
    assert found["furthestStage"] == "Production"
    assert [row["stage"] for row in found["stages"]] == ["Staging", "Production"]
    assert found["stages"][1]["deploymentId"] == "Deployments-11"


def test_a_later_release_of_the_channel_brings_what_was_left_out(
    history: History,
) -> None:
    history.release(3, "1.2.0", "SHOP-3", hour=20)
    history.release(4, "1.3.0", "SHOP-4", hour=30)
    history.deploy(40, 4, "Production", hour=31)

    assert history.of("SHOP-3")["stages"][0]["releaseId"] == "Releases-4"
    assert history.state("SHOP-3") == "in production"


def test_a_release_that_was_never_deployed_is_released_only(history: History) -> None:
    history.release(3, "1.2.0", "SHOP-3", hour=20)

    found = history.of("SHOP-3")

    assert found["deliveryState"] == "released"
    assert found["furthestStage"] is found["inProductionSince"] is None
    assert found["stages"] == []
    assert found["productionPlaces"] == "0 of 1"


def test_a_rollback_takes_an_issue_back(history: History) -> None:
    history.deploy(30, 1, "Production", hour=20)

    found = history.of("SHOP-2")

    assert found["deliveryState"] == "rolled back"
    assert found["rolledBackAt"] == at(20.5)
    assert found["firstInProductionAt"] == at(13.5)
    assert found["inProductionSince"] is None
    assert found["furthestStage"] == "Production"
    assert history.state("SHOP-1") == "in production"


def test_the_same_release_after_a_rollback_brings_it_again(history: History) -> None:
    history.deploy(30, 1, "Production", hour=20)
    history.deploy(31, 2, "Production", hour=25)

    found = history.of("SHOP-2")

    assert found["deliveryState"] == "in production"
    assert found["firstInProductionAt"] == at(13.5)
    assert found["inProductionSince"] == at(25.5)
    assert found["rolledBackAt"] is None


def test_the_same_release_again_changes_nothing(history: History) -> None:
    before = history.of("SHOP-2")
    history.deploy(30, 2, "Production", hour=20)
    assert history.of("SHOP-2") == before


@pytest.mark.parametrize("state", ["Failed", "Canceled", "TimedOut", "Executing"])
def test_what_did_not_succeed_brings_nothing(history: History, state: str) -> None:
    history.release(3, "1.2.0", "SHOP-3", hour=20)
    history.deploy(30, 3, "Production", hour=21, state=state)
    assert history.state("SHOP-3") == "released"


def test_a_success_after_guided_failure_has_arrived(history: History) -> None:
    """Octopus calls it Success: somebody has let it go on."""
    history.release(3, "1.2.0", "SHOP-3", hour=20)
    history.deploy(30, 3, "Production", hour=21, state="Executing")
    history.deploy(30, 3, "Production", hour=21)
    assert history.state("SHOP-3") == "in production"


def test_a_hotfix_of_an_older_version_lacks_what_is_new(history: History) -> None:
    history.release(3, "1.0.1", "SHOP-3", hour=20, channel="Channels-2")
    history.deploy(30, 3, "Production", hour=21)

    assert history.state("SHOP-3") == "in production"
    assert history.state("SHOP-2") == "rolled back"
    assert history.state("SHOP-1") == "in production"


def test_a_hotfix_of_the_same_version_takes_nothing_back(history: History) -> None:
    history.release(3, "1.1.0-hotfix.1", "SHOP-3", hour=20, channel="Channels-2")
    history.deploy(30, 3, "Production", hour=21)
    assert history.state("SHOP-2") == "in production"

    history.release(4, "1.2.0", "SHOP-4", hour=30)
    history.deploy(40, 4, "Production", hour=31)

    # Whether the next version has it is not known, so nothing is said to have changed.
    assert history.state("SHOP-3") == "in production"


def test_a_build_of_a_branch_does_not_bring_its_issue_with_the_next_version(
    history: History,
) -> None:
    history.release(3, "1.2.0-feature-x", "SHOP-3", hour=20, channel="Channels-3")
    history.deploy(30, 3, "Development", hour=21)
    history.release(4, "1.2.0", "SHOP-4", hour=30)
    history.deploy(40, 4, "Production", hour=31)

    assert history.of("SHOP-3")["furthestStage"] == "Development"
    assert history.state("SHOP-3") == "released"


def test_tenants_are_counted_one_after_the_other(history: History) -> None:
    history.release(3, "1.0", "PAY-1", hour=0, project="Projects-2")
    history.release(4, "1.1", "PAY-2", hour=5, project="Projects-2")
    for number, tenant in enumerate(("Tenants-1", "Tenants-2", "Tenants-3")):
        history.deploy(50 + number, 3, "Production", hour=1 + number, tenant=tenant)
    history.deploy(60, 4, "Production", hour=10, tenant="Tenants-1")

    found = history.of("PAY-2")
    assert found["deliveryState"] == "partly in production"
    assert found["productionPlaces"] == "1 of 3"
    assert found["firstInProductionAt"] == at(10.5)
    assert found["inProductionSince"] is None
    for number, tenant in enumerate(("Tenants-2", "Tenants-3")):
        history.deploy(61 + number, 4, "Production", hour=20 + number, tenant=tenant)

    found = history.of("PAY-2")
    assert found["productionPlaces"] == "3 of 3"
    assert found["inProductionSince"] == at(21.5)


def test_production_is_all_environments_of_the_stage(history: History) -> None:
    history.deploy(30, 1, "Production EU", hour=15)

    assert history.state("SHOP-1") == "in production"
    assert history.of("SHOP-2")["productionPlaces"] == "1 of 2"


def test_an_issue_waits_for_the_project_that_is_behind(history: History) -> None:
    history.release(3, "7", "SHOP-2", hour=12, project="Projects-2")
    history.deploy(30, 3, "Staging", hour=13)
    assert history.state("SHOP-2") == "partly in production"

    history.deploy(31, 3, "Production", hour=40)

    assert history.state("SHOP-2") == "in production"
    assert history.of("SHOP-2")["inProductionSince"] == at(40.5)


def test_a_deployment_whose_release_is_unknown_proves_nothing(history: History) -> None:
    history.log.remove_release(2)
    assert history.of("SHOP-2") is None
    assert history.state("SHOP-1") == "in production"


def test_what_changes_in_a_release_is_told_of_the_issues_it_no_longer_has(
    history: History,
) -> None:
    history.release(2, "1.1.0", "SHOP-5", hour=10)

    assert history.of("SHOP-2") is None
    assert history.state("SHOP-5") == "in production"
    assert history.log.dropped == {2: {"SHOP-2"}}


def test_what_changes_meanwhile_is_told_as_it_is_now(history: History) -> None:
    stages = {"Production": STAGES[-1]}
    deliveries = Deliveries(history.log, stages, len(STAGES))
    before = deliveries.of("SHOP-2")

    history.deploy(30, 1, "Production", hour=20)

    assert before
    assert before["deliveryState"] == "in production"
    after = deliveries.of("SHOP-2")
    assert after
    assert after["deliveryState"] == "rolled back"


def test_what_began_before_the_log_is_told_as_far_as_it_is_known(
    history: History,
) -> None:
    """The rest stays in the catalog as it is."""
    history.deploy(30, 1, "Production", hour=20)
    history.since = START + timedelta(hours=5)

    there, back = history.of("SHOP-1"), history.of("SHOP-2")

    assert there["deliveryState"] == "in production"
    assert "deliveryState" not in there[INCOMPLETE]
    assert "firstInProductionAt" in there[INCOMPLETE]
    assert INCOMPLETE not in back
    history.since = START + timedelta(hours=15)
    assert back["deliveryState"] == history.state("SHOP-2") == "rolled back"
    assert "deliveryState" not in history.of("SHOP-2")[INCOMPLETE]


def test_a_hotfix_does_not_tell_what_came_before_the_log(history: History) -> None:
    """Of another channel, it neither has nor lacks what was there before."""
    history.release(3, "1.1.1", "SHOP-3", hour=20, channel="Channels-2")
    history.deploy(30, 3, "Production EU", hour=21)
    history.since = START + timedelta(hours=15)

    found = history.of("SHOP-2")

    assert found["deliveryState"] == "partly in production"
    assert "deliveryState" in found[INCOMPLETE]


def release(version: str, hour: float, channel: str = "a") -> Release:
    return Release("s", "p", channel, version, hour, ())


@pytest.mark.parametrize(
    ("own", "other", "has", "lacks"),
    [
        (release("1.1", 2), release("1.0", 1), True, False),
        (release("1.0", 1), release("1.1", 2), False, True),
        (release("1.10", 2), release("1.9", 1), True, False),
        (release("1.0", 2), release("1.0.0", 1), True, False),
        (release("1.0", 2), release("1.1", 1), False, True),  # a fix of what is old
        (release("blue", 2), release("green", 1), True, False),
        (release("blue", 1), release("green", 2), False, True),
        (release("1.1", 2, "b"), release("1.0", 1), False, False),
        (release("1.1-beta", 2), release("1.0", 1), False, False),
        (release("1.1", 2), release("1.0-beta", 1), False, False),
        (release("v2", 2), release("V1.9", 1), True, False),
    ],
    ids=str,
)
def test_what_one_release_has_of_another(
    own: Release, other: Release, has: bool, lacks: bool
) -> None:
    assert (surely_has(own, other), surely_lacks(own, other)) == (has, lacks)
    assert surely_has(own, own)
    assert not surely_lacks(own, own)
