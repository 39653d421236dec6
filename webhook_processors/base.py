"""Handle a live event: authenticate it, name its object, and read that from the vendor.

The body of an event only names an object. What enters or leaves the catalog is read
from the vendor, by the one fetch path that the resync uses too, so neither the order of
events nor duplicates matter, and a late or forged body could at most cause a read.
"""

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import ClassVar, Self

from loguru import logger
from port_ocean.core.handlers.port_app_config.models import ResourceConfig
from port_ocean.core.handlers.webhook.webhook_event import (
    EventHeaders,
    EventPayload,
    WebhookEvent,
    WebhookEventRawResults,
)
from port_ocean.exceptions.webhook_processor import RetryableError

from client import ApiClient
from core.errors import (
    ApiError,
    Incomplete,
    MalformedReply,
    RateLimited,
    Unavailable,
)
from core.fetch import fetch_one
from core.lookup import Absent
from core.resource import Resource
from core.sender import Sender
from core.signature import NotGenuine
from core.site import FIRST, Site
from core.types import Item
from framework.entity_processor import GONE
from framework.event_outcome import Read, reading, retry_later
from framework.sources import brought_sites
from framework.webhook_processor import OrderedWebhookProcessor, raw_body

# What a vendor may answer better another time.
PASSING = (MalformedReply, RateLimited, Unavailable)


class VendorWebhookProcessor(OrderedWebhookProcessor):
    """Refresh the object that an event names, or remove it when it is gone."""

    # The connection that sends the events, and how it is recognised, once it is bound.
    api: ClassVar[ApiClient | None] = None
    sender: ClassVar[Sender | None] = None
    # All sites of its product.
    sites: ClassVar[Sequence[Site]] = ()
    # The kinds that these events concern, and their declarations.
    resources: ClassVar[Mapping[str, Resource]]
    saved_on: ClassVar[frozenset[str]] = frozenset()
    # After these, what was read of the object before proves nothing.
    gone_on: ClassVar[frozenset[str]] = frozenset()
    refused: ClassVar[int] = 0

    @classmethod
    def bound_to(
        cls, api: ApiClient, sender: Sender, sites: Sequence[Site] = ()
    ) -> type[Self]:
        """Return the processor of what one of several connections sends."""
        bound = {"api": api, "sender": sender, "sites": sites}
        return type(cls.__name__, (cls,), bound)

    @property
    def site(self) -> Site:
        """Return which of several connections has sent the event."""
        return self.api.site if self.api else FIRST

    def serves(self, mapping: ResourceConfig) -> bool:
        """Return whether a mapping brings anything of that connection."""
        sites, resource = self.sites or [self.site], self.resources[mapping.kind]
        return self.site in brought_sites(mapping, resource, sites)

    def named(self, name: str) -> str:
        """Return a name of an object that nothing of another connection has."""
        return self.site.named(name)

    @abstractmethod
    def event_name(self, payload: EventPayload) -> str:
        """Return what the vendor calls this event, "" for a body of another shape."""

    @abstractmethod
    def ref(self, payload: EventPayload) -> Item | None:
        """Return the object's ids, checked against the vendor's pattern, or None."""

    async def is_genuine(self, headers: EventHeaders) -> bool:
        """Check the event as at the door: those from a stream did not come by it."""
        body = await raw_body(self.event) or b""
        if self.sender is None:
            return False
        try:
            self.sender.check(headers, body, self.event.created_at)
            self.sender.check_payload(headers, self.event.payload)
        except NotGenuine:
            return False
        return True

    def event_id(self) -> str | None:
        """Return the vendor's id of this event, if it has one."""
        if self.sender is None:
            return None
        return self.sender.event_id(self.event.headers, self.event.payload)

    async def authenticate(self, payload: EventPayload, headers: EventHeaders) -> bool:
        """Drop forged events; the first one is worth a line in the log."""
        if await self.is_authentic(headers):
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
        """Return every kind that may hold the object, none if the event names none."""
        if await self.validate_payload(event.payload):
            return self.kinds(event.payload)
        logger.debug(f"{self.event_name(event.payload)} names no object")
        return []

    def kinds(self, payload: EventPayload) -> list[str]:
        """Return every kind that may hold the object."""
        return list(self.resources)

    async def handle_event(
        self, payload: EventPayload, resource: ResourceConfig
    ) -> WebhookEventRawResults:
        """Read the object from the vendor, whatever the event says of it."""
        api, ref = self.api, self.ref(payload)
        if api is None or ref is None:
            return WebhookEventRawResults([], [])
        return await self._refresh(api, resource, payload, ref)

    async def _refresh(
        self,
        api: ApiClient,
        resource: ResourceConfig,
        payload: EventPayload,
        ref: Item,
    ) -> WebhookEventRawResults:
        """Save the object, or remove it when the vendor says that it is absent."""
        declared = self.resources[resource.kind]
        with asking_for(f"{declared.kind} {sorted(ref.items())}") as read:
            item = await fetch_one(api, declared, ref, resource.selector)
            lacking = [] if isinstance(item, Absent) else declared.lacking(item)
            if lacking:
                self.retry(f"{declared.kind} {ref} lacks {lacking}")
            # The vendor's word that it is absent is an answer, too.
            read.found = not lacking
        if item is Absent.GONE and await self.is_elsewhere(resource, ref):
            logger.info(f"{ref} is not there, but the catalog has it elsewhere")
            return WebhookEventRawResults([], [])
        if isinstance(item, Absent):
            gone = await self.last_known(api, payload, ref, item)
            return WebhookEventRawResults([], [{**gone, GONE: True}])
        return WebhookEventRawResults([item], [])

    def retry(self, why: str) -> None:
        """Have it done again: raise RetryableError, or after the last try, later."""
        if self.retry_count < self.max_retries:
            raise RetryableError(why)
        retry_later()

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

    def lock_keys(self) -> list[str]:
        """Name the object by the first kind that may hold it."""
        return [
            self.named(f"{next(iter(self.resources))} {self.ref(self.event.payload)}")
        ]

    def coalescing_key(self) -> str | None:
        """Name the object, if the event asks for nothing but reading it."""
        if self.event_name(self.event.payload) not in self.saved_on:
            return None
        return self.named(f"{type(self).__name__} {self.ref(self.event.payload)}")

    def removes_object(self) -> bool:
        """Return whether the event's name says that the object is gone."""
        return self.event_name(self.event.payload) in self.gone_on

    async def is_elsewhere(self, resource: ResourceConfig, ref: Item) -> bool:
        """Return whether the catalog has the object where the event can't mean it."""
        return False

    async def last_known(
        self, api: ApiClient, payload: EventPayload, ref: Item, why: Absent
    ) -> Item:
        """Return what the mapping needs to name an object that is absent."""
        return ref


@contextmanager
def asking_for(name: str) -> Iterator[Read]:
    """Read something from the vendor; have the framework try again what may pass."""
    with reading(name) as read:
        try:
            yield read
        except ApiError as error:
            causes = error.failures if isinstance(error, Incomplete) else [error]
            if any(isinstance(cause, PASSING) for cause in causes):
                raise RetryableError(str(error)) from error
            raise


def by_kind(*resources: Resource) -> dict[str, Resource]:
    """Return declarations by their kind."""
    return {resource.kind: resource for resource in resources}
