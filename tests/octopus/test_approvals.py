"""Approvals, and what deployments and runs wait for."""

import httpx
import pytest

from client import ApiClient
from core.errors import NotAvailable
from core.fetch import fetch_one
from core.trouble import Report, reporting
from core.types import Item
from octopus.kinds import OctopusKind
from octopus.resources import APPROVAL, DEPLOYMENT
from octopus.resources.approvals import add_waiting, is_pending
from sandbox.company import Company
from sandbox.octopus import OctopusSandbox
from tests.octopus.test_kinds import read, selector

VOTES = "GET /api/{id}/tasks/{id}/servertaskapproval"


async def waiting(api: ApiClient, company: Company) -> Item:
    """Return the deployment of the company that waits for an approval."""
    id_ = company.cases["approval"]
    found = {d["Id"]: d for d in await read(api, OctopusKind.DEPLOYMENT)}
    return found[id_]


async def test_pending_approvals_lead_to_what_they_hold_up(
    api: ApiClient, company: Company
) -> None:
    (approval,) = await read(api, OctopusKind.APPROVAL, pendingOnly=True)

    assert approval["__isPending"] is True
    arguments = approval["__task"]["Arguments"]
    assert arguments["DeploymentId"] == company.cases["approval"]
    assert approval["__url"].endswith(f"/tasks/{approval['ServerTaskId']}")


async def test_all_approvals_come_if_they_are_wanted(api: ApiClient) -> None:
    found = await read(api, OctopusKind.APPROVAL)

    assert {approval["__isPending"] for approval in found} == {True, False}


@pytest.mark.parametrize(
    ("active", "state", "pending"),
    [
        (True, "PreApproval", True),
        (False, "PreApproval", False),
        (True, "Approved", False),
        (True, "PostApproval", False),
        (True, "Something of 2027", False),
    ],
)
def test_an_approval_is_pending_while_votes_count(
    active: bool, state: str, pending: bool
) -> None:
    change = {"Active": active, "ChangeRequestApprovalState": state}
    assert is_pending({"ChangeRequest": change}) is pending


@pytest.mark.parametrize("change", [None, {}, {"Active": "yes"}, {"Active": True}])
def test_an_approval_of_an_odd_form_is_neither(change: Item | None) -> None:
    with pytest.raises(ValueError):
        is_pending({"ChangeRequest": change})


@pytest.mark.parametrize(("version", "old"), [("2025.4.1", True), ("2026.2.1", False)])
async def test_older_servers_have_none_and_that_is_no_error(
    api: ApiClient, server: OctopusSandbox, version: str, old: bool
) -> None:
    api.facts["version"] = version
    server.faults.add(path="servertaskapprovals", status=404, times=None)

    with reporting(Report(APPROVAL.kind)) as report:
        if old:
            with pytest.raises(NotAvailable, match=r"2026\.2 or newer"):
                await read(api, OctopusKind.APPROVAL)
        else:
            await read(api, OctopusKind.APPROVAL)

    assert bool(report.hidden) is not old


async def test_a_deployment_names_what_it_waits_for(
    api: ApiClient, server: OctopusSandbox, company: Company
) -> None:
    found = await waiting(api, company)
    live = await fetch_one(api, DEPLOYMENT, found, selector(DEPLOYMENT.kind))

    assert live == found
    types = found["__task"]["PendingInterruptionTypes"]
    assert found["__waitsFor"] == [
        *types,
        "Approval",
        "OCT272142: Octopus: Deploy to Production",
    ]
    assert found["__approval"]["Id"] == "ServerTaskApprovals-2"
    assert found["__approval"]["Approvals"] == []
    # Once in the resync, once live: no other deployment is asked.
    assert server.faults.by_pattern[VOTES] == 2


async def test_what_does_not_wait_waits_for_nothing(
    api: ApiClient, company: Company
) -> None:
    for kind in (OctopusKind.DEPLOYMENT, OctopusKind.RUNBOOK_RUN):
        for item in await read(api, kind):
            if item["Id"] != company.cases["approval"]:
                assert item["__waitsFor"] == []
                assert item["__approval"] is None


async def test_an_approval_that_was_given_is_not_waited_for(
    api: ApiClient, server: OctopusSandbox, company: Company
) -> None:
    pattern = company.octopus["servertaskapprovals"]["ServerTaskApprovals-2"]
    change = {**pattern["ChangeRequest"], "ChangeRequestApprovalState": "Approved"}
    given = {**pattern, "ChangeRequest": change}
    server.put("servertaskapprovals", given["Id"], given)

    assert (await waiting(api, company))["__approval"] is None


@pytest.mark.parametrize(
    ("status", "body", "kept"),
    [
        (403, {"ErrorMessage": "no"}, False),
        (500, {}, True),
        (200, [1], True),
        (200, {"status": "ok"}, True),
    ],
)
async def test_an_approval_that_cant_be_read_costs_itself(
    api: ApiClient,
    server: OctopusSandbox,
    company: Company,
    status: int,
    body: object,
    kept: bool,
) -> None:
    server.faults.add(path="servertaskapproval", status=status, body=body, times=None)

    found = await waiting(api, company)

    assert found["__approval"] is None
    unknown = {"__approval", "__waitsFor"}.intersection(found.get("__incomplete", []))
    assert unknown == ({"__approval", "__waitsFor"} if kept else set())
    assert "Approval" in found["__waitsFor"]


@pytest.mark.parametrize(
    "type_",
    [
        "ManualIntervention",
        "GuidedFailure",
        "PullRequestCompletion",
        "ArgoCDApplicationSync",
        "KubernetesResourceVerification",
    ],
)
async def test_interruptions_of_every_type_lead_somewhere(
    api: ApiClient, server: OctopusSandbox, company: Company, type_: str
) -> None:
    for id_, interruption in company.octopus["interruptions"].items():
        server.put("interruptions", id_, {**interruption, "Type": type_})

    found = await read(api, OctopusKind.INTERRUPTION)

    assert found
    for interruption in found:
        assert interruption["Type"] == type_
        url = httpx.URL(interruption["__url"])
        assert (
            url.fragment == f"/{interruption['SpaceId']}/tasks/{interruption['TaskId']}"
        )


@pytest.mark.parametrize("types", [None, [], [None]])
async def test_what_waits_for_something_without_a_name_waits_all_the_same(
    api: ApiClient, types: object
) -> None:
    """Servers of 2021 have the flag alone."""
    task = {"HasPendingInterruptions": True, "PendingInterruptionTypes": types}

    (found,) = await add_waiting(api, [{"__task": task}])

    assert found["__waitsFor"] == ["Interruption"]


async def test_what_waits_for_something_keeps_that_while_its_task_is_unknown(
    api: ApiClient, server: OctopusSandbox, company: Company
) -> None:
    server.faults.add(path="tasks", status=503, times=None)

    found = await waiting(api, company)

    assert {"__task", "__waitsFor"} <= {*found["__incomplete"]}
