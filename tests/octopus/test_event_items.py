"""What an event brings is, field by field, what a resync brings."""

from itertools import islice

import pytest

from client import ApiClient
from core.types import Item
from octopus.kinds import OctopusKind
from sandbox.company import Company
from sandbox.octopus import OctopusSandbox
from tests.octopus.test_events import body, client, deal, ids
from tests.octopus.test_kinds import EVERYTHING, read
from webhook_processors.octopus import PROCESSORS

__all__ = ["client"]
# The document whose events a kind is told by, as far as that is its own.
OWN = [(next(iter(p.resources)), p.document) for p in PROCESSORS if p.has_documents]
BESIDE = [
    OctopusKind.RELEASE,
    OctopusKind.CURRENT_RELEASE,
    OctopusKind.TASK,
    OctopusKind.INTERRUPTION,
]


def test_every_kind_is_told_by_an_event() -> None:
    assert {kind for kind, _ in OWN} | set(BESIDE) == set(OctopusKind)


@pytest.mark.parametrize(("kind", "document"), OWN)
async def test_an_event_of_a_document_brings_it_as_a_resync_does(
    api: ApiClient, kind: str, document: str
) -> None:
    items = await read(api, kind)
    told = [item for item in items if item["Id"].startswith(f"{document}-")]
    for listed in islice(told, 0, 20, 5):
        payload = body("Modified", listed["Id"], context=listed["Id"])
        payload["Payload"]["Event"]["SpaceId"] = listed.get("SpaceId")
        results = await deal(payload, kind, **EVERYTHING.get(kind, {}))
        assert results.updated_raw_results == [listed]
    assert told


@pytest.mark.parametrize("kind", BESIDE)
async def test_an_event_of_a_deployment_brings_what_is_beside_it_as_a_resync_does(
    api: ApiClient, company: Company, kind: str
) -> None:
    deployment = company.octopus["deployments"][company.example.deployment_id]
    (found,) = (
        await deal(
            told_of(deployment, "DeploymentSucceeded"),
            kind,
            **EVERYTHING.get(kind, {}),
        )
    ).updated_raw_results
    assert found in await read(api, kind)


async def test_row_41_the_same_event_of_two_subscriptions_brings_the_same(
    company: Company,
) -> None:
    deployment = company.octopus["deployments"][company.example.deployment_id]
    told = told_of(deployment, "DeploymentSucceeded")
    again = {**told, "Payload": {**told["Payload"], "Subscription": {"Id": "other"}}}
    first, second = [
        (await deal(body, OctopusKind.DEPLOYMENT)).updated_raw_results
        for body in (told, again)
    ]
    assert ids(first) == [deployment["Id"]]
    assert first == second


@pytest.mark.parametrize("kind", [*BESIDE[1:3], OctopusKind.DEPLOYMENT])
async def test_a_task_that_was_cancelled_tells_what_it_did(
    api: ApiClient, company: Company, kind: str
) -> None:
    deployment = company.octopus["deployments"][company.example.deployment_id]
    payload = body("TaskCanceled", deployment["TaskId"])
    payload["Payload"]["Event"]["SpaceId"] = deployment["SpaceId"]
    results = await deal(payload, kind, **EVERYTHING.get(kind, {}))
    (found,) = results.updated_raw_results
    assert found in await read(api, kind)
    assert found["ProjectId"] == deployment["ProjectId"]
    # It did not run a runbook; nothing is gone because of that.
    results = await deal(payload, OctopusKind.RUNBOOK_RUN)
    assert (results.updated_raw_results, results.deleted_raw_results) == ([], [])


async def test_a_cancelled_task_that_is_gone_is_gone() -> None:
    payload = body("TaskCanceled", "ServerTasks-999999")
    results = await deal(payload, OctopusKind.TASK)
    assert [item["Id"] for item in results.deleted_raw_results] == [
        "ServerTasks-999999"
    ]
    results = await deal(payload, OctopusKind.DEPLOYMENT)
    assert (results.updated_raw_results, results.deleted_raw_results) == ([], [])


async def test_being_asked_to_come_again_at_once_loses_no_event(
    server: OctopusSandbox, company: Company
) -> None:
    now = {"Retry-After": "0"}
    server.faults.add(path="/machines/", status=429, headers=now, body="{}")
    machine = next(iter(company.octopus["machines"].values()))
    payload = body("MachineUnhealthy", machine["Id"])
    payload["Payload"]["Event"]["SpaceId"] = machine["SpaceId"]
    (found,) = (await deal(payload, OctopusKind.MACHINE)).updated_raw_results
    assert found["Id"] == machine["Id"]


def told_of(deployment: Item, category: str) -> Item:
    names = ("Id", "ProjectId", "ReleaseId", "EnvironmentId", "TaskId", "TenantId")
    payload = body(category, *(deployment[n] for n in names if deployment[n]))
    payload["Payload"]["Event"]["SpaceId"] = deployment["SpaceId"]
    return payload
