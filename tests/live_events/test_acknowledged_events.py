"""What a look tells again: what concerns us and was not dealt with."""

from types import SimpleNamespace
from typing import Any

import pytest
from port_ocean.core.handlers.webhook.webhook_event import WebhookEvent

from core.site import FIRST
from core.types import Item
from framework.event_outcome import CURRENT, Outcome, reading
from links.connections import Connections
from links.jira_projects import JiraProjects
from live_events.service import LiveEvents
from octopus.sender import OctopusSender
from webhook_processors import octopus
from webhook_processors.octopus.base import OctopusWebhookProcessor
from webhook_processors.subscribed import SUBSCRIBED

FINE, UNMAPPED, FAILED, UNWRITTEN = "fine", "unmapped", "failed", "unwritten"
# What another time would not change.
FORBIDDEN = "forbidden"


@pytest.fixture(autouse=True)
def genuine(monkeypatch: pytest.MonkeyPatch) -> dict[str, bool]:
    """Let events be genuine, or not, by a flag."""
    is_so = {"genuine": True}

    async def is_genuine(self: Any, headers: Any) -> bool:
        return is_so["genuine"]

    monkeypatch.setattr(OctopusWebhookProcessor, "is_genuine", is_genuine)
    return is_so


def body(document: str = "Machines-1") -> Item:
    event = {"Id": "Events-1", "Category": "Modified", "SpaceId": "Spaces-1"}
    event["RelatedDocumentIds"] = [document]  # type: ignore[assignment]
    return {"EventType": "SubscriptionPayload", "Payload": {"Event": event}}


API: Any = SimpleNamespace(site=FIRST)
SENDER = OctopusSender(lambda _: None)
PROCESSORS = [p.bound_to(API, SENDER) for p in octopus.PROCESSORS]


@pytest.fixture
def live_events() -> LiveEvents:
    connections = Connections()
    return LiveEvents(SUBSCRIBED, PROCESSORS, connections, JiraProjects(connections))


async def process(live_events: LiveEvents, wanted: str) -> None:
    """Process an event with such an outcome for each of its mappings."""

    async def process_now(outcome: Outcome) -> None:
        token = CURRENT.set(outcome)
        for part in wanted.split():
            if part != UNMAPPED:
                with reading("an object") as read:
                    read.found = part not in (FAILED, FORBIDDEN)
                if part in (FAILED, FORBIDDEN):
                    outcome.fail(None, may_pass=part == FAILED)
        CURRENT.reset(token)
        outcome.is_written = wanted != UNWRITTEN

    event = WebhookEvent("1", body(), {})
    await live_events.order.run(event, PROCESSORS, None, process_now)


@pytest.mark.parametrize("outcome", [FINE, UNMAPPED, f"{FINE} {FINE}", FORBIDDEN])
async def test_processed_events_are_not_missed(
    live_events: LiveEvents, outcome: str
) -> None:
    assert await live_events.was_missed(SENDER, body())
    await process(live_events, outcome)
    assert not await live_events.was_missed(SENDER, body())


@pytest.mark.parametrize(
    "outcome", [FAILED, UNWRITTEN, f"{FAILED} {FINE}", f"{FINE} {FAILED}"]
)
async def test_an_event_that_failed_for_one_kind_is_missed(
    live_events: LiveEvents, outcome: str
) -> None:
    await process(live_events, outcome)
    assert await live_events.was_missed(SENDER, body())


async def test_a_forged_event_hides_no_genuine_one(
    live_events: LiveEvents, genuine: dict[str, bool]
) -> None:
    genuine["genuine"] = False
    await process(live_events, FINE)
    assert await live_events.was_missed(SENDER, body())


async def test_an_event_of_one_space_hides_none_of_another(
    live_events: LiveEvents,
) -> None:
    await process(live_events, FINE)
    other = body()
    other["Payload"]["Event"]["SpaceId"] = "Spaces-2"
    assert await live_events.was_missed(SENDER, other)


@pytest.mark.parametrize("document", ["variableset-Projects-1", "MachinePolicies-3"])
async def test_an_event_that_concerns_no_kind_is_not_missed(
    live_events: LiveEvents, document: str
) -> None:
    assert not await live_events.was_missed(SENDER, body(document))
