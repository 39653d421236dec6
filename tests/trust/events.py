"""What a live event about one item leaves in the catalog."""

from collections.abc import Iterator
from functools import partial
from types import SimpleNamespace

import pytest
from port_ocean.core.handlers.webhook.webhook_event import WebhookEvent
from port_ocean.core.models import Entity

import webhook_processors.jira as of_jira
import webhook_processors.octopus as of_octopus
from core.trouble import Report, reporting
from core.types import Item
from framework.resync_run import key_of
from live_events import belonging
from sandbox.events import audit_event
from tests.trust.vendors import Fault
from tests.trust.worlds import Outcome, World, as_event, mapped, merge
from webhook_processors.base import VendorWebhookProcessor
from webhook_processors.jira.base import JiraWebhookProcessor
from webhook_processors.jira.issues import IssueWebhookProcessor

type Processor = type[VendorWebhookProcessor]


def processor_of(kind: str) -> Processor | None:
    """Return what handles events about items of a kind, None if it has none."""
    return next(iter(_processors(kind)), None)


def _processors(kind: str) -> Iterator[Processor]:
    for processor in (*of_jira.PROCESSORS, *of_octopus.PROCESSORS):
        kinds = list(processor.resources)
        own = kinds if processor is IssueWebhookProcessor else kinds[:1]
        # Events of interruptions don't name them.
        if kind in own and getattr(processor, "has_documents", True):
            yield processor


def names_of(processor: Processor) -> list[str]:
    """Return the names of all events that it handles."""
    return sorted(processor.saved_on | processor.gone_on)


def _payload(processor: Processor, name: str, item: Item) -> Item:
    if issubclass(processor, JiraWebhookProcessor):
        return {"webhookEvent": name, processor.subject: item}
    id_ = str(item["Id"])
    space = item.get("SpaceId") or "Spaces-1"
    event = audit_event(1, name.partition(" ")[0], space, (id_,), id_)
    return {"EventType": "SubscriptionPayload", "Payload": {"Event": event}}


async def _search(world: World, _: object, query: Item, *__: object) -> list[Entity]:
    """Return the entities of the catalog that a query names."""
    named = {rule["property"]: rule["value"] for rule in query["rules"]}
    keys = [(named["$blueprint"], name) for name in named["$identifier"]]
    return [world.catalog[key] for key in keys if key in world.catalog]


async def told(
    world: World, name: str, item: Item, fault: Fault | None, *, is_last: bool
) -> Outcome:
    """Handle an event about an item under a fault, for the first or the last time."""
    processor, (api, network) = processor_of(world.kind), world.site.connect(fault)
    assert processor is not None
    event = WebhookEvent("1", _payload(processor, name, item), {})
    handler = processor(event)
    handler.retry_count = handler.max_retries if is_last else 0
    report = Report(world.kind)
    outcome = Outcome(catalog=world.catalog, reports=[report])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(processor, "api", api)
        port = SimpleNamespace(search_entities=partial(_search, world))
        patch.setattr(belonging, "ocean", SimpleNamespace(port_client=port))
        async with as_event(world):
            try:
                assert await handler.validate_payload(event.payload)
                with reporting(report):
                    found = await handler.handle_event(event.payload, world.mapping)
            except Exception as error:
                outcome.error = error
            else:
                saved = await mapped(world, found.updated_raw_results)
                merge(outcome.catalog, saved.passed)
                gone = await mapped(world, found.deleted_raw_results, parse_all=True)
                for entity in (*saved.failed, *gone.passed):
                    outcome.catalog.pop(key_of(entity), None)
    outcome.endpoints = tuple(network.asked)
    await api.http.aclose()
    return outcome
