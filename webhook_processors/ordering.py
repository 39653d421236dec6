"""Deal with many events at once, but with those of one object one after the other.

Otherwise what was read first could be written last. And of a burst of events about one
object only those count that came after its last read had begun.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from weakref import WeakValueDictionary

from loguru import logger
from port_ocean.core.handlers.webhook.processor_manager import (
    LiveEventsProcessorManager,
)
from port_ocean.core.handlers.webhook.webhook_event import WebhookEvent

from core.recent_reads import RecentReads
from webhook_processors.base import VendorWebhookProcessor
from webhook_processors.outcome import note_progress
from webhook_processors.progress import RUNNING, Progress
from webhook_processors.shared_locks import hold_in_redis

# Events of a path that are dealt with side by side, unless the user says otherwise: as
# many issues as Jira looks for in one request past its index's lag.
EVENT_WORKERS = 50


class Locks:
    """One lock for each object that somebody deals with at the moment."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[Hashable, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def hold(self, keys: Iterable[str]) -> AsyncIterator[None]:
        """Hold the locks of all keys; always in the same order, so that nobody waits
        for somebody who waits for him.
        """
        async with AsyncExitStack() as held:
            for key in sorted(set(keys)):
                lock = self._locks.setdefault(key, asyncio.Lock())
                await held.enter_async_context(lock)
            yield


def keep_order(manager: LiveEventsProcessorManager) -> None:
    """Have the framework's manager deal with events in the order of each object.

    Its `sync_raw_results` has to return whether all was written.
    """
    process: Callable[[str, int, WebhookEvent], Awaitable[None]]
    process = manager._process_webhook_event
    note_progress(manager)
    locks, coverage = Locks(), Coverage()

    async def deal(path: str, worker_id: int, event: WebhookEvent) -> None:
        claims = await claims_on(manager._processors_classes[path], event)
        keys = [key for claim in claims for key in claim.objects()]
        shared = hold_in_redis(manager._live_events_consumer, keys)
        async with locks.hold(keys), shared:
            if await coverage.covers(claims):
                return
            progress, began_at = Progress(), datetime.now(UTC)
            token = RUNNING.set(progress)
            try:
                await process(path, worker_id, event)
            finally:
                RUNNING.reset(token)
            await coverage.note(claims, began_at, progress)

    async def in_order(path: str, worker_id: int, event: WebhookEvent) -> None:
        try:
            await deal(path, worker_id, event)
        except Exception as error:  # what is raised here would end the worker for good
            logger.exception(f"A live event could not be dealt with: {error!r}")

    manager._process_webhook_event = in_order  # type: ignore[method-assign]


class Coverage:
    """Knows what was read, and written, after which events had come in."""

    def __init__(self) -> None:
        self._read, self._buried = RecentReads(), RecentReads()

    async def covers(self, claims: list[VendorWebhookProcessor]) -> bool:
        """Tell whether a genuine event came before all it concerns was read anew."""
        if not claims:
            return False
        for claim in claims:
            names = await _asked_for(claim)
            buried = map(self._buried.last, claim.objects())
            since = max(claim.event.created_at, *buried)
            if not names or not all(self._read.covers(name, since) for name in names):
                return False
            if not await claim.is_genuine(claim.event.headers):
                return False
        for claim in claims:
            claim.is_done()
        return True

    async def note(
        self,
        claims: list[VendorWebhookProcessor],
        began_at: datetime,
        progress: Progress,
    ) -> None:
        """Keep what an event came to, whose reads began at this moment."""
        for claim in claims:
            is_genuine = await claim.is_genuine(claim.event.headers)
            if is_genuine and claim.is_final():
                for name in claim.objects():
                    self._buried.note(name, datetime.now(UTC))
            for name in await _asked_for(claim) if progress.is_complete else ():
                self._read.note(name, began_at)
            if is_genuine and progress.is_done:
                claim.is_done()


async def _asked_for(claim: VendorWebhookProcessor) -> list[str]:
    """Name what an event asks for kind by kind, nothing if no other can cover it."""
    burst, kinds = claim.burst(), await claim.get_matching_kinds(claim.event)
    return [f"{kind} {burst}" for kind in kinds] if burst else []


async def claims_on(
    processors: Iterable[type], event: WebhookEvent
) -> list[VendorWebhookProcessor]:
    """Return the processors that will deal with an event, if its body is sound."""
    claims = [processor(event) for processor in processors]
    return [
        claim
        for claim in claims
        if isinstance(claim, VendorWebhookProcessor)
        and await claim.should_process_event(event)
        and await claim.validate_payload(event.payload)
    ]
