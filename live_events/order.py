"""Process many events at once, but those of one object one after the other.

Otherwise what was read first could be written last.
"""

import asyncio
import time
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Hashable,
    Iterable,
    Sequence,
)
from contextlib import AsyncExitStack, asynccontextmanager
from weakref import WeakValueDictionary

from loguru import logger
from port_ocean.core.handlers.webhook.abstract_webhook_processor import (
    AbstractWebhookProcessor,
)
from port_ocean.core.handlers.webhook.webhook_event import WebhookEvent

from framework.event_outcome import Outcome
from framework.event_stream import EventStream
from framework.known_event import arrival_of
from framework.webhook_processor import OrderedWebhookProcessor
from live_events.coalescing import PAUSE_SECONDS, Coalescer
from live_events.deferral import Deferral
from live_events.retry import Process, Retries
from live_events.shared_locks import hold_in_redis


class Locks:
    """One lock for each object that is being processed."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[Hashable, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def hold(self, keys: Iterable[str]) -> AsyncIterator[None]:
        """Hold the locks of all keys, taken in sorted order to rule out a deadlock."""
        async with AsyncExitStack() as held:
            for key in sorted(set(keys)):
                lock = self._locks.setdefault(key, asyncio.Lock())
                await held.enter_async_context(lock)
            yield


class EventOrder:
    """Keep the events of each object in order, and coalesce duplicates."""

    def __init__(self, pause_seconds: float = PAUSE_SECONDS) -> None:
        """Take how long to wait between two reads of an object."""
        self._locks = Locks()
        self._coalescer = Coalescer(pause_seconds)
        self.retries = Retries()
        self.deferral = Deferral()

    def was_processed(self, event_id: str) -> bool:
        """Return whether a vendor's event was processed here lately."""
        return self._coalescer.was_processed(event_id)

    def oldest_arrival(self) -> float | None:
        """Return when the oldest event came that is not done (monotonic), or None."""
        kept = (self.retries.oldest_arrival(), self.deferral.oldest_arrival())
        return min((one for one in kept if one is not None), default=None)

    async def run(
        self,
        event: WebhookEvent,
        processors: Sequence[type[AbstractWebhookProcessor]],
        stream: EventStream | None,
        process: Callable[[Outcome], Awaitable[None]],
    ) -> None:
        """Process an event in its turn; what is raised is logged."""
        arrived_at = arrival_of(event)
        try:
            matching = await matching_processors(processors, event)
            keys = [key for processor in matching for key in processor.lock_keys()]
            async with self._locks.hold(keys), hold_in_redis(stream, keys):
                if await self._coalescer.can_skip(matching, arrived_at):
                    self.retries.forget(_what_it_does(event, matching))
                    return
                await self._coalescer.pause(matching)
                # A stream forgets an event once it was processed, so nothing may wait.
                defer = self.deferral.put if stream is None else None
                outcome, began_at = Outcome(defer=defer), time.monotonic()
                await process(outcome)
                await self._coalescer.record(matching, began_at, outcome)
                await self._retry_unless_done(event, matching, outcome)
        except Exception as error:  # an error raised here would end the worker
            logger.exception(f"A live event could not be processed: {error!r}")

    async def finish(self, process: Process) -> None:
        """Process what was deferred, and retry what is due, before the process ends."""
        await self.deferral.finish(process)
        await self.retries.retry_due(process)

    async def _retry_unless_done(
        self,
        event: WebhookEvent,
        matching: Sequence[OrderedWebhookProcessor],
        outcome: Outcome,
    ) -> None:
        """Keep a genuine event that is worth another try, and forget what is done."""
        key = _what_it_does(event, matching)
        if outcome.is_done:
            outcome.conclude()
            self.retries.forget(key)
        elif matching and all([await p.is_authentic(event.headers) for p in matching]):
            self.retries.remember(key, event)


def _what_it_does(
    event: WebhookEvent, processors: Sequence[OrderedWebhookProcessor]
) -> Hashable:
    """Return what a later event has in common that replaces this one.

    That is what it reads; an event that does more, such as a move, stands alone.
    """
    reads = tuple(processor.coalescing_key() for processor in processors)
    return reads if all(reads) else (event.webhook_path, event.trace_id)


async def matching_processors(
    processors: Iterable[type[AbstractWebhookProcessor]], event: WebhookEvent
) -> list[OrderedWebhookProcessor]:
    """Return the processors of an event, if its body is sound."""
    return [
        processor
        for class_ in processors
        if issubclass(class_, OrderedWebhookProcessor)
        and await (processor := class_(event)).should_process_event(event)
        and await processor.validate_payload(event.payload)
    ]
