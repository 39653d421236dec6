"""Remember events that could not be processed yet, and retry them with backoff.

A vendor or Port may be down, or refuse the credential for a while. The latest event
of each object waits until it is done. It waits in memory only: what a killed process
had is found by the look at the next start.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass

from loguru import logger
from port_ocean.core.handlers.webhook.webhook_event import WebhookEvent

from framework.known_event import KnownEvent, arrival_of
from framework.live_metrics import DROPPED, WAITING

# Beyond that, the oldest is dropped: a storm during an outage must not cost the memory.
MAX_EVENTS = 2_000
MAX_BYTES = 32 * 1024 * 1024
# Between two tries of an event: doubled each time.
FIRST_SECONDS, LONGEST_SECONDS = 5.0, 300.0
# After a day a resync has brought the object, or its report says why it can't.
GIVE_UP_SECONDS = 86_400.0
# Tried at the same moment, as long as they succeed. After a failure, one at a time, and
# ever less often: vendor or Port may be down, and every try is in the log.
MOST_AT_ONCE = 16
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 1.0, 30.0

type Process = Callable[[KnownEvent], Awaitable[None]]


@dataclass
class _Waiting:
    """An event, with its payload as JSON, which takes far less memory than objects."""

    path: str
    trace_id: str
    payload: bytes
    arrived_at: float
    since: float
    due_at: float
    tries: int = 0

    def event(self) -> KnownEvent:
        payload = json.loads(self.payload)
        trace_id, arrived_at = self.trace_id, self.arrived_at
        return KnownEvent(self.path, payload, trace_id=trace_id, arrived_at=arrived_at)


class Retries:
    """Keep a bounded number of events until they are processed, one for each key."""

    def __init__(self, size: int = MAX_EVENTS, max_bytes: int = MAX_BYTES) -> None:
        self._waiting: dict[Hashable, _Waiting] = {}
        self._size, self._max_bytes, self._bytes = size, max_bytes, 0
        self._has_more = asyncio.Event()
        self._pause = FIRST_PAUSE_SECONDS

    def __len__(self) -> int:
        return len(self._waiting)

    def remember(self, key: Hashable, event: WebhookEvent) -> None:
        """Keep an event that could not be processed, instead of an older one."""
        now, old = time.monotonic(), self._waiting.get(key)
        waiting = _Waiting(
            path=event.webhook_path or "",
            trace_id=event.trace_id,
            payload=json.dumps(event.payload).encode(),
            arrived_at=arrival_of(event),
            since=old.since if old else now,
            due_at=old.due_at if old else now + FIRST_SECONDS,
            tries=old.tries if old else 0,
        )
        if old and old.arrived_at > waiting.arrived_at:
            return
        self.forget(key)
        self._waiting[key] = waiting
        self._bytes += len(waiting.payload)
        self._make_room()
        WAITING.set(len(self))
        self._has_more.set()

    def forget(self, key: Hashable) -> None:
        """Drop the event of a key, for it was processed."""
        if waiting := self._waiting.pop(key, None):
            self._bytes -= len(waiting.payload)
            WAITING.set(len(self))

    def oldest_arrival(self) -> float | None:
        """Return when the oldest event came (monotonic), None if nothing waits."""
        return min((one.arrived_at for one in self._waiting.values()), default=None)

    async def run(self, process: Process) -> None:
        """Retry for ever what is due."""
        while True:
            await self.retry_due(process)
            self._has_more.clear()
            due = min((one.due_at for one in self._waiting.values()), default=None)
            seconds = None if due is None else max(0.0, due - time.monotonic())
            try:
                await asyncio.wait_for(self._has_more.wait(), seconds)
            except TimeoutError:
                continue

    async def retry_due(self, process: Process) -> None:
        """Retry what is due: one event at first, and more as long as that succeeds."""
        at_once = 1
        while due := self._take_due(at_once):
            await asyncio.gather(*(process(one.event()) for one in due.values()))
            if due.keys() & self._waiting.keys():
                at_once = 1
                await asyncio.sleep(self._pause)
                self._pause = min(2 * self._pause, LONGEST_PAUSE_SECONDS)
            else:
                at_once = min(2 * at_once, MOST_AT_ONCE)
                self._pause = FIRST_PAUSE_SECONDS

    def _take_due(self, number: int) -> dict[Hashable, _Waiting]:
        """Return some of what is due, and schedule the next try of it."""
        now = time.monotonic()
        due: dict[Hashable, _Waiting] = {}
        for key, waiting in list(self._waiting.items()):
            if now - waiting.since > GIVE_UP_SECONDS:
                logger.error(f"An event is given up after a day: {key}")
                self._drop(key)
            elif waiting.due_at <= now and len(due) < number:
                pause = min(LONGEST_SECONDS, FIRST_SECONDS * 2 ** (waiting.tries + 1))
                waiting.tries += 1
                waiting.due_at = now + pause
                due[key] = waiting
        return due

    def _make_room(self) -> None:
        while len(self) > self._size or self._bytes > self._max_bytes:
            self._drop(next(iter(self._waiting)))

    def _drop(self, key: Hashable) -> None:
        self.forget(key)
        DROPPED.inc()
