"""Deal with many events at once, but with those of one object one after the other.

Otherwise what was read first could be written last. And of a burst of events about one
object only those count that came after its last read had begun.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from weakref import WeakValueDictionary

from port_ocean.core.handlers.webhook.processor_manager import (
    LiveEventsProcessorManager,
)
from port_ocean.core.handlers.webhook.webhook_event import WebhookEvent

from core.recent_reads import RecentReads
from webhook_processors.base import VendorWebhookProcessor
from webhook_processors.progress import RUNNING, Progress

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
    """Have the framework's manager deal with events in the order of each object."""
    process: Callable[[str, int, WebhookEvent], Awaitable[None]]
    process = manager._process_webhook_event
    locks, done = Locks(), RecentReads()

    async def in_order(path: str, worker_id: int, event: WebhookEvent) -> None:
        claims = await claims_on(manager._processors_classes[path], event)
        async with locks.hold(key for claim in claims for key in claim.objects()):
            if await _are_covered(claims, done):
                return
            progress, began_at = Progress(), datetime.now(UTC)
            token = RUNNING.set(progress)
            try:
                await process(path, worker_id, event)
            finally:
                RUNNING.reset(token)
            for claim in claims if progress.is_complete else ():
                done.note(claim.burst(), began_at)

    manager._process_webhook_event = in_order  # type: ignore[method-assign]


async def _are_covered(claims: list[VendorWebhookProcessor], done: RecentReads) -> bool:
    """Tell whether a genuine event came before all it concerns was read once more."""
    if not claims:
        return False
    for claim in claims:
        name = claim.burst()
        if name is None or not done.covers(name, claim.event.created_at):
            return False
        if not await claim.is_genuine(claim.event.headers):
            return False
    for claim in claims:
        claim.is_covered()
    return True


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
