"""What an event brings is, field by field, what a resync brings."""

import time
from itertools import islice
from operator import itemgetter

import pytest
from port_ocean.core.handlers.webhook.webhook_event import WebhookEventRawResults
from port_ocean.exceptions.webhook_processor import RetryableError

from client import ApiClient
from core.types import Item
from framework.event_outcome import CURRENT, Outcome
from links.issue_keys import JIRA_PROJECTS
from links.kinds import LinkKind
from octopus.kinds import OctopusKind
from octopus.resources.delivered import log_of
from octopus.resources.delivery_log import number_of
from octopus.resources.neighbours import know_history
from sandbox.company import Company
from sandbox.octopus import OctopusSandbox
from tests.octopus.test_kinds import EVERYTHING, read, selector
from tests.webhook_processors.octopus.test_events import body, client, deal, ids
from webhook_processors.octopus import PROCESSORS

__all__ = ["client"]
# The document whose events a kind is told by, as far as that is its own.
OWN = [(next(iter(p.resources)), p.document) for p in PROCESSORS if p.has_documents]
BESIDE = [
    OctopusKind.RELEASE,
    OctopusKind.CURRENT_RELEASE,
    OctopusKind.TASK,
    OctopusKind.INTERRUPTION,
    OctopusKind.APPROVAL,
]


# Octopus documents no event of these.
WITHOUT_EVENT = {OctopusKind.POLICY, OctopusKind.PROCESS_TEMPLATE}


def test_every_kind_has_an_event() -> None:
    with_event = {kind for kind, _ in OWN} | set(BESIDE)
    assert with_event == set(OctopusKind) - WITHOUT_EVENT


@pytest.mark.parametrize(("kind", "document"), OWN)
async def test_an_event_of_a_document_brings_it_as_a_resync_does(
    api: ApiClient, kind: str, document: str
) -> None:
    if kind == OctopusKind.DEPLOYMENT:  # figures are told from what was deployed before
        await know_history(api, selector(kind))
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
            event_of(deployment, "DeploymentSucceeded"),
            kind,
            **EVERYTHING.get(kind, {}),
        )
    ).updated_raw_results
    assert found in await read(api, kind)


@pytest.mark.parametrize("document", ["Deployments", "Releases"])
async def test_an_event_brings_the_delivery_of_the_issues_that_it_concerns(
    api: ApiClient, server: OctopusSandbox, company: Company, document: str
) -> None:
    api.facts[JIRA_PROJECTS] = "SHOP=1 PAY=2 MOB=3 OPS=4 DATA=5"
    deployment = company.octopus["deployments"][company.example.deployment_id]
    told = event_of(deployment, "DeploymentSucceeded")
    if document == "Releases":
        release = company.octopus["releases"][deployment["ReleaseId"]]
        told = body("Modified", release["Id"], context=release["Id"])
        told["Payload"]["Event"]["SpaceId"] = release["SpaceId"]
    await deal(told, LinkKind.ISSUE_DELIVERY)
    if document == "Releases":
        server.put("releases", release["Id"], {**release, "BuildInformation": []})

    results = await unwritten(told, LinkKind.ISSUE_DELIVERY)

    key = company.example.issue_key
    found, gone = results.updated_raw_results, results.deleted_raw_results
    assert key in {item["issueKey"] for item in (gone or found)}
    assert bool(gone) is (document == "Releases")
    again = await deal(told, LinkKind.ISSUE_DELIVERY)
    assert again.deleted_raw_results == gone
    if gone:
        assert not (await deal(told, LinkKind.ISSUE_DELIVERY)).deleted_raw_results


@pytest.mark.parametrize("document", ["Releases", "Projects"])
async def test_issues_that_left_with_it_are_told_until_that_is_written(
    api: ApiClient, server: OctopusSandbox, company: Company, document: str
) -> None:
    api.facts[JIRA_PROJECTS] = "SHOP=1 PAY=2 MOB=3 OPS=4 DATA=5"
    deployment = company.octopus["deployments"][company.example.deployment_id]
    id_ = deployment["ReleaseId" if document == "Releases" else "ProjectId"]
    told = body("Deleted", id_, context=id_)
    told["Payload"]["Event"]["SpaceId"] = deployment["SpaceId"]
    await deal(event_of(deployment, "DeploymentSucceeded"), LinkKind.ISSUE_DELIVERY)
    server.delete(document.casefold(), id_)

    first = await unwritten(told, LinkKind.ISSUE_DELIVERY)
    again = await deal(told, LinkKind.ISSUE_DELIVERY)
    after = await deal(told, LinkKind.ISSUE_DELIVERY)

    def keys(results: WebhookEventRawResults) -> set[str]:
        items = [*results.updated_raw_results, *results.deleted_raw_results]
        return {item["issueKey"] for item in items}

    assert company.example.issue_key in keys(first) == keys(again)
    assert keys(after) == set()


async def unwritten(payload: Item, kind: str) -> WebhookEventRawResults:
    """Deal with an event whose results Port does not take."""
    token = CURRENT.set(Outcome())
    try:
        return await deal(payload, kind)
    finally:
        CURRENT.reset(token)


async def test_row_41_the_same_event_of_two_subscriptions_brings_the_same(
    company: Company,
) -> None:
    deployment = company.octopus["deployments"][company.example.deployment_id]
    told = event_of(deployment, "DeploymentSucceeded")
    again = {**told, "Payload": {**told["Payload"], "Subscription": {"Id": "other"}}}
    await deal(told, OctopusKind.DEPLOYMENT)  # the first event of a process reads more
    first, second = [
        (await deal(body, OctopusKind.DEPLOYMENT)).updated_raw_results
        for body in (told, again)
    ]
    assert ids(first) == [deployment["Id"]]
    assert first == second


@pytest.mark.parametrize("kind", [*BESIDE[1:3], OctopusKind.DEPLOYMENT])
async def test_a_cancelled_task_names_what_it_did(
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


async def rolled_back(api: ApiClient, server: OctopusSandbox, company: Company) -> Item:
    """Return a rollback that has just ended, as far as the history knows."""
    back = company.octopus["deployments"][company.cases["rollback"]]
    task = company.octopus["tasks"][back["TaskId"]]
    server.put("tasks", task["Id"], {**task, "State": "Executing"})
    await know_history(api, selector(OctopusKind.DEPLOYMENT))
    server.put("tasks", task["Id"], task)
    return back


async def test_a_rollback_brings_what_it_replaces_too(
    api: ApiClient, server: OctopusSandbox, company: Company
) -> None:
    back = await rolled_back(api, server, company)
    task = company.octopus["tasks"][back["TaskId"]]
    told = event_of(back, "DeploymentSucceeded")

    results = await unwritten(told, OctopusKind.DEPLOYMENT)
    again = await deal(told, OctopusKind.DEPLOYMENT)

    assert ids(again.updated_raw_results) == ids(results.updated_raw_results)
    own, replaced = results.updated_raw_results
    assert (own["Id"], own["__isRollback"]) == (back["Id"], True)
    assert replaced["__isFailure"] is True
    assert replaced["__recoveredAt"] == task["CompletedTime"]
    assert ids((await deal(told, OctopusKind.DEPLOYMENT)).updated_raw_results) == [
        back["Id"]
    ]


async def test_others_whose_end_can_not_be_read_are_read_another_time(
    api: ApiClient, server: OctopusSandbox, company: Company
) -> None:
    back = await rolled_back(api, server, company)
    told = event_of(back, "DeploymentSucceeded")
    replaced = before(company, back)
    path = rf"/tasks(/|\?ids=){replaced['TaskId']}(&|$)"
    server.faults.add(path=path, status=403, body="<html>", times=None)

    with pytest.raises(RetryableError, match="not all of"):
        await deal(told, OctopusKind.DEPLOYMENT)
    server.faults.clear()
    results = await deal(told, OctopusKind.DEPLOYMENT)

    assert ids(results.updated_raw_results) == [back["Id"], replaced["Id"]]


async def test_without_its_history_an_event_is_done_but_others_stay_to_be_told(
    api: ApiClient, server: OctopusSandbox, company: Company
) -> None:
    back = await rolled_back(api, server, company)
    log = log_of(api, selector(OctopusKind.DEPLOYMENT))
    log.unreadable_since = time.monotonic()
    outcome = Outcome(is_written=True)
    token = CURRENT.set(outcome)
    results = await deal(event_of(back, "DeploymentSucceeded"), OctopusKind.DEPLOYMENT)
    CURRENT.reset(token)
    outcome.conclude()

    assert ids(results.updated_raw_results)[0] == back["Id"]
    assert outcome.is_done
    assert number_of(back["Id"]) in log.turned


async def test_others_that_the_key_may_not_see_are_not_asked_for_again(
    server: OctopusSandbox, company: Company
) -> None:
    back = company.octopus["deployments"][company.cases["rollback"]]
    path = rf"/deployments(/|\?ids=){before(company, back)['Id']}(&|$)"
    body = {"ErrorMessage": "You do not have permission to perform this action."}
    server.faults.add(path=path, status=403, body=body, times=None)
    outcome = Outcome(is_written=True)
    token = CURRENT.set(outcome)
    results = await deal(event_of(back, "DeploymentSucceeded"), OctopusKind.DEPLOYMENT)
    CURRENT.reset(token)

    assert ids(results.updated_raw_results) == [back["Id"]]
    assert outcome.is_done


def before(company: Company, deployment: Item) -> Item:
    """Return the deployment that came to the same place before."""

    def is_before(one: Item) -> bool:
        names = ("ProjectId", "EnvironmentId", "TenantId")
        is_there = all(one[name] == deployment[name] for name in names)
        return is_there and one["Created"] < deployment["Created"]

    everything = company.octopus["deployments"].values()
    return max(filter(is_before, everything), key=itemgetter("Created"))


async def test_others_that_can_not_be_read_cost_no_deployment_its_own_event(
    server: OctopusSandbox, company: Company
) -> None:
    back = company.octopus["deployments"][company.cases["rollback"]]
    server.faults.add(path=r"/deployments\?ids", status=403, body="{}", times=None)
    outcome = Outcome()
    token = CURRENT.set(outcome)
    results = await deal(event_of(back, "DeploymentSucceeded"), OctopusKind.DEPLOYMENT)
    CURRENT.reset(token)

    assert ids(results.updated_raw_results) == [back["Id"]]
    assert outcome.requested > outcome.found


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


def event_of(deployment: Item, category: str) -> Item:
    names = ("Id", "ProjectId", "ReleaseId", "EnvironmentId", "TaskId", "TenantId")
    payload = body(category, *(deployment[n] for n in names if deployment[n]))
    payload["Payload"]["Event"]["SpaceId"] = deployment["SpaceId"]
    return payload
