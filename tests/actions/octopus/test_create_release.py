"""A release is created once; its version tells whether it was."""

from typing import Any

import pytest

from sandbox.company import Item
from tests.actions.desk import ended
from tests.actions.octopus.desk import PROJECT, OctopusDesk

ASKED = {"project": PROJECT, "version": "77.0.0"}


def created(desk: OctopusDesk, version: str = "77.0.0") -> list[Item]:
    releases = desk.octopus.collections["releases"].values()
    return [release for release in releases if release["Version"] == version]


async def test_a_release_is_created(desk: OctopusDesk) -> None:
    asked = {**ASKED, "channel": "Default", "releaseNotes": "New"}
    kept = desk.port.state.runs.ask("create_release", asked, is_node=True)
    await desk.carry_out(kept)

    (release,) = created(desk)
    assert "77.0.0" in ended(kept, "SUCCESS")
    assert kept.shown["output"]["releaseId"] == release["Id"]
    assert release["ReleaseNotes"] == "New"


async def test_octopus_chooses_the_version(desk: OctopusDesk) -> None:
    kept = await desk.do("create_release", project=PROJECT)

    assert "Mobile Backend 9.0." in ended(kept, "SUCCESS")


async def test_a_release_that_exists_is_no_new_one(desk: OctopusDesk) -> None:
    await desk.do("create_release", **ASKED)
    kept = await desk.do("create_release", **ASKED)
    assert "exists already" in ended(kept, "FAILURE")
    kept = await desk.do("create_release", **ASKED, ignoreIfExists=True)
    ended(kept, "SUCCESS")
    assert len(created(desk)) == 1


async def test_a_lost_reply_is_looked_up_by_the_version(desk: OctopusDesk) -> None:
    desk.octopus.faults.add(method="POST", path="/create/v1$", lose=True)
    kept = await desk.do("create_release", **ASKED)

    assert len(created(desk)) == 1
    ended(kept, "SUCCESS")


@pytest.mark.parametrize("asked", [ASKED, {"project": PROJECT}], ids=str)
async def test_what_can_not_be_told_is_unknown(desk: OctopusDesk, asked: Any) -> None:
    desk.octopus.faults.add(method="POST", path="/create/v1$", drop=True)
    kept = await desk.do("create_release", **asked)

    told = ended(kept, "FAILURE")
    assert "Outcome unknown" in told
    assert "/projects/mobile-backend/deployments/releases" in told


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"channel": "Beta"}, "No channel is named 'Beta'"),
        ({"gitRef": "main"}, "leave gitRef out"),
        ({"project": "Cluster"}, "give gitRef"),
    ],
    ids=str,
)
async def test_what_does_not_fit_is_told(
    desk: OctopusDesk, given: Any, complaint: str
) -> None:
    kept = await desk.do("create_release", **{**ASKED, **given})

    assert complaint in ended(kept, "FAILURE")
    assert created(desk) == []


async def test_a_missing_permission_is_named(desk: OctopusDesk) -> None:
    desk.octopus.revoked.add(("*", "ReleaseCreate"))
    kept = await desk.do("create_release", **ASKED)

    assert "lacks the permission ReleaseCreate" in ended(kept, "FAILURE")
