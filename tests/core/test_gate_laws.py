"""The gate against vendors that limit the rate, or the number of requests at once.

The least time a limit allows is known, so both what it costs to find the limit and what
it costs to stay below can be told to the second.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.limit_headers import DEFAULT_PAUSE_SECONDS, Allowance, Pause
from core.rate_limit import MAX_IN_FLIGHT, Gate
from tests.virtual_time import now, run

LARGEST_SHARE = 0.05
LONGEST_RATIO = 1.15
# As many as the integration has at once: parents side by side, each reading ahead.
WORKERS = 30
OUTAGE_SECONDS = 20.0


class Bucket:
    """A vendor that lets `per_second` requests through, after a burst."""

    def __init__(self, per_second: float, burst: int, told: bool = False) -> None:
        self.per_second, self.burst, self.told = per_second, burst, told
        self.tokens, self.filled_at, self.in_flight = float(burst), 1000.0, 0

    def least_seconds(self, requests: int, latency: float) -> float:
        return max((requests - self.burst) / self.per_second, latency)

    def ask(self, at: float) -> int | None:
        """Return the Retry-After of a refusal, in whole seconds."""
        earned = (at - self.filled_at) * self.per_second
        self.tokens, self.filled_at = min(self.burst, self.tokens + earned), at
        if self.tokens < 1:
            return ceil((1 - self.tokens) / self.per_second)
        self.tokens -= 1
        return None

    def allowance(self) -> Allowance | None:
        return Allowance(int(self.tokens), self.per_second) if self.told else None


class Places:
    """A vendor that works at so many requests at a time."""

    def __init__(self, places: int) -> None:
        self.places, self.in_flight = places, 0

    def least_seconds(self, requests: int, latency: float) -> float:
        return requests * latency / self.places

    def ask(self, at: float) -> int | None:
        return None if self.in_flight < self.places else 1

    def allowance(self) -> Allowance | None:
        return None


type Vendor = Bucket | Places


@dataclass
class Outcome:
    """What it took to get every request answered."""

    asked: int = 0
    refused: int = 0
    seconds: float = 0.0

    @property
    def share(self) -> float:
        return self.refused / self.asked


async def ask_all(
    vendor: Vendor, requests: int, latency: float, silent: bool = False
) -> Outcome:
    """Send so many requests through a gate until each has been answered."""
    gate, outcome, began = Gate(clock=now), Outcome(), now()
    left = iter(range(requests))

    async def attempt() -> bool:
        async with gate.turn("GET x") as turn:
            outcome.asked += 1
            wait = vendor.ask(now())
            if wait is not None:
                outcome.refused += 1
                pause = Pause(DEFAULT_PAUSE_SECONDS if silent else wait, endpoint=False)
                gate.obey(turn, pause, refused=True)
                return False
            vendor.in_flight += 1
            await asyncio.sleep(latency)
            vendor.in_flight -= 1
            gate.answered(turn, vendor.allowance())
            return True

    async def worker() -> None:
        for _ in left:
            while not await attempt():
                pass

    await asyncio.gather(*(worker() for _ in range(WORKERS)))
    outcome.seconds = now() - began
    return outcome


def one_a_second() -> Vendor:
    return Bucket(1, burst=2)


def three_a_second() -> Vendor:
    return Bucket(3, burst=5)


def ten_a_second() -> Vendor:
    return Bucket(10, burst=10)


def octopus_default() -> Vendor:
    return Bucket(200 / 60, burst=200)


def two_at_a_time() -> Vendor:
    return Places(2)


def five_at_a_time() -> Vendor:
    return Places(5)


@pytest.mark.parametrize("latency", [0.04, 0.2])
@pytest.mark.parametrize(
    ("vendor", "requests"),
    [
        (ten_a_second, 1000),
        (one_a_second, 100),
        (one_a_second, 369),
        (one_a_second, 1000),
        (three_a_second, 100),
        (three_a_second, 917),
        (octopus_default, 369),
        (octopus_default, 1000),
        (two_at_a_time, 400),
        (two_at_a_time, 917),
        (five_at_a_time, 2000),
    ],
)
def test_limit_is_found_and_used(
    vendor: Callable[[], Vendor], requests: int, latency: float
) -> None:
    limited = vendor()

    outcome = run(ask_all(limited, requests, latency))

    assert outcome.share <= LARGEST_SHARE
    assert outcome.seconds <= LONGEST_RATIO * limited.least_seconds(requests, latency)


@pytest.mark.parametrize(
    ("vendor", "requests"), [(one_a_second, 369), (two_at_a_time, 917)]
)
def test_limit_is_found_without_any_header(
    vendor: Callable[[], Vendor], requests: int
) -> None:
    limited = vendor()

    outcome = run(ask_all(limited, requests, 0.04, silent=True))

    assert outcome.share <= LARGEST_SHARE
    assert outcome.seconds <= LONGEST_RATIO * limited.least_seconds(requests, 0.04)


@pytest.mark.parametrize(("per_second", "burst"), [(1, 2), (10 / 3, 200), (10, 20)])
def test_rate_that_the_vendor_declares_is_never_exceeded(
    per_second: float, burst: int
) -> None:
    vendor = Bucket(per_second, burst, told=True)

    outcome = run(ask_all(vendor, 600, 0.04))

    assert outcome.refused <= 1
    assert outcome.seconds <= LONGEST_RATIO * vendor.least_seconds(600, 0.04)


@pytest.mark.parametrize("latency", [0.04, 1.0])
def test_vendor_without_a_limit_is_asked_at_full_concurrency_after_a_few_rounds(
    latency: float,
) -> None:
    outcome = run(ask_all(Places(MAX_IN_FLIGHT), 1000, latency))

    assert outcome.refused == 0
    rounds = outcome.seconds / latency
    assert rounds <= 1000 / MAX_IN_FLIGHT + MAX_IN_FLIGHT


def test_first_refusal_slows_down_what_comes_before_the_second() -> None:
    async def starts_after_a_refusal() -> list[float]:
        gate, starts = Gate(clock=now), []
        for _ in range(60):
            async with gate.turn("GET x") as turn:
                gate.answered(turn)
        async with gate.turn("GET x") as turn:
            gate.obey(turn, Pause(1.0, endpoint=False), refused=True)
        refused_at = now()

        async def request() -> None:
            async with gate.turn("GET x") as turn:
                starts.append(now() - refused_at)
                await asyncio.sleep(0.1)
                gate.answered(turn)

        await asyncio.gather(*(request() for _ in range(MAX_IN_FLIGHT)))
        return starts

    starts = run(starts_after_a_refusal())

    assert min(starts) >= 1
    assert starts.count(min(starts)) == 1


def test_speed_comes_back_when_the_limit_is_gone() -> None:
    async def relieved() -> float:
        gate = Gate(clock=now)
        for _ in range(20):
            async with gate.turn("GET x") as turn:
                gate.answered(turn)
            async with gate.turn("GET x") as turn:
                gate.obey(turn, Pause(1.0, endpoint=False), refused=True)
        began = now()
        for _ in range(300):
            async with gate.turn("GET x") as turn:
                gate.answered(turn)
        return now() - began

    assert run(relieved()) < 400


def test_an_outage_is_not_taken_for_a_low_rate() -> None:
    async def seconds_after_an_outage() -> float:
        gate, until = Gate(clock=now), now() + OUTAGE_SECONDS

        async def request() -> None:
            while True:
                async with gate.turn("GET x") as turn:
                    is_over = not before < now() < until
                    if is_over:
                        return gate.answered(turn)
                    gate.obey(turn, Pause(1.0, endpoint=False), refused=True)

        before = now() + 1.0
        async with asyncio.TaskGroup() as tasks:
            while now() < until:
                tasks.create_task(request())
                await asyncio.sleep(0.2)
        return now() - until

    assert run(seconds_after_an_outage()) < 3 * OUTAGE_SECONDS


@settings(max_examples=25, deadline=None)
@given(
    per_second=st.floats(0.5, 50),
    burst=st.integers(2, 40),
    latency=st.floats(0.01, 0.5),
)
def test_any_rate_is_answered_in_the_end(
    per_second: float, burst: int, latency: float
) -> None:
    vendor = Bucket(per_second, burst)

    outcome = run(ask_all(vendor, 300, latency))

    assert outcome.asked - outcome.refused == 300
    assert outcome.share <= 2 * LARGEST_SHARE


@settings(max_examples=25, deadline=None)
@given(places=st.integers(1, MAX_IN_FLIGHT), latency=st.floats(0.01, 2))
def test_any_number_of_places_is_answered_in_the_end(
    places: int, latency: float
) -> None:
    vendor = Places(places)

    outcome = run(ask_all(vendor, 300, latency))

    assert outcome.asked - outcome.refused == 300
    assert outcome.share <= LARGEST_SHARE
