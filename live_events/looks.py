"""Look for what has changed without a live event, at the start and again and again.

Vendors give up events, and a killed process has lost those that it had accepted. What
is found is processed like a live event, so what was processed already costs nothing.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from datetime import datetime, timedelta
from typing import Any, Protocol

from loguru import logger

from core.clock import VendorClock
from core.trouble import PERMANENT, describe
from framework.known_event import KnownEvent
from live_events.retry import Process

# So far a start looks back if it is unknown what was found before.
FIRST_LOOKBACK = timedelta(hours=1)
# What is older is left to resyncs; so one event that fails for ever holds nothing back.
LONGEST_LOOKBACK = timedelta(days=1)
# After the start, for what a vendor's index did not have yet.
SECOND_LOOK_SECONDS = 60.0
# Vendors tell their time in whole seconds, and some servers renew it late.
CLOCK_STEP = timedelta(seconds=10)
# As many as are processed at the same moment from the queue.
EVENTS_AT_ONCE = 50

# Yields events of a time span: since, until.
type Part = Callable[[datetime, datetime], AsyncGenerator[list[KnownEvent]]]


class Look(Protocol):
    """Finds what has changed at a vendor."""

    def parts(self) -> Sequence[Part]:
        """Return what finds events; one that fails stops no other."""


class Store(Protocol):
    """Keeps until when a product was looked through, also after a kill."""

    async def load(self, product: str) -> datetime | None:
        """Return what was saved last, None if nothing was."""

    async def save(self, product: str, until: datetime) -> None:
        """Save a moment."""


class Unfinished(Protocol):
    """Knows what was accepted and is not done yet."""

    def oldest_arrival(self) -> float | None:
        """Return when the oldest event came (monotonic), None if all is done."""


class Looks:
    """Look through one product, and process what was found."""

    def __init__(
        self,
        product: str,
        look: Look,
        clock: VendorClock,
        *,
        overlap: timedelta,
        grace: timedelta = timedelta(0),
    ) -> None:
        """Take how much two looks overlap, and how young changes are left to events.

        All moments are the vendor's time.
        """
        self._product, self._look, self._clock = product, look, clock
        self._overlap, self._grace = overlap, grace
        self._since: datetime | None = None
        self._named: set[str] = set()

    async def run(
        self, seconds: float, store: Store, unfinished: Unfinished, process: Process
    ) -> None:
        """Look at once, soon after, and then every so many seconds."""
        pause = min(SECOND_LOOK_SECONDS, seconds)
        while True:
            await self._try(self.look(store, unfinished, process))
            await asyncio.sleep(pause)
            pause = seconds

    async def look(self, store: Store, unfinished: Unfinished, process: Process) -> int:
        """Process what has changed since the last look; return how many events.

        If a part fails, the next look begins where this one did.
        """
        is_first = self._since is None
        now = self._clock.now()
        reached = await self._reached(store, now)
        since = reached - self._overlap
        # After a kill, the events of the last moments are lost as well.
        until = now + CLOCK_STEP if is_first else max(since, now - self._grace)
        found, failed = 0, False
        for part in self._look.parts():
            try:
                found += await self._process(part(since, until), process)
            except Exception as error:  # whatever it is, the other parts go on
                failed |= not isinstance(error, PERMANENT)
                self._name(error)
        if not failed:
            self._since = max(reached, until)
            await self._save(store, unfinished, self._since)
        return found

    async def _process(
        self, pages: AsyncGenerator[list[KnownEvent]], process: Process
    ) -> int:
        found, places = 0, asyncio.Semaphore(EVENTS_AT_ONCE)

        async def process_one(event: KnownEvent) -> None:
            async with places:
                await process(event)

        async with aclosing(pages):
            async for events in pages:
                found += len(events)
                await asyncio.gather(*map(process_one, events))
        return found

    async def _reached(self, store: Store, now: datetime) -> datetime:
        """Return from when to look: the moment that the last look has reached."""
        reached = self._since
        if reached is None:
            try:
                reached = await store.load(self._product)
            except Exception as error:  # a longer lookback does instead
                self._name(error)
        if reached is None or reached - self._overlap > now:  # a clock was wrong
            reached = now - FIRST_LOOKBACK
        return max(reached, now - LONGEST_LOOKBACK)

    async def _save(
        self, store: Store, unfinished: Unfinished, until: datetime
    ) -> None:
        """Save until when all is done; what waits for a retry is not."""
        oldest = unfinished.oldest_arrival()
        done = until if oldest is None else min(until, self._clock.there(oldest))
        done = max(done, until - LONGEST_LOOKBACK)
        await self._try(store.save(self._product, done))

    async def _try(self, work: Awaitable[Any]) -> None:
        try:
            await work
        except Exception as error:  # whatever it is, the next look may succeed
            self._name(error)

    def _name(self, error: Exception) -> None:
        """Log an error, once for each text."""
        text = describe(error)
        if text not in self._named:
            self._named = {text, *list(self._named)[:100]}
            logger.warning(f"The look for missed changes in {self._product}: {text}")
