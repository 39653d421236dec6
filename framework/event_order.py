"""What the manager of live events leaves to whoever keeps them in order."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from port_ocean.core.handlers.webhook.abstract_webhook_processor import (
    AbstractWebhookProcessor,
)
from port_ocean.core.handlers.webhook.webhook_event import WebhookEvent

from framework.event_outcome import Outcome
from framework.event_stream import EventStream
from framework.known_event import KnownEvent


class EventOrder(Protocol):
    """Decides when an event is processed, and whether that is needed at all."""

    async def run(
        self,
        event: WebhookEvent,
        processors: Sequence[type[AbstractWebhookProcessor]],
        stream: EventStream | None,
        process: Callable[[Outcome], Awaitable[None]],
    ) -> None:
        """Call `process` when it is the event's turn; raise nothing but cancellation.

        `stream` is where the workers of other processes read their events, too.
        """

    async def finish(self, process: Callable[[KnownEvent], Awaitable[None]]) -> None:
        """Do what is left to do before the process ends."""

    def was_processed(self, event_id: str) -> bool:
        """Return whether a vendor's event was processed here lately."""
