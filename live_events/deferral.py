"""Process events of our own a moment later: one for each object, however many come.

So a storm about one object costs one read of what would cost too much with each event.
"""

import asyncio
import time
from collections.abc import Hashable
from dataclasses import dataclass

from framework.known_event import KnownEvent, arrival_of
from live_events.retry import Process

# An event is due if no other one about its object has come for so long, and at the
# latest so long after the first one, for they may come without an end.
QUIET_SECONDS, LONGEST_SECONDS = 1.0, 4.0
# As many as are processed at the same moment from the queue.
EVENTS_AT_ONCE = 50


@dataclass
class _Waiting:
    """An event, when it is due, and when at the latest."""

    event: KnownEvent
    due_at: float
    latest_at: float
    is_taken: bool = False


class Deferral:
    """Keeps the latest event of each trace id until no other one has come for a while.

    It keeps no more than what the workers of the queue have read lately, and that in
    memory only: what a killed process had is found by the look at the next start.
    """

    def __init__(self) -> None:
        self._waiting: dict[Hashable, _Waiting] = {}
        self._has_more = asyncio.Event()
        self._places = asyncio.Semaphore(EVENTS_AT_ONCE)

    def put(self, event: KnownEvent) -> None:
        """Keep an event instead of an older one of its path and trace id."""
        key, now = (event.webhook_path, event.trace_id), time.monotonic()
        old = self._waiting.get(key)
        latest_at = now + LONGEST_SECONDS
        if old is not None and not old.is_taken:
            latest_at = old.latest_at
        due_at = min(now + QUIET_SECONDS, latest_at)
        self._waiting[key] = _Waiting(event, due_at, latest_at)
        self._has_more.set()

    def oldest_arrival(self) -> float | None:
        """Return when the oldest event came (monotonic), None if nothing waits."""
        events = (one.event for one in self._waiting.values())
        return min(map(arrival_of, events), default=None)

    async def run(self, process: Process) -> None:
        """Process for ever what is due; nothing waits for what takes long."""
        async with asyncio.TaskGroup() as running:
            while True:
                self._has_more.clear()
                for key, waiting in self._take_due():
                    running.create_task(self._process(key, waiting, process))
                try:
                    await asyncio.wait_for(self._has_more.wait(), self._seconds())
                except TimeoutError:
                    continue

    async def finish(self, process: Process) -> None:
        """Process all that is left, due or not."""
        left = [*self._waiting.items()]
        await asyncio.gather(*(self._process(*one, process) for one in left))

    def _take_due(self) -> list[tuple[Hashable, _Waiting]]:
        now, due = time.monotonic(), []
        for key, waiting in self._waiting.items():
            if waiting.due_at <= now and not waiting.is_taken:
                waiting.is_taken = True
                due.append((key, waiting))
        return due

    def _seconds(self) -> float | None:
        """Return the seconds until the next event is due, None if there is none."""
        due = [one.due_at for one in self._waiting.values() if not one.is_taken]
        return max(0.0, min(due) - time.monotonic()) if due else None

    async def _process(
        self, key: Hashable, waiting: _Waiting, process: Process
    ) -> None:
        async with self._places:
            await process(waiting.event)
        if self._waiting.get(key) is waiting:
            del self._waiting[key]
