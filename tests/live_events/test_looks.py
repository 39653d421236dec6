"""Changes without a live event are found, at the start and later, and cost little."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from port_ocean.core.handlers.webhook.webhook_event import WebhookEvent

from core.clock import VendorClock
from core.errors import Forbidden, Unavailable
from framework.known_event import KnownEvent, arrival_of
from live_events.looks import CLOCK_STEP, FIRST_LOOKBACK, LONGEST_LOOKBACK, Looks
from live_events.retry import Retries

OVERLAP = timedelta(minutes=10)
GRACE = timedelta(seconds=90)
SOON = timedelta(seconds=5)


class Store:
    """Keeps moments, unless Port is down."""

    def __init__(self) -> None:
        self.saved: dict[str, datetime] = {}
        self.requests = 0
        self.error: Exception | None = None

    async def load(self, product: str) -> datetime | None:
        if self.error:
            raise self.error
        return self.saved.get(product)

    async def save(self, product: str, until: datetime) -> None:
        self.requests += 1
        if self.error:
            raise self.error
        self.saved[product] = until


class Vendor:
    """Has changes; each part finds one, or fails."""

    def __init__(self, *errors: Exception | None) -> None:
        self.errors = list(errors)
        self.asked: list[tuple[datetime, datetime]] = []

    def parts(self) -> list[Any]:
        return [self._part(number) for number in range(len(self.errors))]

    def _part(self, number: int) -> Any:
        async def find(
            since: datetime, until: datetime
        ) -> AsyncGenerator[list[KnownEvent]]:
            self.asked.append((since, until))
            yield [KnownEvent("/path", {"number": number}, trace_id=str(number))]
            if error := self.errors[number]:
                raise error

        return find


class System:
    def __init__(self, vendor: Vendor, overlap: timedelta = OVERLAP) -> None:
        self.vendor, self.store, self.retries = vendor, Store(), Retries()
        self.processed: list[int] = []
        self.clock = VendorClock()
        self.looks = Looks("Vendor", vendor, self.clock, overlap=overlap, grace=GRACE)

    async def process(self, event: KnownEvent) -> None:
        self.processed.append(event.payload["number"])

    async def look(self) -> int:
        return await self.looks.look(self.store, self.retries, self.process)


def is_about(moment: datetime, wanted: datetime) -> bool:
    return abs(moment - wanted) < SOON


async def test_a_start_looks_from_where_the_last_process_was() -> None:
    system = System(Vendor(None))
    now = datetime.now(UTC)
    system.store.saved["Vendor"] = saved = now - timedelta(minutes=40)
    assert await system.look() == 1
    ((since, until),) = system.vendor.asked
    assert since == saved - OVERLAP
    assert is_about(until, now + CLOCK_STEP)  # a kill has lost the youngest, too
    assert system.store.saved["Vendor"] == until


async def test_a_start_sees_all_of_the_second_that_the_vendors_clock_shows() -> None:
    system = System(Vendor(None))
    shown = datetime.now(UTC).replace(microsecond=0)
    system.clock.note(format_datetime(shown, usegmt=True))
    await system.look()
    ((_, until),) = system.vendor.asked
    assert until >= shown + timedelta(seconds=1)


@pytest.mark.parametrize("error", [None, Unavailable("Port is down")])
async def test_without_a_saved_moment_a_start_looks_back_for_a_fixed_time(
    error: Exception | None,
) -> None:
    system = System(Vendor(None))
    system.store.error = error
    await system.look()
    ((since, _),) = system.vendor.asked
    assert is_about(since, datetime.now(UTC) - FIRST_LOOKBACK - OVERLAP)


async def test_a_very_old_moment_is_left_to_resyncs() -> None:
    system = System(Vendor(None))
    system.store.saved["Vendor"] = datetime(2020, 1, 1, tzinfo=UTC)
    await system.look()
    ((since, _),) = system.vendor.asked
    assert is_about(since, datetime.now(UTC) - LONGEST_LOOKBACK - OVERLAP)


async def test_a_moment_to_come_is_no_reason_to_look_at_nothing() -> None:
    system = System(Vendor(None))
    now = datetime.now(UTC)
    system.store.saved["Vendor"] = now + timedelta(hours=7)
    await system.look()
    ((since, until),) = system.vendor.asked
    assert is_about(since, now - FIRST_LOOKBACK - OVERLAP)
    assert system.store.saved["Vendor"] == until


async def test_what_fails_for_ever_makes_looks_no_longer_than_a_day() -> None:
    system = System(Vendor(Unavailable("one page is broken")))
    system.looks._since = datetime.now(UTC) - timedelta(days=9)
    await system.look()
    ((since, _),) = system.vendor.asked
    assert is_about(since, datetime.now(UTC) - LONGEST_LOOKBACK - OVERLAP)


async def test_later_looks_overlap_and_leave_the_youngest_to_events() -> None:
    system = System(Vendor(None))
    await system.look()
    await system.look()
    (_, first), (since, until) = system.vendor.asked
    assert since == first - OVERLAP
    assert is_about(until, datetime.now(UTC) - GRACE)


async def test_a_look_soon_after_another_one_asks_for_no_span_that_ends_early() -> None:
    system = System(Vendor(None), overlap=GRACE / 2)
    await system.look()
    await system.look()
    _, (since, until) = system.vendor.asked
    assert until >= since


async def test_a_part_that_fails_stops_no_other_and_is_looked_through_again() -> None:
    system = System(Vendor(Unavailable("down"), None))
    await system.look()
    assert system.processed == [0, 1]
    assert system.store.saved == {}
    system.vendor.errors[0] = None
    await system.look()
    assert system.store.saved != {}


async def test_what_is_refused_for_good_holds_nothing_back_and_is_named_once(
    warnings: list[str],
) -> None:
    system = System(Vendor(Forbidden("lacks EventView"), None))
    for _ in range(3):
        await system.look()
    assert system.store.saved != {}
    assert len([line for line in warnings if "lacks EventView" in line]) == 1


async def test_what_waits_for_a_retry_is_not_saved_as_done() -> None:
    system = System(Vendor(None))
    waiting = WebhookEvent("1", {}, {})
    arrival_of(waiting)
    system.retries.remember("1", waiting)
    system.retries._waiting["1"].arrived_at -= 3_600
    await system.look()
    hour_ago = datetime.now(UTC) - timedelta(hours=1)
    assert is_about(system.store.saved["Vendor"], hour_ago)
    system.retries._waiting["1"].arrived_at -= 7 * 86_400
    await system.look()
    assert system.store.saved["Vendor"] > datetime.now(UTC) - timedelta(days=1, hours=1)
    system.retries.forget("1")
    await system.look()
    assert system.store.saved["Vendor"] > hour_ago + SOON


async def test_looks_go_on_whatever_happens() -> None:
    class Odd(Vendor):
        def parts(self) -> list[Any]:
            looked.set()
            raise RuntimeError("nobody has thought of this")

    looked = asyncio.Event()
    system = System(Odd())
    run = system.looks.run(0.0, system.store, system.retries, system.process)
    running = asyncio.create_task(run)
    for _ in range(3):
        async with asyncio.timeout(5):
            await looked.wait()
        looked.clear()
    running.cancel()
