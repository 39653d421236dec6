"""What each event of Octopus brings or removes, and what is believed of it."""

from typing import Any

import pytest
from port_ocean.core.handlers.webhook.webhook_event import (
    WebhookEvent,
    WebhookEventRawResults,
    WebhookRequestAdapter,
)
from port_ocean.core.models import Entity
from port_ocean.exceptions.webhook_processor import RetryableError

from client import ApiClient
from core.errors import ApiError
from core.site import FIRST
from core.trouble import INCOMPLETE
from core.types import Item
from framework.entity_processor import GONE
from integration import JiraOctopusPortAppConfig
from links.kinds import LinkKind
from octopus.kinds import OctopusKind
from octopus.resources.progression import place_of
from octopus.sender import OctopusSender
from octopus.subscription import SECRET_HEADER
from sandbox.company import Company
from sandbox.events import audit_event
from sandbox.octopus import OctopusSandbox
from tests.octopus.test_kinds import EVERYTHING
from webhook_processors.octopus import PROCESSORS, owners
from webhook_processors.octopus.base import OctopusWebhookProcessor
from webhook_processors.octopus.deployments import DeploymentWebhookProcessor
from webhook_processors.octopus.executions import (
    INTERRUPTED,
)
from webhook_processors.octopus.owners import (
    OwnerWebhookProcessor,
    ProjectWebhookProcessor,
    ReleaseWebhookProcessor,
)
from webhook_processors.octopus.payload import ids_beside

SPACE = "Spaces-1"
# Documents and the kind that has them, for events of documents.
DOCUMENTS = [
    (processor.document, next(iter(processor.resources)))
    for processor in PROCESSORS
    if processor.document not in ("Spaces", "Interruptions") and processor.has_documents
]
EACH = pytest.mark.parametrize(("document", "kind"), DOCUMENTS)
# Where the stand-in has the documents, and what else says that one is gone.
COLLECTED = {document: document.lower() for document, _ in DOCUMENTS}
COLLECTED["RunbookRuns"] = "runbookRuns"
GONE_CATEGORIES = {p.document: p.gone_categories for p in PROCESSORS}


@pytest.fixture(autouse=True)
def client(api: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let processors talk to the stand-in."""
    monkeypatch.setattr(OctopusWebhookProcessor, "api", api)


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
    assert kind in await processor.get_matching_kinds(event)
    return await processor.handle_event(payload, config.resources[0])


def ids(items: list[Item]) -> list[str]:
    return [item["Id"] for item in items]


@EACH
async def test_rows_46_and_49_a_deleted_document_goes_and_not_its_parents(
    document: str, kind: str
) -> None:
    gone = f"{document}-999999"
    results = await deal(body("Deleted", gone, "Projects-1", context=gone), kind)
    assert ids(results.deleted_raw_results) == [gone]
    assert results.deleted_raw_results[0][GONE]


@EACH
async def test_an_event_removes_nothing_that_is_still_there(
    company: Company, document: str, kind: str
) -> None:
    collection = next(c for d, c in COLLECTED.items() if d == document)
    items = company.octopus[collection].values()
    there = next(i for i in items if str(i["Id"]).startswith(f"{document}-"))
    for category in sorted({"Deleted", *GONE_CATEGORIES.get(document, ())}):
        payload = body(category, there["Id"], context=there["Id"])
        payload["Payload"]["Event"]["SpaceId"] = there.get("SpaceId")
        results = await deal(payload, kind, **EVERYTHING.get(kind, {}))
        first, *others = results.updated_raw_results
        assert first["Id"] == there["Id"]
        # With the first event of a process, others at its place come, too.
        place = {(one["ProjectId"], one["EnvironmentId"]) for one in others}
        assert not place or place == {(there["ProjectId"], there["EnvironmentId"])}
        assert results.deleted_raw_results == []


HTML = "<html>default backend - 404</html>"
NO_PROOF: list[Item] = [
    {"status": 404, "body": HTML},
    {"status": 404, "body": {"message": "no Route matched"}},
    {"status": 410, "body": HTML},
    {"status": 200, "body": "null"},
    {"status": 503, "body": HTML},
]


@pytest.mark.parametrize("reply", NO_PROOF)
async def test_nobody_elses_word_removes_anything(
    server: OctopusSandbox, reply: Item
) -> None:
    server.faults.add(path="-999999", times=None, **reply)
    for document, kind in DOCUMENTS:
        gone = f"{document}-999999"
        with pytest.raises(RetryableError):
            await deal(body("Deleted", gone, context=gone), kind)


PLACE = ("Projects-1", "Environments-1", "Deployments-999999")


@pytest.mark.parametrize("kind", DeploymentWebhookProcessor.resources)
async def test_an_event_of_a_space_that_is_not_found_is_no_error(
    server: OctopusSandbox, kind: str
) -> None:
    unknown = {"ErrorMessage": "The resource 'Spaces-9' was not found."}
    server.faults.add(path="/api/Spaces-9/", times=None, status=404, body=unknown)
    payload = body("DeploymentSucceeded", *PLACE)
    payload["Payload"]["Event"]["SpaceId"] = "Spaces-9"
    results = await deal(payload, kind)
    assert results.updated_raw_results == []


@pytest.mark.parametrize(
    "kind", [OctopusKind.RELEASE, OctopusKind.CURRENT_RELEASE, OctopusKind.TASK]
)
async def test_an_event_that_does_not_name_what_is_beside_it_brings_nothing(
    kind: str,
) -> None:
    results = await deal(body("DeploymentSucceeded", "Deployments-1"), kind)
    assert (results.updated_raw_results, results.deleted_raw_results) == ([], [])


OWNERS = [
    (owner, kind)
    for owner in (ReleaseWebhookProcessor, ProjectWebhookProcessor)
    for kind in [k for k in owner.resources if k != LinkKind.ISSUE_DELIVERY][1:]
    if (owner, kind) != (ReleaseWebhookProcessor, OctopusKind.CURRENT_RELEASE)
]


@pytest.fixture
def removed(monkeypatch: pytest.MonkeyPatch) -> list[Item]:
    """Return what Port is asked to find and delete with its owner."""
    asked: list[Item] = []

    async def note(
        resource: Any, like: Item, owner_kind: str, owner: Item
    ) -> list[Entity]:
        asked.append({"kind": resource.kind, **like})
        return []

    monkeypatch.setattr(owners, "find_dependents", note)
    return asked


@pytest.mark.parametrize(("owner", "kind"), OWNERS)
async def test_what_is_gone_takes_along_what_hangs_on_it(
    removed: list[Item], owner: type[OwnerWebhookProcessor], kind: str
) -> None:
    gone = f"{owner.document}-999999"
    await deal(body("Deleted", gone, context=gone), kind)
    assert removed == [FIRST.mark({"kind": kind, owner.owner_field: gone})]


@pytest.mark.parametrize(("owner", "kind"), OWNERS)
async def test_what_is_still_there_takes_nothing_along(
    removed: list[Item], owner: type[OwnerWebhookProcessor], kind: str
) -> None:
    await deal(
        body("Deleted", f"{owner.document}-1", context=f"{owner.document}-1"), kind
    )
    assert removed == []


async def test_an_approval_that_was_given_leaves_with_its_deployments_event(
    server: OctopusSandbox, company: Company
) -> None:
    deployment = company.octopus["deployments"][company.cases["approval"]]
    payload = body("DeploymentStarted", deployment["Id"], deployment["TaskId"])
    payload["Payload"]["Event"]["SpaceId"] = deployment["SpaceId"]
    before = await deal(payload, OctopusKind.APPROVAL)
    approval = company.octopus["servertaskapprovals"]["ServerTaskApprovals-2"]
    change = {**approval["ChangeRequest"], "Active": False}
    server.put(
        "servertaskapprovals", approval["Id"], {**approval, "ChangeRequest": change}
    )

    after = await deal(payload, OctopusKind.APPROVAL)

    assert ids(before.updated_raw_results) == [approval["Id"]]
    assert ids(after.deleted_raw_results) == [approval["Id"]]


async def test_an_execution_without_an_approval_brings_none(company: Company) -> None:
    for deployment in list(company.octopus["deployments"].values())[:3]:
        payload = body("DeploymentStarted", deployment["Id"], deployment["TaskId"])
        payload["Payload"]["Event"]["SpaceId"] = deployment["SpaceId"]
        results = await deal(payload, OctopusKind.APPROVAL)
        assert (results.updated_raw_results, results.deleted_raw_results) == ([], [])


@pytest.mark.parametrize("category", ["Created", "Modified", "Deleted"])
async def test_a_release_changes_what_the_places_of_its_project_lack(
    company: Company, category: str
) -> None:
    release = company.octopus["releases"]["Releases-1"]
    project, kind = release["ProjectId"], OctopusKind.CURRENT_RELEASE
    payload = body(category, release["Id"], project, context=release["Id"])

    results = await deal(payload, kind)
    elsewhere = await deal(payload, kind, spaces=["Spaces-3"])

    deployments = company.octopus["deployments"].values()
    places = {place_of(d) for d in deployments if d["ProjectId"] == project}
    assert {place["__id"] for place in results.updated_raw_results} == places
    assert all("__pendingIssueKeys" in p for p in results.updated_raw_results)
    assert elsewhere.updated_raw_results == []


@pytest.mark.parametrize("reply", NO_PROOF)
async def test_on_nobody_elses_word_anything_is_taken_along(
    server: OctopusSandbox, removed: list[Item], reply: Item
) -> None:
    server.faults.add(path="-999999", times=None, **reply)
    for owner, kind in OWNERS:
        gone = f"{owner.document}-999999"
        with pytest.raises(RetryableError):
            await deal(body("Deleted", gone, context=gone), kind)
    assert removed == []


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
        found, *_ = results.updated_raw_results
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
    """Among others the look, whose events of runs know no project."""
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
    return processor.lock_keys() if name in claimed else []


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


async def test_what_a_lookup_lacks_is_retried_and_then_saved_without(
    server: OctopusSandbox, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployment = company.octopus["deployments"][company.example.deployment_id]
    payload = body("DeploymentSucceeded", deployment["Id"])
    payload["Payload"]["Event"]["SpaceId"] = deployment["SpaceId"]
    server.faults.add(path="/tasks", status=503, body="{}", times=None)
    with pytest.raises(RetryableError, match="__task"):
        await deal(payload, OctopusKind.DEPLOYMENT)
    monkeypatch.setattr(DeploymentWebhookProcessor, "max_retries", 0)
    (found,) = (await deal(payload, OctopusKind.DEPLOYMENT)).updated_raw_results
    assert "__task" in found[INCOMPLETE]


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
    api: ApiClient, header: str, given: str, is_genuine: bool
) -> None:
    sender = OctopusSender(lambda _: "s3cret")
    for processor in PROCESSORS:
        posted = WebhookRequestAdapter(b"{}", {})
        event = WebhookEvent("1", {}, {header: given}, original_request=posted)
        ours = processor.bound_to(api, sender)(event)
        assert await ours.authenticate(event.payload, event.headers) is is_genuine


async def test_row_39_without_a_secret_of_ours_nothing_opens(api: ApiClient) -> None:
    event = WebhookEvent("1", {}, {SECRET_HEADER.lower(): ""})
    ours = PROCESSORS[0].bound_to(api, OctopusSender(lambda _: None))(event)
    assert not await ours.authenticate({}, event.headers)
