"""What each event of Octopus brings or removes, and what is believed of it."""

from typing import Any

import pytest
from port_ocean.core.handlers.webhook.webhook_event import (
    WebhookEvent,
    WebhookEventRawResults,
)
from port_ocean.exceptions.webhook_processor import RetryableError

from client import ApiClient
from core.errors import ApiError
from core.mapping import GONE
from core.types import Item
from integration import JiraOctopusPortAppConfig
from octopus.kinds import OctopusKind
from octopus.subscription import SECRET_HEADER
from sandbox.company import Company
from sandbox.events import audit_event
from sandbox.octopus import OctopusSandbox
from webhook_processors import octopus_event
from webhook_processors.octopus import PROCESSORS
from webhook_processors.octopus_event import OctopusWebhookProcessor
from webhook_processors.octopus_payload import ids_beside
from webhook_processors.octopus_tasks import INTERRUPTED

SPACE = "Spaces-1"
# Documents and the kind that has them, for events of documents.
DOCUMENTS = [
    (processor.document, next(iter(processor.resources)))
    for processor in PROCESSORS
    if processor.document not in ("Spaces", "Interruptions") and processor.has_documents
]
EACH = pytest.mark.parametrize(("document", "kind"), DOCUMENTS)


@pytest.fixture(autouse=True)
def client(api: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let processors talk to the stand-in."""
    monkeypatch.setattr(OctopusWebhookProcessor, "client", lambda self: api)


def body(category: str, *documents: str, context: str | None = None) -> Item:
    event = audit_event(1, category, SPACE, documents, context)
    return {"EventType": "SubscriptionPayload", "Payload": {"Event": event}}


async def deal(payload: Item, kind: str, **selector: Any) -> WebhookEventRawResults:
    """Deal with an event for one kind, as the framework does."""
    event = WebhookEvent("1", payload, {})
    port = {"entity": {"mappings": {"identifier": ".Id", "blueprint": '"x"'}}}
    chosen = {"query": "true", **selector}
    resource = {"kind": kind, "selector": chosen, "port": port}
    config = JiraOctopusPortAppConfig.parse_obj({"resources": [resource]})
    (processor,) = [
        processor
        for p in PROCESSORS
        if await (processor := p(event)).should_process_event(event)
    ]
    assert await processor.validate_payload(payload)
    return await processor.handle_event(payload, config.resources[0])


def ids(items: list[Item]) -> list[str]:
    return [item["Id"] for item in items]


@EACH
async def test_rows_46_and_49_a_deleted_document_goes_without_a_request(
    server: OctopusSandbox, document: str, kind: str
) -> None:
    gone = f"{document}-999999"
    results = await deal(body("Deleted", gone, "Projects-1", context=gone), kind)
    assert ids(results.deleted_raw_results) == [gone]
    assert results.deleted_raw_results[0][GONE]
    assert server.faults.total == 0


@EACH
async def test_rows_47_and_50_what_can_not_be_found_is_gone(
    document: str, kind: str
) -> None:
    for category in ("Created", "Deleted"):
        results = await deal(body(category, f"{document}-999999"), kind)
        assert ids(results.deleted_raw_results) == [f"{document}-999999"]
        assert results.updated_raw_results == []


async def test_row_47_what_is_still_there_is_not_deleted(company: Company) -> None:
    machines = company.octopus["machines"].values()
    machine = next(m for m in machines if m["SpaceId"] == SPACE)
    results = await deal(body("Deleted", machine["Id"]), OctopusKind.MACHINE)
    assert ids(results.updated_raw_results) == [machine["Id"]]
    assert results.deleted_raw_results == []


@pytest.mark.parametrize("category", ["MachineHealthChanged", "MachineUnhealthy"])
async def test_row_53_a_machine_alone_is_read_in_the_space_of_the_event(
    company: Company, category: str
) -> None:
    machines = company.octopus["machines"].values()
    machine = next(m for m in machines if m["SpaceId"] == SPACE)
    results = await deal(body(category, machine["Id"]), OctopusKind.MACHINE)
    assert ids(results.updated_raw_results) == [machine["Id"]]


async def test_rows_43_and_52_the_state_is_what_is_read_now(
    server: OctopusSandbox, company: Company
) -> None:
    deployment = company.octopus["deployments"][company.example.deployment_id]
    task = company.octopus["tasks"][deployment["TaskId"]]
    server.put("tasks", task["Id"], {**task, "State": "Canceled"})
    related = (deployment["Id"], deployment["ProjectId"])
    for category in ("DeploymentSucceeded", "DeploymentStarted", "TaskCanceled"):
        results = await deal(body(category, *related), OctopusKind.DEPLOYMENT)
        (found,) = results.updated_raw_results
        assert found["__task"]["State"] == "Canceled"


@pytest.mark.parametrize(
    "kind", [OctopusKind.RELEASE, OctopusKind.CURRENT_RELEASE, OctopusKind.TASK]
)
async def test_a_deployment_has_what_is_beside_it_read(
    company: Company, kind: str
) -> None:
    deployment = company.octopus["deployments"][company.example.deployment_id]
    names = ("Id", "ProjectId", "ReleaseId", "EnvironmentId", "TaskId", "TenantId")
    related = [deployment[name] for name in names if deployment[name]]
    payload = body("DeploymentSucceeded", *related)
    payload["Payload"]["Event"]["SpaceId"] = deployment["SpaceId"]
    (found,) = (await deal(payload, kind)).updated_raw_results
    ref = ids_beside(payload, kind)
    assert ref is not None
    assert ref.items() <= {**found, "SpaceId": deployment["SpaceId"]}.items()


async def test_who_is_waited_for_is_read_though_no_event_names_it(
    server: OctopusSandbox, company: Company
) -> None:
    waiting = company.octopus["deployments"][company.cases["approval"]]
    interruptions = company.octopus["interruptions"].values()
    asked = next(i for i in interruptions if waiting["Id"] in i["RelatedDocumentIds"])
    payload = body("ManualInterventionInterruptionRaised", waiting["Id"])
    payload["Payload"]["Event"]["SpaceId"] = waiting["SpaceId"]
    results = await deal(payload, OctopusKind.INTERRUPTION)
    assert ids(results.updated_raw_results) == [asked["Id"]]

    server.put("interruptions", asked["Id"], {**asked, "IsPending": False})
    payload["Payload"]["Event"]["Category"] = "DeploymentResumed"
    results = await deal(payload, OctopusKind.INTERRUPTION)
    assert ids(results.deleted_raw_results) == [asked["Id"]]  # pendingOnly


@pytest.mark.parametrize("category", sorted(INTERRUPTED))
async def test_a_run_that_waits_for_somebody_is_read(
    company: Company, category: str
) -> None:
    run = next(iter(company.octopus["runbookRuns"].values()))
    payload = body(category, run["Id"])
    payload["Payload"]["Event"]["SpaceId"] = run["SpaceId"]
    results = await deal(payload, OctopusKind.RUNBOOK_RUN)
    assert ids(results.updated_raw_results) == [run["Id"]]


async def test_a_space_is_read_though_its_events_are_in_no_space() -> None:
    payload = body("Modified", SPACE, context=SPACE)
    payload["Payload"]["Event"]["SpaceId"] = None
    results = await deal(payload, OctopusKind.SPACE)
    assert ids(results.updated_raw_results) == [SPACE]


def test_what_reads_the_same_object_waits_for_each_other() -> None:
    """Among others the safety net, whose events of runs know no project."""
    deployed = body("DeploymentFailed", "Deployments-1", "Projects-2", "Releases-3")
    again = body("DeploymentQueued", "Deployments-4", "Projects-2", "Releases-5")
    edited = body("Modified", "Releases-3", context="Releases-3")
    told = body("TaskCanceled", "Deployments-1")
    first, second, third, fourth = (
        {o for p in PROCESSORS for o in objects(p(WebhookEvent("1", b, {})))}
        for b in (deployed, again, edited, told)
    )
    assert first & second
    assert first & third
    assert first & fourth
    assert not second & third


def objects(processor: OctopusWebhookProcessor) -> list[str]:
    name = processor.event_name(processor.event.payload)
    claimed = processor.saved_on | processor.gone_on
    return processor.objects() if name in claimed else []


async def test_row_45_bodies_of_old_servers_are_understood(company: Company) -> None:
    machines = company.octopus["machines"].values()
    machine = next(m for m in machines if m["SpaceId"] == SPACE)
    payload = body("Modified", machine["Id"], context=machine["Id"])
    payload["Timestamp"] = "2019-09-19T21:35:25.2151234+00:00"
    payload["Payload"]["Event"] |= {"SpaceId": {"Value": SPACE}, "Links": {"Self": {}}}
    payload["Payload"]["Subscription"] = {
        "Type": 0,
        "SpaceId": {"Value": SPACE},
        "EventNotificationSubscription": {"EmailPriority": 0},
    }
    results = await deal(payload, OctopusKind.MACHINE)
    assert ids(results.updated_raw_results) == [machine["Id"]]


async def test_trouble_that_passes_is_tried_again_and_a_refusal_is_not(
    server: OctopusSandbox, company: Company
) -> None:
    payload = body("Modified", "Machines-1", context="Machines-1")
    for status, error in ((503, RetryableError), (403, ApiError)):
        server.faults.clear()
        server.faults.add(path="machines", status=status, times=None, body="{}")
        with pytest.raises(error) as raised:
            await deal(payload, OctopusKind.MACHINE)
        assert isinstance(raised.value, RetryableError) is (status == 503)


@pytest.mark.parametrize(
    ("header", "given", "is_genuine"),
    [
        (SECRET_HEADER.lower(), "s3cret", True),
        (SECRET_HEADER.lower(), "S3cret", False),
        (SECRET_HEADER.lower(), "", False),
        (SECRET_HEADER.lower(), "s3crét", False),
        ("x-another", "s3cret", False),
    ],
)
async def test_row_39_only_the_right_secret_opens(
    monkeypatch: pytest.MonkeyPatch, header: str, given: str, is_genuine: bool
) -> None:
    monkeypatch.setattr(octopus_event, "octopus_webhook_secret", lambda: "s3cret")
    for processor in PROCESSORS:
        event = WebhookEvent("1", {}, {header: given})
        ours = processor(event)
        assert await ours.authenticate(event.payload, event.headers) is is_genuine


async def test_row_39_without_a_secret_of_ours_nothing_opens(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(octopus_event, "octopus_webhook_secret", lambda: None)
    event = WebhookEvent("1", {}, {SECRET_HEADER.lower(): ""})
    assert not await PROCESSORS[0](event).authenticate({}, event.headers)
