"""Coalesce live events: skip one whose objects were read, and written, after it came.

So a burst of events about one object costs few reads.
"""

import asyncio
import time
from collections.abc import Sequence

from framework.event_outcome import Outcome
from framework.webhook_processor import OrderedWebhookProcessor
from live_events.recent_reads import LONG_AGO, RecentReads

# Between two reads of an object: what comes meanwhile is served by the second.
PAUSE_SECONDS = 0.5


class Coalescer:
    """Remember what was read, deleted and processed lately."""

    def __init__(self, pause_seconds: float = PAUSE_SECONDS) -> None:
        self._pause_seconds = pause_seconds
        self._read, self._deleted = RecentReads(), RecentReads()
        self._processed = RecentReads()

    def was_processed(self, event_id: str) -> bool:
        """Return whether an event with this id was processed lately."""
        return self._processed.knows(event_id)

    async def can_skip(
        self, processors: Sequence[OrderedWebhookProcessor], arrived_at: float
    ) -> bool:
        """Return whether a genuine event is older than the last reads it needs."""
        if not processors:
            return False
        for processor in processors:
            keys = await _keys(processor)
            deleted = map(self._deleted.last, processor.lock_keys())
            since = max(arrived_at, *deleted)
            if not keys or not all(self._read.is_newer(key, since) for key in keys):
                return False
            if not await processor.is_authentic(processor.event.headers):
                return False
        for processor in processors:
            self._note_processed(processor)
        return True

    async def pause(self, processors: Sequence[OrderedWebhookProcessor]) -> None:
        """Wait a moment if what an event reads was read just now."""
        keys = [key for processor in processors for key in await _keys(processor)]
        last = max(map(self._read.last, keys), default=LONG_AGO)
        await asyncio.sleep(max(last + self._pause_seconds - time.monotonic(), 0))

    async def record(
        self,
        processors: Sequence[OrderedWebhookProcessor],
        began_at: float,
        outcome: Outcome,
    ) -> None:
        """Keep the outcome of an event whose reads began at this moment."""
        for processor in processors:
            is_genuine = await processor.is_authentic(processor.event.headers)
            if is_genuine and processor.removes_object():
                for name in processor.lock_keys():
                    self._deleted.note(name, time.monotonic())
            for key in await _keys(processor) if outcome.is_complete else ():
                self._read.note(key, began_at)
            if is_genuine and outcome.is_done:
                self._note_processed(processor)

    def _note_processed(self, processor: OrderedWebhookProcessor) -> None:
        if event_id := processor.event_id():
            self._processed.note(event_id, time.monotonic())


async def _keys(processor: OrderedWebhookProcessor) -> list[str]:
    """Name what an event reads, kind by kind; nothing if it can't be coalesced."""
    key = processor.coalescing_key()
    kinds = await processor.get_matching_kinds(processor.event)
    return [f"{kind} {key}" for kind in kinds] if key else []
