"""A release is deployed once, and the run ends as its tasks do."""

from collections.abc import Callable
from typing import Any

import pytest

from core.site import FIRST, Site
from sandbox.company import Item
from sandbox.octopus.tasks import advance, hold
from tests.actions.desk import ended
from tests.actions.octopus.desk import PORTAL, PROJECT, OctopusDesk
from tests.actions.test_create_issue import DOWN

ASKED = {"project": PROJECT, "release": "99.1.0", "environment": "Development"}
PROMPT: Item = {
    "Name": "element-1",
    "IsValueRequired": True,
    "Control": {"Type": "VariableValue", "Name": "Ticket", "Label": "Change ticket"},
}


async def test_a_deployment_is_followed_to_its_end(desk: OctopusDesk) -> None:
    desk.release()
    kept = await desk.do("deploy_release", **ASKED)

    (deployment,) = desk.deployments(kept)
    task = deployment["TaskId"]
    assert kept.is_open
    assert kept.shown["link"].endswith(f"/app#/{deployment['SpaceId']}/tasks/{task}")
    await desk.watch.look()
    assert "Queued" in kept.logs[-1]
    advance(desk.octopus, task, "Executing")
    for _ in range(2):
        await desk.watch.look()
    assert "Executing" in kept.logs[-1]
    assert kept.shown["link"] in kept.logs[-1]
    before = len(kept.logs)

    await desk.end(deployment)

    assert "Deploy Mobile Backend release 99.1.0 to Development" in ended(
        kept, "SUCCESS"
    )
    assert len(kept.logs) == before + 1


async def test_it_says_whose_approval_it_waits_for(desk: OctopusDesk) -> None:
    desk.release()
    kept = await desk.do("deploy_release", **ASKED)
    (deployment,) = desk.deployments(kept)
    team = desk.named("teams", "Octopus Administrators")["Id"]
    hold(desk.octopus, deployment["TaskId"], team, "ManualIntervention")

    await desk.watch.look()

    assert "waits for approval by Octopus Administrators" in kept.logs[-1]
    assert kept.is_open


async def test_it_says_that_it_waits_for_an_approval_before_it_starts(
    desk: OctopusDesk,
) -> None:
    desk.release()
    kept = await desk.do("deploy_release", **ASKED)
    (deployment,) = desk.deployments(kept)
    task = desk.octopus.collections["tasks"][deployment["TaskId"]]
    waits = {"HasPendingPreconditions": True, "PendingPreconditionTypes": ["Approval"]}
    desk.octopus.put("tasks", task["Id"], task | waits)

    await desk.watch.look()

    assert "waits for: Approval" in kept.logs[-1]


async def test_a_start_that_port_did_not_take_is_not_told_after_the_end(
    desk: OctopusDesk,
) -> None:
    desk.release()
    kept = desk.ask("deploy_release", **ASKED)
    # The two marks before the change are taken, that of the start isn't.
    desk.port.state.faults.add(**DOWN, skip=2)
    await desk.carry_out(kept)
    assert "/tasks/" not in kept.shown["link"]
    (deployment,) = desk.deployments(kept)

    await desk.end(deployment)
    await desk.actions.report_again()

    ended(kept, "SUCCESS")
    assert kept.shown["externalRunId"] == kept.shown["id"]


async def test_a_failure_has_the_last_errors_of_the_log(desk: OctopusDesk) -> None:
    desk.release()
    kept = await desk.do("deploy_release", **ASKED)
    (deployment,) = desk.deployments(kept)
    errors = [f"line {number}" for number in range(1, 8)]

    await desk.end(deployment, "Failed", *errors)

    told = ended(kept, "FAILURE")
    assert "one or more steps failed" in told
    assert "line 3\nline 4\nline 5\nline 6\nline 7\n" in told
    assert "line 2" not in told
    assert kept.shown["link"] in told


async def test_a_task_that_is_gone_is_unknown(desk: OctopusDesk) -> None:
    desk.release()
    kept = await desk.do("deploy_release", **ASKED)
    (deployment,) = desk.deployments(kept)
    desk.octopus.delete("tasks", deployment["TaskId"])

    await desk.watch.look()

    assert "Outcome unknown" in ended(kept, "FAILURE")


async def test_trouble_does_not_end_the_wait(desk: OctopusDesk) -> None:
    desk.release()
    kept = await desk.do("deploy_release", **ASKED)
    (deployment,) = desk.deployments(kept)
    desk.octopus.faults.add(method="GET", path="/tasks", status=400, times=2)

    await desk.end(deployment)
    assert kept.is_open
    await desk.watch.look()

    ended(kept, "SUCCESS")


async def test_nobody_waits_if_nobody_wants_to(desk: OctopusDesk) -> None:
    desk.release()
    kept = await desk.do("deploy_release", **ASKED, waitForCompletion=False)

    (deployment,) = desk.deployments(kept)
    assert deployment["TaskId"] in ended(kept, "SUCCESS")


@pytest.mark.parametrize("fault", [{"lose": True}, {"truncate": True}], ids=str)
async def test_a_lost_reply_is_looked_up(desk: OctopusDesk, fault: Any) -> None:
    desk.release()
    desk.octopus.faults.add(method="POST", path="/deployments$", **fault)

    kept = await desk.do("deploy_release", **ASKED, comment="Hello")

    (deployment,) = desk.deployments(kept)
    assert deployment["Comments"].startswith("Hello\n")
    assert kept.is_open
    await desk.end(deployment)
    ended(kept, "SUCCESS")


async def test_a_look_that_fails_says_nothing_of_the_change(desk: OctopusDesk) -> None:
    desk.release()
    desk.octopus.faults.add(method="POST", path="/deployments$", lose=True)
    desk.octopus.faults.add(path=r"/deployments\?projects=", status=400, times=2)

    kept = await desk.do("deploy_release", **ASKED)

    assert len(desk.deployments(kept)) == 1
    assert kept.is_open


@pytest.mark.parametrize("fault", [{"drop": True}, {"status": 503}], ids=str)
async def test_what_never_arrived_is_unknown_and_not_sent_again(
    desk: OctopusDesk, fault: Any
) -> None:
    desk.release()
    desk.octopus.faults.add(method="POST", path="/deployments$", **fault)

    kept = await desk.do("deploy_release", **ASKED)

    assert desk.deployments(kept) == []
    told = ended(kept, "FAILURE")
    assert "Outcome unknown" in told
    assert "/projects/mobile-backend/deployments" in told
    assert desk.posts("deployments") == 1


async def test_missing_variables_are_named_before_anything_is_sent(
    desk: OctopusDesk,
) -> None:
    project = desk.release()["ProjectId"]
    desk.octopus.prompts[project] = [PROMPT]
    kept = await desk.do("deploy_release", **ASKED)

    told = ended(kept, "FAILURE")
    assert "Prompted variables need a value: Ticket" in told
    assert desk.posts("deployments") == 0
    for name in ("ticket", "Change ticket"):
        kept = await desk.do("deploy_release", **ASKED, variables={name: "CHG-1"})
        (deployment,) = desk.deployments(kept)
        assert deployment["FormValues"] == {"element-1": "CHG-1"}


async def test_a_variable_that_is_not_prompted_for_is_refused(
    desk: OctopusDesk,
) -> None:
    desk.release()
    kept = await desk.do("deploy_release", **ASKED, variables={"Tikcet": "x"})

    assert "No variable Tikcet is prompted for" in ended(kept, "FAILURE")
    assert desk.posts("deployments") == 0


async def test_the_lifecycle_says_where_a_release_may_go(desk: OctopusDesk) -> None:
    desk.release()
    kept = await desk.do("deploy_release", **{**ASKED, "environment": "Production"})

    told = ended(kept, "FAILURE")
    assert "The phase Production is not reached yet" in told
    assert "It may go to Development" in told
    assert "Nothing was changed" in told


async def test_a_blocked_release_is_told(desk: OctopusDesk) -> None:
    release = desk.release()
    await desk.deployed(release, "Development")
    desk.octopus.blocked_releases.add(release["Id"])
    kept = await desk.do("deploy_release", **{**ASKED, "environment": "Staging"})

    assert "The phase Staging is blocked" in ended(kept, "FAILURE")


async def test_a_freeze_is_named(desk: OctopusDesk) -> None:
    shop = {"project": "Web Shop"}
    release = desk.release("Web Shop")
    await desk.deployed(release, "Development", "Staging", **shop)
    freezes = desk.octopus.collections["deploymentfreezes"]
    stocktaking = next(one for one in freezes.values() if one["Name"] == "Stocktaking")
    development = desk.named("environments", "Development")["Id"]
    elsewhere = {"ProjectEnvironmentScope": {release["ProjectId"]: [development]}}
    other = stocktaking | elsewhere | {"Id": "DeploymentFreezes-9", "Name": "Elsewhere"}
    freezes[other["Id"]] = other
    asked = {**ASKED, **shop, "environment": "Production"}
    kept = await desk.do("deploy_release", **asked)

    told = ended(kept, "FAILURE")
    assert "'Stocktaking' is in force until" in told
    assert "Elsewhere" not in told
    assert "Nothing was changed" in told


async def test_a_missing_permission_is_named(desk: OctopusDesk) -> None:
    desk.release()
    desk.octopus.revoked.add(("*", "DeploymentCreate"))
    kept = await desk.do("deploy_release", **ASKED)

    assert "The account lacks the permission DeploymentCreate" in ended(kept, "FAILURE")


async def test_tenants_get_a_deployment_each(desk: OctopusDesk) -> None:
    release = desk.release(PORTAL)
    asked = {"project": PORTAL, "release": release["Version"]}
    desk.octopus.collections["lifecycles"][
        desk.named("projects", PORTAL)["LifecycleId"]
    ]["Phases"].pop(0)
    kept = await desk.do(
        "deploy_release", **asked, environment="Staging", tenants="Acme, Globex"
    )

    first, second = desk.deployments(kept)
    tenants = {desk.named("tenants", name)["Id"] for name in ("Acme", "Globex")}
    assert {first["TenantId"], second["TenantId"]} == tenants
    await desk.end(first)
    assert kept.is_open
    await desk.end(second)
    ended(kept, "SUCCESS")


async def test_a_tenanted_project_needs_tenants(desk: OctopusDesk) -> None:
    asked = {"project": PORTAL, "release": desk.release(PORTAL)["Version"]}
    kept = await desk.do("deploy_release", **asked, environment="Staging")

    told = ended(kept, "FAILURE")
    assert "needs tenants in Staging" in told
    assert "Acme" in told


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"project": "Mobile Backen"}, "There is Mobile Backend"),
        ({"release": "99.1"}, "No release of Mobile Backend '99.1' is visible"),
        ({"environment": "Prod"}, "There is Production"),
        ({"space": "Defautl"}, "There is Default"),
        ({"tenants": ["Acme"]}, "No tenant of Mobile Backend in Development 'Acme'"),
        ({"runAt": "tomorrow"}, "runAt must be a time"),
        ({"noRunAfter": "2026-12-01T20:00:00Z"}, "noRunAfter needs runAt"),
        ({"variables": "[]"}, "variables must be a JSON object"),
    ],
    ids=str,
)
async def test_bad_inputs_cost_no_change(
    desk: OctopusDesk, given: Any, complaint: str
) -> None:
    desk.release()
    kept = await desk.do("deploy_release", **{**ASKED, **given})

    assert complaint in ended(kept, "FAILURE")
    assert desk.posts("deployments") == 0


async def test_a_scheduled_deployment_says_when(desk: OctopusDesk) -> None:
    desk.release()
    kept = await desk.do("deploy_release", **ASKED, runAt="2099-01-01T20:00:00Z")
    await desk.watch.look()

    assert "Scheduled for 2099-01-01 20:00" in kept.logs[-1]


async def test_ephemeral_environments_are_found(desk: OctopusDesk) -> None:
    desk.release()
    environments = desk.octopus.collections["environments"].values()
    ephemeral = next(one for one in environments if one.get("Type") == "Ephemeral")
    kept = await desk.do("deploy_release", **{**ASKED, "environment": ephemeral["Id"]})

    # Its channel is another one.
    assert "No phase of its lifecycle has that environment" in ended(kept, "FAILURE")


@pytest.mark.parametrize("site", [FIRST, Site("test", "test/")], ids=["first", "test"])
async def test_ids_of_the_catalog_name_everything_and_need_no_list_of_projects(
    open_desk: Callable[..., OctopusDesk], site: Site
) -> None:
    desk = open_desk(site)
    release = desk.release()
    ids = {
        "project": release["ProjectId"],
        "release": release["Id"],
        "environment": desk.named("environments", "Development")["Id"],
        "space": release["SpaceId"],
    }
    asked = {name: f"{site.scope}{id_}" for name, id_ in ids.items()}
    kept = await desk.do("deploy_release", **asked)

    (deployment,) = desk.deployments(kept)
    assert desk.octopus.faults.by_pattern["GET /api/{id}/projects"] == 0
    await desk.end(deployment)
    ended(kept, "SUCCESS")
    asked["project"] = f"{site.scope}Projects-999"
    kept = await desk.do("deploy_release", **asked)
    assert "No project 'Projects-999' is visible" in ended(kept, "FAILURE")
