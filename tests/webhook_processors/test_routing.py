"""Each event is claimed once, by its exact name, and names an object or nothing."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from port_ocean.core.handlers.webhook.webhook_event import WebhookEvent

from octopus.audit_events import space_id
from webhook_processors import jira, octopus
from webhook_processors.base import VendorWebhookProcessor
from webhook_processors.jira import VersionWebhookProcessor
from webhook_processors.jira.issues import IssueWebhookProcessor
from webhook_processors.jira.projects import ProjectWebhookProcessor
from webhook_processors.octopus.deployments import DeploymentWebhookProcessor
from webhook_processors.octopus.executions import (
    MachineWebhookProcessor,
)
from webhook_processors.octopus.payload import document_id, ids_beside

ALL: list[type[VendorWebhookProcessor]] = [*jira.PROCESSORS, *octopus.PROCESSORS]


def event_of(payload: Any) -> WebhookEvent:
    return WebhookEvent(trace_id="1", payload=payload, headers={})


async def processed_by(payload: Any) -> list[str]:
    event = event_of(payload)
    return [p.__name__ for p in ALL if await p(event).should_process_event(event)]


@pytest.mark.parametrize("module", [jira, octopus])
def test_every_event_has_exactly_one_processor(module: Any) -> None:
    claims = Counter(n for p in module.PROCESSORS for n in p.saved_on | p.gone_on)
    assert [name for name, count in claims.items() if count != 1] == []


@pytest.mark.parametrize("processor", ALL)
def test_what_is_saved_is_not_gone(processor: type[VendorWebhookProcessor]) -> None:
    assert not processor.saved_on & processor.gone_on
    assert processor.resources


@pytest.mark.parametrize("name", jira.EVENTS)
async def test_every_subscribed_event_of_jira_has_its_processor(name: str) -> None:
    assert len(await processed_by({"webhookEvent": name})) == 1
    for other in (name.upper(), f"{name}2", f"x{name}", f" {name}"):
        assert await processed_by({"webhookEvent": other}) == []


@pytest.mark.parametrize("processor", jira.OWN_PROCESSORS)
def test_what_we_tell_ourselves_is_not_subscribed_to(
    processor: type[VendorWebhookProcessor],
) -> None:
    assert processor.saved_on
    assert not (processor.saved_on | processor.gone_on) & {*jira.EVENTS}


@pytest.mark.parametrize(
    ("name", "processor"),
    [
        ("project_restored_deleted", "ProjectWebhookProcessor"),
        ("sprint_started", "SprintWebhookProcessor"),
        ("board_configuration_changed", "BoardConfigurationWebhookProcessor"),
        ("worklog_created", "WorklogWebhookProcessor"),
    ],
)
async def test_events_that_others_mistook_are_processed(
    name: str, processor: str
) -> None:
    assert await processed_by({"webhookEvent": name}) == [processor]


def test_a_restored_project_is_saved_and_a_trashed_one_is_gone() -> None:
    assert "project_restored_deleted" in ProjectWebhookProcessor.saved_on
    assert "project_soft_deleted" in ProjectWebhookProcessor.gone_on


@pytest.mark.parametrize(
    "payload",
    [
        [],
        None,
        "text",
        7,
        {},
        {"webhookEvent": None},
        {"webhookEvent": ["jira:issue_created"]},
        {"webhookEvent": "jira:issue_deleted2"},
        {"Payload": []},
        {"Payload": {"Event": None}},
        {"Payload": {"Event": {"Category": "Created", "RelatedDocumentIds": None}}},
        {"EventType": "Other", "Payload": {"Event": {"Category": "Created"}}},
    ],
)
async def test_bodies_of_another_shape_are_nobodys(payload: Any) -> None:
    assert await processed_by(payload) == []


@pytest.mark.parametrize(
    "id_",
    [
        "1) OR (id > 0",
        "../../x",
        "",
        None,
        -1,
        1.5,
        True,
        [],
        {},
        "١٢",
        "1\n",
        "9" * 40,
    ],
)
def test_what_is_no_id_of_jira_is_no_reference(id_: Any) -> None:
    payload = {"webhookEvent": "jira:issue_updated", "issue": {"id": id_}}
    assert IssueWebhookProcessor(event_of(payload)).ref(payload) is None


def test_ids_may_come_as_text_or_number() -> None:
    for id_ in ("10001", 10001):
        payload = {"version": {"id": id_}}
        assert VersionWebhookProcessor(event_of(payload)).ref(payload) == {
            "id": "10001"
        }


def octopus_event(category: str, *related: Any, **more: Any) -> dict[str, Any]:
    event = {"Category": category, "RelatedDocumentIds": list(related), **more}
    event.setdefault("SpaceId", "Spaces-1")
    return {"EventType": "SubscriptionPayload", "Payload": {"Event": event}}


@pytest.mark.parametrize(
    ("processor", "name"),
    [(p, name) for p in octopus.PROCESSORS for name in sorted(p.saved_on | p.gone_on)],
)
async def test_every_subscribed_event_of_octopus_has_its_processor(
    processor: type[VendorWebhookProcessor], name: str
) -> None:
    category, document = name.split()
    payload = octopus_event(category, f"{document}-1")
    assert await processed_by(payload) == [processor.__name__]
    for other in (category.lower(), f"{category}2", f"x{category}"):
        assert await processed_by(octopus_event(other, f"{document}-1")) == []


@pytest.mark.parametrize(
    ("space", "subscription", "found"),
    [
        ("Spaces-1", None, "Spaces-1"),
        ({"Value": "Spaces-2"}, None, "Spaces-2"),
        (None, "Spaces-3", "Spaces-3"),
        (None, None, None),
        ("../../x", None, None),
        ("Spaces-1/../..", "Spaces-3", "Spaces-3"),
    ],
)
def test_row_44_the_space_is_where_the_server_puts_it(
    space: Any, subscription: Any, found: str | None
) -> None:
    payload = octopus_event("Created", SpaceId=space)
    payload["Payload"]["Subscription"] = {"SpaceId": subscription}
    assert space_id(payload) == found


def test_row_46_a_deletion_concerns_the_document_and_not_its_parents() -> None:
    related = ("Machines-12", "Environments-1", "Projects-3")
    context = {"DocumentContext": {"Id": "Machines-12"}}
    payload = octopus_event("Deleted", *related, ChangeDetails=context)
    assert document_id(payload, "Machines") == "Machines-12"
    assert document_id(payload, "Environments") is None
    assert document_id(payload, "Projects") is None


@pytest.mark.parametrize("context", ["Machines-12", None])
def test_row_47_without_a_context_the_message_explains(context: Any) -> None:
    payload = octopus_event(
        "Deleted",
        "Environments-1",
        "Machines-12",
        ChangeDetails={"DocumentContext": context},
        MessageReferences=[{"ReferencedDocumentId": "Machines-12"}],
    )
    assert document_id(payload, "Machines") == "Machines-12"
    assert document_id(payload, "Environments") is None


async def test_row_48_a_deleted_machine_is_gone() -> None:
    payload = octopus_event("MachineDeleted", "Machines-12")
    assert await processed_by(payload) == ["MachineWebhookProcessor"]
    assert "MachineDeleted Machines" in MachineWebhookProcessor.gone_on


@pytest.mark.parametrize(
    "related",
    ["ServerTasks-9", "DeploymentEnvironments-1", "variableset-Projects-1-s-0-X"],
)
async def test_row_51_unknown_documents_are_nobodys(related: str) -> None:
    assert await processed_by(octopus_event("Modified", related)) == []


async def test_row_52_a_cancelled_task_refreshes_its_deployment() -> None:
    payload = octopus_event("TaskCanceled", "ServerTasks-9", "Deployments-4")
    assert await processed_by(payload) == ["DeploymentWebhookProcessor"]
    processor = DeploymentWebhookProcessor(event_of(payload))
    assert processor.ref(payload) == {"Id": "Deployments-4", "SpaceId": "Spaces-1"}


def test_a_deployment_also_concerns_its_release_and_what_runs_there() -> None:
    related = ("Deployments-4", "Projects-1", "Releases-2", "Environments-3")
    payload = octopus_event("DeploymentSucceeded", *related)
    release = ids_beside(payload, "octopus-release")
    assert release == {"Id": "Releases-2", "SpaceId": "Spaces-1"}
    current = ids_beside(payload, "octopus-current-release")
    assert current is not None
    assert current["__id"] == "Projects-1/Environments-3/untenanted"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["Payload", "Event", "issue", "id", "SpaceId", "Category", "webhookEvent"]
        ),
        inner,
        max_size=4,
    ),
    max_leaves=20,
)


@given(json_values)
async def test_no_body_of_any_shape_raises(payload: Any) -> None:
    event = event_of(payload)
    for processor in ALL:
        if await processor(event).should_process_event(event):
            await processor(event).validate_payload(payload)
