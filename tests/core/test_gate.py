"""The gate: it holds what must be held, and nothing else."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.rate_limit import Gate, Pause
from tests.fake_vendor import Clock


def everything(seconds: float) -> Pause:
    return Pause(seconds, endpoint=False)


def endpoint(seconds: float) -> Pause:
    return Pause(seconds, endpoint=True)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("core.rate_limit.asyncio.sleep", clock.sleep)
    return clock


async def entered_at(gate: Gate, endpoint: str, clock: Clock) -> float:
    started = clock()
    async with gate.turn(endpoint):
        return clock() - started


async def test_pause_of_everything_holds_every_endpoint(clock: Clock) -> None:
    gate = Gate(clock=clock)
    gate.obey("GET a", everything(1847))

    assert await entered_at(gate, "GET b", clock) == 1847
    assert clock.sleeps == [1847]


async def test_pause_of_an_endpoint_holds_no_other(clock: Clock) -> None:
    gate = Gate(clock=clock)
    gate.obey("GET a", endpoint(5))

    assert await entered_at(gate, "GET b", clock) == 0
    assert await entered_at(gate, "GET a", clock) == 5


async def test_shorter_pause_does_not_end_a_longer_one(clock: Clock) -> None:
    gate = Gate(clock=clock)
    gate.obey("GET a", everything(60))
    gate.obey("GET a", everything(2))
    gate.obey("GET a", endpoint(3))
    gate.obey("GET a", None)

    assert await entered_at(gate, "GET a", clock) == 60


async def test_pause_that_grows_while_waiting_is_obeyed(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(clock=clock)
    gate.obey("GET a", everything(1))
    more = iter([everything(10)])

    async def sleep(seconds: float) -> None:
        await clock.sleep(seconds)
        gate.obey("GET b", next(more, None))

    monkeypatch.setattr("core.rate_limit.asyncio.sleep", sleep)

    assert await entered_at(gate, "GET a", clock) == 11


async def test_pause_told_while_waiting_for_a_place_is_obeyed() -> None:
    gate, entered = Gate(1), asyncio.Event()

    async def follow() -> None:
        async with gate.turn("GET a"):
            entered.set()

    async with gate.turn("GET a"):
        follower = asyncio.create_task(follow())
        await asyncio.sleep(0)
        gate.obey("GET a", everything(0.005))

    await asyncio.sleep(0)
    assert not entered.is_set()
    await follower


async def test_paused_endpoint_takes_no_place_from_another() -> None:
    gate = Gate(1)
    gate.obey("GET slow", endpoint(3600))
    waiting = [asyncio.create_task(_pass(gate, "GET slow")) for _ in range(5)]
    await asyncio.sleep(0)

    async with asyncio.timeout(5):
        await _pass(gate, "GET fast")

    assert not any(task.done() for task in waiting)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    # Whoever gave up waiting has not kept a place either.
    async with asyncio.timeout(5), gate.turn("GET fast"):
        pass


async def test_failing_request_gives_its_place_back() -> None:
    gate = Gate(1)
    with pytest.raises(ZeroDivisionError):
        async with gate.turn("GET a"):
            raise ZeroDivisionError

    async with asyncio.timeout(5), gate.turn("GET a"):
        pass


async def _pass(gate: Gate, endpoint: str) -> None:
    async with gate.turn(endpoint):
        await asyncio.sleep(0)


@given(
    places=st.integers(1, 4),
    works=st.lists(
        st.tuples(st.sampled_from("abc"), st.integers(0, 3), st.booleans()),
        max_size=25,
    ),
)
async def test_never_more_requests_in_flight_than_places(
    places: int, works: list[tuple[str, int, bool]]
) -> None:
    gate, in_flight, most, finished = Gate(places), 0, 0, 0

    async def request(name: str, turns: int, throttled: bool) -> None:
        nonlocal in_flight, most, finished
        async with gate.turn(name):
            in_flight += 1
            most = max(most, in_flight)
            for _ in range(turns):
                await asyncio.sleep(0)
            in_flight -= 1
        if throttled:
            gate.obey(name, Pause(0.0001, endpoint=name != "a"))
        finished += 1

    async with asyncio.timeout(10):
        await asyncio.gather(*(request(*work) for work in works))

    assert most <= places
    assert finished == len(works)
