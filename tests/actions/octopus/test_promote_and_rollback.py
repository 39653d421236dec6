"""A release goes on to the next environment, or the one before it comes back."""

from typing import Any

import pytest

from sandbox.octopus.tasks import advance
from tests.actions.desk import ended
from tests.actions.octopus.desk import PROJECT, OctopusDesk

PROMOTE = {"project": PROJECT, "fromEnvironment": "Development"}
BACK = {"project": PROJECT, "environment": "Development"}


def release_of(desk: OctopusDesk, deployment: Any) -> str:
    release = desk.octopus.collections["releases"][deployment["ReleaseId"]]
    return str(release["Version"])


def assembled(desk: OctopusDesk, version: str, year: int) -> Any:
    """Add a release of a year."""
    release = desk.release(version=version)
    dated = release | {"Assembled": f"{year}-01-01T00:00:00.000+00:00"}
    desk.octopus.put("releases", release["Id"], dated)
    return dated


async def test_what_is_there_goes_to_the_next_environment(desk: OctopusDesk) -> None:
    await desk.deployed(desk.release(version="99.1.0"), "Development")
    failed = desk.release(version="99.2.0")["Version"]
    asked = {"project": PROJECT, "release": failed, "environment": "Development"}
    (other,) = desk.deployments(await desk.do("deploy_release", **asked))
    await desk.end(other, "Failed")

    kept = await desk.do("promote_release", **PROMOTE)

    (deployment,) = desk.deployments(kept)
    assert release_of(desk, deployment) == "99.1.0"
    staging = desk.octopus.collections["environments"][deployment["EnvironmentId"]]
    assert staging["Name"] == "Staging"
    await desk.end(deployment)
    ended(kept, "SUCCESS")


async def test_there_is_nothing_after_the_last_environment(desk: OctopusDesk) -> None:
    asked = {**PROMOTE, "fromEnvironment": "Production"}
    release = desk.release()["Version"]
    kept = await desk.do("promote_release", **asked, release=release)

    assert "is in the last phase" in ended(kept, "FAILURE")


async def test_several_next_environments_are_named(desk: OctopusDesk) -> None:
    await desk.deployed(desk.release(), "Development")
    lifecycle = desk.named("projects", PROJECT)["LifecycleId"]
    phases = desk.octopus.collections["lifecycles"][lifecycle]["Phases"]
    phases[1]["OptionalDeploymentTargets"].append(
        desk.named("environments", "QA")["Id"]
    )
    kept = await desk.do("promote_release", **PROMOTE)
    told = ended(kept, "FAILURE")
    assert "QA, Staging" in told
    assert "give toEnvironment" in told

    kept = await desk.do("promote_release", **PROMOTE, toEnvironment="QA")
    assert len(desk.deployments(kept)) == 1


async def test_nothing_can_be_promoted_from_an_empty_environment(
    desk: OctopusDesk,
) -> None:
    kept = await desk.do(
        "promote_release", project=PROJECT, fromEnvironment="Playground"
    )
    assert "was deployed to Playground with success" in ended(kept, "FAILURE")


async def test_the_last_good_release_comes_back(desk: OctopusDesk) -> None:
    await desk.deployed(assembled(desk, "90.0.0", 2030), "Development")
    await desk.deployed(assembled(desk, "91.0.0", 2031), "Development")
    bad = assembled(desk, "92.0.0", 2032)["Version"]
    asked = {"project": PROJECT, "release": bad, "environment": "Development"}
    (failed,) = desk.deployments(await desk.do("deploy_release", **asked))
    await desk.end(failed, "Failed")

    kept = await desk.do("rollback", **BACK)

    (deployment,) = desk.deployments(kept)
    assert release_of(desk, deployment) == "91.0.0"
    await desk.end(deployment)
    ended(kept, "SUCCESS")
    # It goes on backward, not to the release that was given up.
    kept = await desk.do("rollback", **BACK)
    (deployment,) = desk.deployments(kept)
    assert release_of(desk, deployment) == "90.0.0"


async def test_what_is_scheduled_is_not_there_yet(desk: OctopusDesk) -> None:
    await desk.deployed(assembled(desk, "90.0.0", 2030), "Development")
    await desk.deployed(assembled(desk, "91.0.0", 2031), "Development")
    later = assembled(desk, "92.0.0", 2032)["Version"]
    asked = {"project": PROJECT, "release": later, "environment": "Development"}
    await desk.do("deploy_release", **asked, runAt="2099-01-01T20:00:00Z")

    kept = await desk.do("rollback", **BACK)

    (deployment,) = desk.deployments(kept)
    assert release_of(desk, deployment) == "90.0.0"


async def test_a_lost_rollback_is_found_though_it_is_the_newest_now(
    desk: OctopusDesk,
) -> None:
    await desk.deployed(assembled(desk, "90.0.0", 2030), "Development")
    await desk.deployed(assembled(desk, "91.0.0", 2031), "Development")
    desk.octopus.faults.add(method="POST", path="/deployments$", lose=True)

    kept = await desk.do("rollback", **BACK)

    (deployment,) = desk.deployments(kept)
    assert release_of(desk, deployment) == "90.0.0"
    advance(desk.octopus, deployment["TaskId"], "Success")
    await desk.watch.look()
    ended(kept, "SUCCESS")


async def test_without_an_older_release_nothing_is_rolled_back(
    desk: OctopusDesk,
) -> None:
    await desk.deployed(assembled(desk, "1.0.0", 1990), "Development")
    kept = await desk.do("rollback", **BACK)

    assert "older than 1.0.0" in ended(kept, "FAILURE")


@pytest.mark.parametrize(
    ("action", "asked"), [("promote_release", PROMOTE), ("rollback", BACK)]
)
async def test_unknown_environments_are_told(
    desk: OctopusDesk, action: str, asked: Any
) -> None:
    asked = {
        name: "Developmet" if v == "Development" else v for name, v in asked.items()
    }
    kept = await desk.do(action, **asked)

    assert "There is Development" in ended(kept, "FAILURE")
