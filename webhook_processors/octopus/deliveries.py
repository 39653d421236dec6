"""The delivery of issues, after an event of what brings them on their way."""

from collections.abc import Awaitable, Callable
from typing import Any

from port_ocean.core.handlers.port_app_config.models import ResourceConfig
from port_ocean.core.handlers.webhook.webhook_event import (
    EventPayload,
    WebhookEventRawResults,
)

from core.api import Api
from core.types import Item
from framework.entity_processor import GONE
from webhook_processors.base import asking_for
from webhook_processors.octopus.base import OctopusWebhookProcessor

# Is given the client, the object's ids and the mapping's selector.
type Deliver = Callable[[Api, Item, Any], Awaitable[list[Item]]]


async def told(
    processor: OctopusWebhookProcessor,
    payload: EventPayload,
    resource: ResourceConfig,
    deliver: Deliver,
) -> WebhookEventRawResults:
    """Return what has become of the issues that an event concerns."""
    api, ref = processor.api, processor.ref(payload)
    if api is None or ref is None:
        return WebhookEventRawResults([], [])
    with asking_for(f"the deliveries that {ref} has changed") as read:
        items = await deliver(api, ref, resource.selector)
        read.found = True
    gone = [item for item in items if GONE in item]
    return WebhookEventRawResults([i for i in items if GONE not in i], gone)
