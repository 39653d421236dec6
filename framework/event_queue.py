"""The framework's queue of a path, bounded: its own grows until memory ends.

It counts events until they are processed, not until a worker takes them.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from port_ocean.core.handlers.webhook.webhook_event import WebhookEvent

from core.sender import Sender
from framework.known_event import DatedQueue
from framework.webhook_processor import raw_body

# What a process does in about a minute, which is how long a full queue is refused.
MAX_EVENTS = 3_000
# In memory: a thousand issues with hundreds of fields each.
MAX_BYTES = 64 * 1024 * 1024
# What Python needs for each value of a parsed body, besides its text.
BYTES_PER_VALUE = 64


class EventQueue(DatedQueue):
    """Hold what was accepted on a path until it is processed."""

    def __init__(
        self,
        sender: Sender,
        was_processed: Callable[[str], bool],
        max_events: int = MAX_EVENTS,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        """Take who posts here, and what tells which events were processed lately."""
        super().__init__()
        self.sender = sender
        self._was_processed = was_processed
        self._max_events, self._max_bytes = max_events, max_bytes
        # Events, and posts that are about to become events, with the bytes they take.
        self._held: dict[object, int] = {}
        self._ids: set[str] = set()
        self._is_closed = False

    def close(self) -> None:
        """Accept nothing any more: nobody takes events from here."""
        self._is_closed = True

    def has_room(self, size: int) -> bool:
        """Return whether one more event may come that takes so many bytes.

        A single one may take more than all together: vendors send what they send.
        """
        if self._is_closed or len(self._held) >= self._max_events:
            return False
        return not self._held or sum(self._held.values()) + size <= self._max_bytes

    @contextmanager
    def reserve(self, size: int) -> Iterator[None]:
        """Keep so many bytes for an event until it is here."""
        ticket = object()
        self._held[ticket] = size
        try:
            yield
        finally:
            del self._held[ticket]

    def knows(self, event_id: str) -> bool:
        """Return whether this event waits here or was processed lately.

        One whose processing failed is unknown, so that it can be delivered again.
        """
        return event_id in self._ids or self._was_processed(event_id)

    async def put(self, event: WebhookEvent) -> None:
        """Accept an event; what can't be queued may come again."""
        self._held[event] = memory_of(await raw_body(event) or b"")
        if event_id := self.sender.event_id(event.headers, event.payload):
            self._ids.add(event_id)
        event.payload = SharedBody(event.payload)
        try:
            await super().put(event)
        except BaseException:
            self.done(event)
            raise

    def done(self, event: WebhookEvent) -> None:
        """Make room again, once an event was processed, successfully or not."""
        if self._held.pop(event, None) is None:  # it came another way
            return
        if event_id := self.sender.event_id(event.headers, event.payload):
            self._ids.discard(event_id)


def memory_of(body: bytes) -> int:
    """Return about how many bytes a body takes, with what it is parsed to."""
    values = body.count(b",") + body.count(b":")
    return 2 * len(body) + BYTES_PER_VALUE * values


class SharedBody(dict[str, Any]):
    """A body that nobody changes: the framework would copy it for each kind."""

    def __deepcopy__(self, memo: dict[int, Any]) -> "SharedBody":
        return self
