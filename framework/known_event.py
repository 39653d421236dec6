"""Live events that need no authentication, and when events came by a steady clock."""

import time
from typing import Any
from weakref import WeakKeyDictionary

from port_ocean.core.handlers.queue import LocalQueue
from port_ocean.core.handlers.webhook.webhook_event import EventPayload, WebhookEvent

# By the monotonic clock: the wall clock may be set back while an event waits.
_ARRIVALS: WeakKeyDictionary[WebhookEvent, float] = WeakKeyDictionary()


class KnownEvent(WebhookEvent):
    """An event that was authenticated before, or that we have made ourselves."""

    def __init__(
        self,
        path: str,
        payload: EventPayload,
        *,
        trace_id: str,
        arrived_at: float | None = None,
    ) -> None:
        """Take the path that it belongs to, and when it came (monotonic, seconds)."""
        super().__init__(trace_id, payload, {})
        self.webhook_path = path
        arrived = time.monotonic() if arrived_at is None else arrived_at
        _ARRIVALS[self] = arrived

    def clone(self) -> "KnownEvent":
        """Return a copy, as the framework makes one for each processor."""
        return KnownEvent(
            self.webhook_path or "",
            self.payload,
            trace_id=self.trace_id,
            arrived_at=arrival_of(self),
        )


class DatedQueue(LocalQueue[Any]):
    """A queue that knows when each event came."""

    async def put(self, item: Any) -> None:
        """Add an event."""
        arrival_of(item)
        await super().put(item)


def arrival_of(event: WebhookEvent) -> float:
    """Return when an event came: now, if nobody has asked before."""
    return _ARRIVALS.setdefault(event, time.monotonic())
