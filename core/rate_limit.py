"""The gate of one vendor: how many requests at once and a second, and when none at all.

Vendors limit one or the other and seldom say which. Concurrency follows additive
increase, multiplicative decrease; the request rate is what went through between two
refusals. `tests/core/test_gate_laws.py` plays both against vendors of either sort.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from math import inf, sqrt

from core.limit_headers import Allowance, Pause

# Both vendors advise at most five to ten requests in flight per tenant.
MAX_IN_FLIGHT = 10
# A quota is refilled at the full hour: nothing sensible asks for a longer pause.
LONGEST_PAUSE_SECONDS = 3700.0
EVERYTHING = "*"

# Halve, as TCP does.
DECREASE = 0.5
# What was refused is tried again after so many pauses and answers: it may cost 5 % of
# the time and 2 % of the requests.
PAUSES_PER_PROBE = 20.0
ANSWERS_PER_PROBE = 50

# Stay below the rate that was measured, which is right to a few percent.
RATE_MARGIN = 0.95
# Grow by 1 %, 2 %, 4 % … of the rate: careful near the limit, quick when it is gone.
FIRST_STEP = 0.01
LARGEST_STEP = 1.0
# Enough requests for a rate above the limit to use up a small burst before the next.
REQUESTS_PER_STEP = 10
# The shortest unit in which vendors count; a shorter time measures only their burst.
SHORTEST_MEASURE_SECONDS = 1.0
# The lowest known limit of a vendor is fifteen times as high; below, pauses will do.
SLOWEST_PER_SECOND = 0.2
# How late a request may be, in intervals, without the next having to be late as well.
LATENESS = 0.1
# Longer pauses mean a quota of an hour or a day, and say nothing about a rate.
LONGEST_LESSON_SECONDS = 60.0


class Pace:
    """The pause and the request rate of one endpoint, or of everything."""

    def __init__(self) -> None:
        self.rate: float | None = None
        # When the last refusal came; what had started before says nothing new.
        self.slowed_at = -inf
        self._next_at = -inf
        self._paused_until = -inf
        self._last_start = -inf
        self._measured_since = 0.0
        self._answered = 0
        self._refused_in_vain = 0
        self._waited = 0
        self._step = FIRST_STEP

    def wait(self, now: float) -> float:
        """Return the seconds until the next request may start."""
        return max(self._next_at, self._paused_until) - now

    def start(self, now: float) -> None:
        """Note that a request starts now."""
        interval = 1 / self.rate if self.rate else 0.0
        idle = now - max(self._last_start, self._paused_until)
        if idle > SHORTEST_MEASURE_SECONDS + 2 * interval:
            # The vendor has forgotten what came before, so it would measure nothing.
            self.measure_from(now)
        self._last_start = now
        if now - self._next_at < interval:
            self._waited += 1
        self._next_at = max(self._next_at, now - LATENESS * interval) + interval

    def answered(self) -> None:
        """Note that a request was let through; grow when the rate holds others up."""
        self._answered += 1
        self._refused_in_vain = 0
        if self.rate and self._waited >= REQUESTS_PER_STEP:
            self.rate *= 1 + self._step
            self._step = min(2 * self._step, LARGEST_STEP)
            self._waited = 0

    def limit(self, per_second: float) -> None:
        """Send no more than so many requests a second, at first."""
        self.rate = max(min(per_second, self.rate or inf), SLOWEST_PER_SECOND)

    def pause(self, now: float, seconds: float) -> None:
        """Start nothing for so long; a shorter pause never ends a longer one."""
        self._paused_until = max(self._paused_until, now + seconds)

    def refused(self, now: float, pause_seconds: float, alone: bool) -> None:
        """Lower the rate to what went through since the last refusal.

        `alone` says that nothing else was in flight, so that it must be the rate.
        """
        if pause_seconds > LONGEST_LESSON_SECONDS:
            return
        if self._answered:
            # Half of one request: that much of the vendor's next token was there.
            self.limit(RATE_MARGIN * (self._answered + 0.5) / self._took(now, alone))
        else:
            self._back_off(now, pause_seconds)
        self.measure_from(now)
        self._step, self._waited = FIRST_STEP, 0

    def measure_from(self, now: float) -> None:
        """Forget what went through until now; best when the vendor has none left."""
        self._measured_since, self._answered = now, 0

    def _took(self, now: float, alone: bool) -> float:
        """Return the time of the measurement.

        A pause earns tokens where the rate is limited, and is lost where concurrency
        is; with others in flight it may be either, hence the mean.
        """
        took = max(now - self._measured_since, SHORTEST_MEASURE_SECONDS)
        paused = max(self._paused_until - self._measured_since, 0.0)
        return took if alone or paused >= took else sqrt(took * (took - paused))

    def _back_off(self, now: float, pause_seconds: float) -> None:
        """Wait twice as long after each refusal that directly follows another.

        When nothing comes through, it is an outage: only the first says it is the rate.
        """
        if self.rate and not self._refused_in_vain:
            self.limit(self.rate * DECREASE)
        seconds = pause_seconds * 2**self._refused_in_vain
        self._next_at = now + min(seconds, LONGEST_LESSON_SECONDS)
        self._refused_in_vain += 1


@dataclass(frozen=True)
class Turn:
    """A request that the gate has let through; `in_flight` counts it, too."""

    endpoint: str
    in_flight: int
    started: float


class Gate:
    """Let requests to one vendor through, as many and as fast as it takes them.

    No request holds a place while it waits for a pause or for the pace.
    """

    def __init__(
        self,
        max_in_flight: int = MAX_IN_FLIGHT,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.clock = clock
        self._most = self._ceiling = max_in_flight
        # How many may be in flight; one more for each round without a refusal.
        self._limit = 1.0
        self._in_flight = 0
        self._freed = asyncio.Event()
        # How many went well at once, and when more than the ceiling is tried again.
        self._proven = 0
        self._probe_at = -inf
        self._answers_to_probe = 0
        self._paces: dict[str, Pace] = defaultdict(Pace)
        self._lines: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    @asynccontextmanager
    async def turn(self, endpoint: str) -> AsyncIterator[Turn]:
        """Hold one place for one request to `endpoint`, as `endpoint_of` names it."""
        # First come, first served; only the first in a line reads the clock.
        async with self._lines[endpoint]:
            await self._until_free(endpoint)
            now = self.clock()
            for pace in self._paces_of(endpoint):
                pace.start(now)
            self._in_flight += 1
        try:
            yield Turn(endpoint, self._in_flight, now)
        finally:
            self._in_flight -= 1
            self._freed.set()

    def answered(self, turn: Turn, allowance: Allowance | None = None) -> None:
        """Learn that a request was let through, and what the vendor says is left."""
        for pace in self._paces_of(turn.endpoint):
            pace.answered()
        # All that are in flight might meet an empty bucket.
        if allowance and allowance.remaining < self._most:
            self._paces[EVERYTHING].limit(allowance.per_second)
        self._proven = max(self._proven, turn.in_flight)
        self._answers_to_probe -= 1
        if self._may_probe():
            self._ceiling = self._most
        # A limit that is hardly used proves nothing.
        if 2 * turn.in_flight >= self._limit:
            self._limit = min(self._limit + 1 / self._limit, self._ceiling)

    def obey(self, turn: Turn, pause: Pause, *, refused: bool) -> None:
        """Pause the endpoint or everything, and after a refusal (429) slow down."""
        now = self.clock()
        pace = self._paces[turn.endpoint if pause.endpoint else EVERYTHING]
        if turn.started > pace.slowed_at:
            pace.slowed_at = now
            if refused and pause.endpoint:
                # What vendors call a burst limit is a rate by definition.
                pace.refused(now, pause.seconds, alone=True)
            elif refused:
                self._slow_down(turn, pause, now)
            if not pause.endpoint:
                self._limit = max(1.0, self._limit * DECREASE)
        pace.pause(now, min(pause.seconds, LONGEST_PAUSE_SECONDS))

    def _slow_down(self, turn: Turn, pause: Pause, now: float) -> None:
        """Lower the number in flight, the rate, or both if the cause is unclear."""
        alone, soon = turn.in_flight == 1, not self._may_probe()
        more_than_ever = turn.in_flight > self._proven
        if more_than_ever or (soon and not alone):
            self._ceiling = max(1, turn.in_flight - 1)
        if alone or not more_than_ever:
            self._paces[EVERYTHING].refused(now, pause.seconds, alone)
        else:
            self._paces[EVERYTHING].measure_from(now)
        self._proven = min(self._proven, self._ceiling)
        self._probe_at = now + PAUSES_PER_PROBE * pause.seconds
        self._answers_to_probe = ANSWERS_PER_PROBE

    def _may_probe(self) -> bool:
        return self._answers_to_probe <= 0 and self.clock() >= self._probe_at

    async def _until_free(self, endpoint: str) -> None:
        while True:
            now = self.clock()
            seconds = max(pace.wait(now) for pace in self._paces_of(endpoint))
            if seconds > 0:
                await asyncio.sleep(seconds)
            elif self._in_flight >= int(self._limit):
                self._freed.clear()
                await self._freed.wait()
            else:
                return

    def _paces_of(self, endpoint: str) -> tuple[Pace, Pace]:
        return self._paces[endpoint], self._paces[EVERYTHING]
