"""What every live event has in common: prove it, name the object, read it anew.

The body of an event only names an object. What enters the catalog is read from the
vendor, by the one fetch path that the resync uses too, so neither the order of events
nor duplicates matter, and a forged body could at most cause a read.
"""

import re
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, ClassVar

from loguru import logger
from port_ocean.core.handlers.port_app_config.models import ResourceConfig
from port_ocean.core.handlers.webhook.abstract_webhook_processor import (
    AbstractWebhookProcessor,
)
from port_ocean.core.handlers.webhook.webhook_event import (
    EventHeaders,
    EventPayload,
    WebhookEvent,
    WebhookEventRawResults,
)
from port_ocean.exceptions.webhook_processor import RetryableError

from client import ApiClient
from core.errors import ApiError, Incomplete, RateLimited, Unavailable
from core.mapping import GONE
from core.resource import Resource, fetch_one
from core.types import Item
from webhook_processors.progress import Read, reading

# Each kind of an event is dealt with in a task of its own.
_RETRIES: ContextVar[int] = ContextVar("retries", default=0)


class VendorWebhookProcessor(AbstractWebhookProcessor):
    """Refresh the object that an event names, or remove it when it is gone."""

    # The kinds that these events concern, and their declarations.
    resources: ClassVar[Mapping[str, Resource]]
    saved_on: ClassVar[frozenset[str]] = frozenset()
    gone_on: ClassVar[frozenset[str]] = frozenset()
    refused: ClassVar[int] = 0

    @property
    def retry_count(self) -> int:
        """Return how often the running kind was tried again.

        The framework has one processor for all kinds of an event; one after the other
        would use up the tries of the rest.
        """
        return _RETRIES.get()

    @retry_count.setter
    def retry_count(self, count: int) -> None:
        _RETRIES.set(count)

    @abstractmethod
    def client(self) -> ApiClient | None:
        """Return the vendor's client, or None when the product is not configured."""

    @abstractmethod
    def event_name(self, payload: EventPayload) -> str:
        """Return what the vendor calls this event, "" for a body of another shape."""

    @abstractmethod
    def ref(self, payload: EventPayload) -> Item | None:
        """Return the object's ids, checked against the vendor's pattern, or None."""

    @abstractmethod
    async def is_genuine(self, headers: EventHeaders) -> bool:
        """Tell whether the vendor sent this event."""

    async def authenticate(self, payload: EventPayload, headers: EventHeaders) -> bool:
        """Drop forged events; the first one is worth a line in the log."""
        if await self.is_genuine(headers):
            return True
        VendorWebhookProcessor.refused += 1
        if VendorWebhookProcessor.refused == 1:
            logger.warning(
                "A live event without the right signature or secret was dropped; such"
                " events are counted, not logged, from now on"
            )
        return False

    async def validate_payload(self, payload: EventPayload) -> bool:
        """Accept what names an object by an id of the vendor's own pattern."""
        return self.ref(payload) is not None

    async def should_process_event(self, event: WebhookEvent) -> bool:
        """Accept exactly the events that this processor names."""
        if not isinstance(event.payload, dict):
            return False
        return self.event_name(event.payload) in self.saved_on | self.gone_on

    async def get_matching_kinds(self, event: WebhookEvent) -> list[str]:
        """Return every kind that may hold the object."""
        return list(self.resources)

    async def handle_event(
        self, payload: EventPayload, resource: ResourceConfig
    ) -> WebhookEventRawResults:
        """Read the object anew, unless the event itself says that it is gone."""
        api, ref = self.client(), self.ref(payload)
        if api is None or ref is None:
            return WebhookEventRawResults([], [])
        if self.event_name(payload) in self.gone_on and self.is_surely_gone(payload):
            return WebhookEventRawResults([], [self._tombstone(payload, ref)])
        return await self._refresh(api, resource, payload, ref)

    def is_surely_gone(self, payload: EventPayload) -> bool:
        """Tell whether the word of an event that is in `gone_on` is enough."""
        return True

    async def _refresh(
        self,
        api: ApiClient,
        resource: ResourceConfig,
        payload: EventPayload,
        ref: Item,
    ) -> WebhookEventRawResults:
        declared = self.resources[resource.kind]
        with asking_for(f"{declared.kind} {sorted(ref.items())}") as read:
            item = await fetch_one(api, declared, ref, resource.selector)
            read.found = item is not None
        if item is None:
            return WebhookEventRawResults([], [self._tombstone(payload, ref)])
        return WebhookEventRawResults([item], [])

    async def _refresh_all(
        self,
        api: ApiClient,
        resource: ResourceConfig,
        payload: EventPayload,
        refs: Iterable[Item],
    ) -> WebhookEventRawResults:
        """Refresh several objects of a mapping's kind, one after the other."""
        parts = [await self._refresh(api, resource, payload, ref) for ref in refs]
        return WebhookEventRawResults(
            [item for part in parts for item in part.updated_raw_results],
            [item for part in parts for item in part.deleted_raw_results],
        )

    def objects(self) -> list[str]:
        """Name what no other event may be dealt with at the same time."""
        return [f"{next(iter(self.resources))} {self.ref(self.event.payload)}"]

    def burst(self) -> str | None:
        """Name what this event asks for, None if no read of others can cover it."""
        if self.event_name(self.event.payload) not in self.saved_on:
            return None
        return f"{type(self).__name__} {self.ref(self.event.payload)}"

    def is_final(self) -> bool:
        """Tell whether this event removes its object, whatever was read before."""
        return self.event_name(self.event.payload) in self.gone_on

    def is_done(self) -> None:
        """Take note that nothing is left to do for this event."""

    def _tombstone(self, payload: EventPayload, ref: Item) -> Item:
        return {**self.gone(payload, ref), GONE: True}

    def gone(self, payload: EventPayload, ref: Item) -> Item:
        """Return what the mapping needs to name a removed object."""
        return ref


@contextmanager
def asking_for(name: str) -> Iterator[Read]:
    """Read something from the vendor; have the framework try again what may pass."""
    with reading(name) as read:
        try:
            yield read
        except ApiError as error:
            causes = error.failures if isinstance(error, Incomplete) else [error]
            if any(isinstance(cause, RateLimited | Unavailable) for cause in causes):
                raise RetryableError(str(error)) from error
            raise


def by_kind(*resources: Resource) -> dict[str, Resource]:
    """Return declarations by their kind."""
    return {resource.kind: resource for resource in resources}


def matching(value: Any, pattern: str) -> str | None:
    """Return the value as text if it wholly matches, None for anything else."""
    text = str(value) if isinstance(value, str | int) else ""
    return text if re.fullmatch(pattern, text) else None


def at(payload: Any, *path: str) -> Any:
    """Return what is at a path of a body, None where the shape is another one."""
    for name in path:
        payload = payload.get(name) if isinstance(payload, dict) else None
    return payload
