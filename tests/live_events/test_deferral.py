"""What is deferred is processed once for each object, soon, and whatever happens."""

import asyncio
from collections.abc import AsyncIterator
from itertools import pairwise
from types import SimpleNamespace

import pytest

from framework.known_event import KnownEvent
from live_events import deferral
from live_events.deferral import LONGEST_SECONDS, QUIET_SECONDS, Deferral

TICK = 0.25


class System:
    """A deferral in the background, with a clock of its own."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.deferral = Deferral()
        self.processed: list[tuple[float, str, str]] = []
        self.held = asyncio.Event()
        self.held.set()

    def monotonic(self) -> float:
        return self.now

    def put(self, name: str, content: str = "") -> None:
        payload = {"content": content}
        event = KnownEvent("/x", payload, trace_id=name, arrived_at=self.now)
        self.deferral.put(event)

    async def process(self, event: KnownEvent) -> None:
        began_at = self.now
        await self.held.wait()
        self.processed.append((began_at, event.trace_id, event.payload["content"]))

    async def pass_time(self, seconds: float) -> None:
        """Go on in small steps; what is due is processed in each."""
        for _ in range(round(seconds / TICK)):
            self.now += TICK
            self.deferral._has_more.set()  # instead of the real clock
            for _ in range(10):
                await asyncio.sleep(0)


@pytest.fixture
async def system(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[System]:
    ours = System()
    monkeypatch.setattr(deferral, "time", SimpleNamespace(monotonic=ours.monotonic))
    running = asyncio.create_task(ours.deferral.run(ours.process))
    yield ours
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_storm_is_processed_once_when_it_is_over(system: System) -> None:
    for number in range(6):
        system.put("x", str(number))
        await system.pass_time(QUIET_SECONDS / 2)
    ended_at = system.now
    assert system.processed == []
    await system.pass_time(QUIET_SECONDS / 2)
    assert system.processed == [(ended_at + QUIET_SECONDS / 2, "x", "5")]
    await system.pass_time(2 * LONGEST_SECONDS)
    assert len(system.processed) == 1
    assert system.deferral.oldest_arrival() is None


async def test_a_stream_without_an_end_is_served_again_and_again(
    system: System,
) -> None:
    began_at = system.now
    while system.now < began_at + 10 * LONGEST_SECONDS:
        system.put("x")
        await system.pass_time(QUIET_SECONDS / 2)
    times = [began_at, *(at for at, _, _ in system.processed)]
    pauses = [after - before for before, after in pairwise(times)]
    assert len(pauses) >= 8
    assert max(pauses) <= LONGEST_SECONDS + QUIET_SECONDS / 2


async def test_objects_do_not_wait_one_for_another(system: System) -> None:
    system.held.clear()
    system.put("x")
    await system.pass_time(QUIET_SECONDS)
    system.put("y")
    await system.pass_time(QUIET_SECONDS)
    system.held.set()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert [name for _, name, _ in system.processed] == ["x", "y"]


async def test_what_comes_while_its_object_is_processed_is_not_lost(
    system: System,
) -> None:
    system.held.clear()
    system.put("x", "before")
    await system.pass_time(QUIET_SECONDS)
    system.put("x", "after")
    system.held.set()
    await system.pass_time(QUIET_SECONDS)
    assert [content for _, _, content in system.processed] == ["before", "after"]


async def test_at_the_end_nothing_is_left(system: System) -> None:
    system.held.clear()
    system.put("taken")
    await system.pass_time(QUIET_SECONDS)
    system.put("waiting")
    assert system.deferral.oldest_arrival() == 1_000.0
    system.held.set()
    await system.deferral.finish(system.process)
    assert {name for _, name, _ in system.processed} == {"taken", "waiting"}
    assert system.deferral.oldest_arrival() is None


async def test_it_ends_when_it_is_told_to() -> None:
    ours = System()
    ours.held.clear()
    ours.put("x")
    running = asyncio.create_task(ours.deferral.run(ours.process))
    await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert ours.deferral.oldest_arrival() is not None


async def test_by_the_real_clock_it_takes_no_longer_than_it_has_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(deferral, "QUIET_SECONDS", 0.05)
    ours, done = Deferral(), asyncio.Event()

    async def process(event: KnownEvent) -> None:
        done.set()

    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        running = group.create_task(ours.run(process))
        await asyncio.sleep(0)
        ours.put(KnownEvent("/x", {}, trace_id="x"))
        await done.wait()
        running.cancel()
