"""Deployments that an earlier process has started are waited for by the next one."""

from collections.abc import Callable
from typing import Any

import pytest

import actions.octopus.watch as watch_module
from sandbox.fault_rules import Rule
from sandbox.octopus.tasks import advance
from tests.actions.desk import ended, kill_at
from tests.actions.octopus.desk import PORTAL, OctopusDesk
from tests.actions.octopus.test_deploy_release import ASKED

type Open = Callable[[], OctopusDesk]


@pytest.fixture
def no_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the end of a run to be left to us at once."""
    monkeypatch.setattr(watch_module, "GRACE_SECONDS", 0.0)


def for_tenants(desk: OctopusDesk) -> dict[str, Any]:
    """Return what deploys a new release for tenants, whose lifecycle begins there."""
    lifecycle = desk.named("projects", PORTAL)["LifecycleId"]
    desk.octopus.collections["lifecycles"][lifecycle]["Phases"].pop(0)
    version = desk.release(PORTAL)["Version"]
    return {"project": PORTAL, "release": version, "environment": "Staging"}


@pytest.mark.usefixtures("no_grace")
async def test_a_deployment_is_taken_up_after_a_restart(open_desk: Open) -> None:
    desk, later = open_desk(), open_desk()
    desk.release()
    kept = await desk.do("deploy_release", **ASKED)
    (deployment,) = desk.deployments(kept)
    for _ in range(2):
        await later.recovery().look()
    advance(desk.octopus, deployment["TaskId"], "Failed", errors=("No space left",))

    await later.watch.look()

    assert "No space left" in ended(kept, "FAILURE")
    assert desk.posts("deployments") == 1


@pytest.mark.usefixtures("no_grace")
async def test_all_tenants_are_found_by_the_mark(open_desk: Open) -> None:
    desk, later = open_desk(), open_desk()
    asked = for_tenants(desk)
    kept = await desk.do("deploy_release", **asked, tenantTags="Ring/Alpha")
    found = desk.deployments(kept)
    assert len(found) > 1
    await later.recovery().look()

    for deployment in found:
        assert kept.is_open
        advance(desk.octopus, deployment["TaskId"], "Success")
        await later.watch.look()

    ended(kept, "SUCCESS")


async def test_who_has_started_it_ends_it(open_desk: Open) -> None:
    desk, later = open_desk(), open_desk()
    desk.release()
    kept = await desk.do("deploy_release", **ASKED)
    (deployment,) = desk.deployments(kept)
    await later.recovery().look()
    advance(desk.octopus, deployment["TaskId"], "Success")
    await later.watch.look()
    assert kept.is_open

    await desk.watch.look()
    await later.watch.look()

    ended(kept, "SUCCESS")


@pytest.mark.usefixtures("no_grace")
async def test_what_is_no_longer_found_is_unknown(open_desk: Open) -> None:
    desk, later = open_desk(), open_desk()
    desk.release()
    kept = await desk.do("deploy_release", **ASKED)
    (deployment,) = desk.deployments(kept)
    desk.octopus.delete("tasks", deployment["TaskId"])
    await later.recovery().look()

    await later.watch.look()

    assert "Outcome unknown" in ended(kept, "FAILURE")


@pytest.mark.usefixtures("no_grace")
async def test_what_port_posted_is_taken_up_though_port_does_not_show_it(
    open_desk: Open,
) -> None:
    desk, later = open_desk(), open_desk()
    desk.release()
    kept = await desk.do("deploy_release", **ASKED)
    (deployment,) = desk.deployments(kept)
    kept.shown["payload"] = {"type": "WEBHOOK"}
    kept.shown["action"] = {"identifier": "sandbox-deploy_release"}
    await later.recovery().look()
    advance(desk.octopus, deployment["TaskId"], "Success")

    await later.watch.look()

    ended(kept, "SUCCESS")


async def test_what_cannot_be_looked_up_any_more_is_unknown(open_desk: Open) -> None:
    desk, later = open_desk(), open_desk()
    kept = await desk.do("deploy_release", **for_tenants(desk), tenantTags="Ring/Alpha")
    desk.named("projects", PORTAL)["Name"] = "Renamed"

    await later.recovery().look()

    told = ended(kept, "FAILURE")
    assert "Outcome unknown" in told and kept.shown["link"] in told


async def test_trouble_with_octopus_ends_no_run_that_waits(open_desk: Open) -> None:
    desk, later = open_desk(), open_desk()
    kept = await desk.do("deploy_release", **for_tenants(desk), tenantTags="Ring/Alpha")
    desk.octopus.faults.add(path="/api/", status=401, times=None)

    await later.recovery().look()

    assert kept.is_open


async def test_all_tenants_get_theirs_though_a_reply_is_lost(desk: OctopusDesk) -> None:
    asked = for_tenants(desk)
    desk.octopus.faults.add(method="POST", path="/deployments$", lose=True)
    kept = await desk.do("deploy_release", **asked, tenants=["Acme", "Globex"])

    first, second = desk.deployments(kept)
    assert first["TenantId"] != second["TenantId"]
    await desk.end(first)
    await desk.end(second)
    ended(kept, "SUCCESS")


async def test_half_of_the_tenants_is_no_success(desk: OctopusDesk) -> None:
    asked = for_tenants(desk)
    desk.octopus.faults.add(method="POST", path="/deployments$", drop=True, skip=1)
    kept = await desk.do("deploy_release", **asked, tenants=["Acme", "Globex"])
    (deployment,) = desk.deployments(kept)

    await desk.end(deployment)

    told = ended(kept, "FAILURE")
    assert "1 of 2 were not started" in told
    assert "to Staging: Success" in told


async def test_half_of_the_tenants_is_no_success_without_waiting_either(
    desk: OctopusDesk,
) -> None:
    asked = for_tenants(desk) | {"waitForCompletion": False}
    desk.octopus.faults.add(method="POST", path="/deployments$", drop=True, skip=1)
    kept = await desk.do("deploy_release", **asked, tenants=["Acme", "Globex"])

    assert "1 of 2 were not started" in ended(kept, "FAILURE")
    assert kept.shown["statusLabel"] == "Incomplete"


async def test_a_refusal_for_one_tenant_leaves_the_others_waited_for(
    desk: OctopusDesk,
) -> None:
    asked = for_tenants(desk)
    said = {"ErrorMessage": "Globex is not ready"}
    refusal = Rule(method="POST", path="/deployments$", skip=1, status=400, body=said)
    desk.octopus.faults.add(refusal)
    kept = await desk.do("deploy_release", **asked, tenants=["Acme", "Globex"])
    (deployment,) = desk.deployments(kept)
    assert kept.is_open
    assert any("Not started for Staging for Globex" in line for line in kept.logs)
    assert any("Globex is not ready" in line for line in kept.logs)

    await desk.end(deployment)

    assert "1 of 2 were not started" in ended(kept, "FAILURE")


async def test_a_deployment_whose_process_ended_at_once_is_waited_for(
    open_desk: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("actions.recovery.LEFT_BEHIND", 0)
    desk, later = open_desk(), open_desk()
    desk.release()
    kept = desk.ask("deploy_release", **ASKED)
    # It arrives, but the process ends while it looks for the lost reply.
    desk.octopus.faults.add(method="POST", path="/deployments$", lose=True)
    looking = Rule(path=r"/deployments\?projects=")
    await kill_at(desk, kept, desk.octopus.faults, looking)

    await later.recovery().look()

    assert kept.is_open
    (deployment,) = desk.deployments(kept)
    advance(desk.octopus, deployment["TaskId"], "Success")
    await later.watch.look()
    ended(kept, "SUCCESS")
    assert desk.posts("deployments") == 1
