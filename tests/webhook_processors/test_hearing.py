"""What is told again by the safety net: what concerns us and was not dealt with."""

from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import pytest
from port_ocean.core.handlers.webhook.webhook_event import WebhookEvent

import live_events
from core.recent_reads import RecentReads
from core.types import Item
from webhook_processors import octopus_event
from webhook_processors.octopus import PATH, PROCESSORS
from webhook_processors.octopus_event import OctopusWebhookProcessor
from webhook_processors.ordering import keep_order
from webhook_processors.progress import reading

FINE, UNMAPPED, FAILED, UNWRITTEN = "fine", "unmapped", "failed", "unwritten"


@pytest.fixture(autouse=True)
def genuine(monkeypatch: pytest.MonkeyPatch) -> dict[str, bool]:
    """Let events be genuine, or not, by a flag; nothing was heard before."""
    is_so = {"genuine": True}

    async def is_genuine(self: Any, headers: Any) -> bool:
        return is_so["genuine"]

    monkeypatch.setattr(OctopusWebhookProcessor, "is_genuine", is_genuine)
    monkeypatch.setattr(octopus_event, "HEARD", RecentReads())
    return is_so


def body(document: str = "Machines-1") -> Item:
    event = {"Id": "Events-1", "Category": "Modified", "SpaceId": "Spaces-1"}
    event["RelatedDocumentIds"] = [document]  # type: ignore[assignment]
    return {"EventType": "SubscriptionPayload", "Payload": {"Event": event}}


async def deal(outcome: str) -> None:
    """Deal with an event as the framework does, which keeps failures to itself."""

    async def process(path: str, worker_id: int, event: WebhookEvent) -> None:
        for part in outcome.split():
            if part != UNMAPPED:
                with suppress(TimeoutError):
                    await manager._process_single_event(part, path, None, 0)
        await manager.sync_raw_results([])

    async def process_one(part: str, path: str, resource: None, index: int) -> None:
        with reading("an object") as read:
            if part == FAILED:
                raise TimeoutError
            read.found = True

    async def write(results: Any) -> bool:
        return outcome != UNWRITTEN

    manager: Any = SimpleNamespace(
        _processors_classes={PATH: PROCESSORS},
        _live_events_consumer=None,
        _process_webhook_event=process,
        _process_single_event=process_one,
        sync_raw_results=write,
    )
    keep_order(manager)
    await manager._process_webhook_event(PATH, 0, WebhookEvent("1", body(), {}))


async def is_told_again(document: str = "Machines-1") -> bool:
    return await live_events._was_missed(body(document))


@pytest.mark.parametrize("outcome", [FINE, UNMAPPED, f"{FINE} {FINE}"])
async def test_what_was_dealt_with_is_not_told_again(outcome: str) -> None:
    assert await is_told_again()
    await deal(outcome)
    assert not await is_told_again()


@pytest.mark.parametrize(
    "outcome", [FAILED, UNWRITTEN, f"{FAILED} {FINE}", f"{FINE} {FAILED}"]
)
async def test_what_failed_for_one_kind_is_told_again(outcome: str) -> None:
    await deal(outcome)
    assert await is_told_again()


async def test_a_forged_event_hides_no_genuine_one(genuine: dict[str, bool]) -> None:
    genuine["genuine"] = False
    await deal(FINE)
    assert await is_told_again()


@pytest.mark.parametrize("document", ["variableset-Projects-1", "MachinePolicies-3"])
async def test_what_concerns_no_kind_is_not_told(document: str) -> None:
    assert not await is_told_again(document)
