"""The framework's webhook processor, and what ordering and signatures need besides.

The framework has one processor object for all kinds that an event concerns, so they
would share its count of retries; and it hands out the parsed body only, while vendors
sign the raw one.
"""

from abc import abstractmethod
from contextvars import ContextVar

from port_ocean.core.handlers.port_app_config.models import ResourceConfig
from port_ocean.core.handlers.webhook.abstract_webhook_processor import (
    AbstractWebhookProcessor,
)
from port_ocean.core.handlers.webhook.webhook_event import (
    EventHeaders,
    WebhookEvent,
    WebhookEventRawResults,
)

from core.site import FIRST, Site
from core.trouble import current_report
from core.types import Item
from framework.known_event import KnownEvent
from framework.selectors import serves

# Each kind of an event is processed in a task of its own.
_RETRIES: ContextVar[int] = ContextVar("retries", default=0)


class OrderedWebhookProcessor(AbstractWebhookProcessor):
    """Name the objects that an event concerns, so that it can be put in order."""

    @property
    def retry_count(self) -> int:
        """Return how often the running kind was retried."""
        return _RETRIES.get()

    @retry_count.setter
    def retry_count(self, count: int) -> None:
        _RETRIES.set(count)

    async def on_error(self, error: Exception) -> None:
        """Wait before the next attempt, which asks again for all that failed."""
        current_report().clear()
        await super().on_error(error)

    async def is_authentic(self, headers: EventHeaders) -> bool:
        """Return whether the vendor sent this event, or we have made it ourselves."""
        return isinstance(self.event, KnownEvent) or await self.is_genuine(headers)

    @abstractmethod
    async def is_genuine(self, headers: EventHeaders) -> bool:
        """Return whether the vendor sent this event."""

    @abstractmethod
    def lock_keys(self) -> list[str]:
        """Name the objects of which no other event may be processed meanwhile."""

    @abstractmethod
    def coalescing_key(self) -> str | None:
        """Name what this event reads; None if a later read can't replace it."""

    @abstractmethod
    def removes_object(self) -> bool:
        """Return whether this event removes its object, whatever was read before."""

    @property
    def site(self) -> Site:
        """Return which of several connections has sent the event."""
        return FIRST

    def serves(self, mapping: ResourceConfig) -> bool:
        """Return whether a mapping brings anything of that connection."""
        return serves(mapping.selector, self.site)

    def mark(self, item: Item) -> Item:
        """Return an item that tells from where it comes."""
        return self.site.mark(item)

    def event_id(self) -> str | None:
        """Return the vendor's id of this event, if it has one."""
        return None


def processor_serves(
    processor: AbstractWebhookProcessor, mapping: ResourceConfig
) -> bool:
    """Return whether a mapping brings anything of the connection that sent an event."""
    if not isinstance(processor, OrderedWebhookProcessor):
        return True
    return processor.serves(mapping)


def marked(
    result: WebhookEventRawResults, processor: AbstractWebhookProcessor
) -> WebhookEventRawResults:
    """Have everything that a mapping got tell from where it comes."""
    if isinstance(processor, OrderedWebhookProcessor):
        mark = processor.mark
        result._updated_raw_results = [*map(mark, result.updated_raw_results)]
        result._deleted_raw_results = [*map(mark, result.deleted_raw_results)]
    return result


async def raw_body(event: WebhookEvent) -> bytes | None:
    """Return the body byte for byte as it came, None if nothing was posted."""
    request = event._original_request
    return None if request is None else await request.body()
