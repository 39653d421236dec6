"""The gate: it holds what must be held, and nothing else."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.limit_headers import Pause
from core.rate_limit import LONGEST_PAUSE_SECONDS, Gate
from tests.virtual_time import now, run


def everything(seconds: float) -> Pause:
    return Pause(seconds, endpoint=False)


def endpoint(seconds: float) -> Pause:
    return Pause(seconds, endpoint=True)


async def tell(gate: Gate, name: str, pause: Pause, *, refused: bool = False) -> None:
    """Let one request through and tell what its reply asks for."""
    async with gate.turn(name) as turn:
        gate.obey(turn, pause, refused=refused)


async def waited(gate: Gate, name: str) -> float:
    started = now()
    async with gate.turn(name):
        return now() - started


def virtual(test: Callable[[Gate], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    """Run a test with a gate of its own in virtual time."""

    async def with_gate() -> None:
        await test(Gate(clock=now))

    return lambda: run(with_gate())


@virtual
async def test_pause_of_everything_holds_every_endpoint(gate: Gate) -> None:
    await tell(gate, "GET a", everything(1847))

    assert await waited(gate, "GET b") == pytest.approx(1847)


@virtual
async def test_pause_of_an_endpoint_holds_no_other(gate: Gate) -> None:
    await tell(gate, "GET a", endpoint(5))

    assert await waited(gate, "GET b") == 0
    assert await waited(gate, "GET a") == pytest.approx(5)


@virtual
async def test_rate_of_an_endpoint_holds_no_other(gate: Gate) -> None:
    for _ in range(2):
        async with gate.turn("GET a") as turn:
            gate.answered(turn)
        await tell(gate, "GET a", endpoint(1), refused=True)
        assert await waited(gate, "GET b") == 0
    await waited(gate, "GET a")

    assert await waited(gate, "GET b") == 0
    assert await waited(gate, "GET a") > 0.5


@virtual
async def test_shorter_pause_does_not_end_a_longer_one(gate: Gate) -> None:
    async with gate.turn("GET a") as turn:
        for pause in (everything(60), everything(2), endpoint(3)):
            gate.obey(turn, pause, refused=False)

    assert await waited(gate, "GET a") == pytest.approx(60)


@virtual
async def test_pause_that_grows_while_waiting_is_obeyed(gate: Gate) -> None:
    async with gate.turn("GET a") as turn:
        gate.obey(turn, everything(1), refused=False)
        follower = asyncio.create_task(waited(gate, "GET a"))
        await asyncio.sleep(0.5)
        gate.obey(turn, everything(10), refused=False)

    assert await follower == pytest.approx(10.5)


@virtual
async def test_pause_while_waiting_for_a_place_is_obeyed(gate: Gate) -> None:
    async with gate.turn("GET a") as turn:
        follower = asyncio.create_task(waited(gate, "GET a"))
        await asyncio.sleep(1)
        gate.obey(turn, everything(5), refused=False)

    assert await follower == pytest.approx(6)


@virtual
async def test_nobody_waits_longer_than_a_quota_lasts(gate: Gate) -> None:
    await tell(gate, "GET a", everything(86400), refused=True)

    assert await waited(gate, "GET a") == pytest.approx(LONGEST_PAUSE_SECONDS)


@virtual
async def test_quota_teaches_no_rate(gate: Gate) -> None:
    async with gate.turn("GET a") as turn:
        gate.answered(turn)
    await tell(gate, "GET a", everything(1847), refused=True)
    await waited(gate, "GET a")

    assert await waited(gate, "GET a") == 0


@virtual
async def test_refusal_after_refusal_waits_longer_each_time(gate: Gate) -> None:
    began, waits = now(), []
    for _ in range(6):
        await tell(gate, "GET a", everything(2), refused=True)
        waits.append(await waited(gate, "GET a"))

    assert waits == sorted(waits)
    assert now() - began > 4 * 6 * 2


@virtual
async def test_first_come_is_first_served(gate: Gate) -> None:
    served: list[int] = []

    async def request(number: int) -> None:
        async with gate.turn("GET a") as turn:
            served.append(number)
            gate.answered(turn)
            await asyncio.sleep(0.1)

    await tell(gate, "GET a", everything(1), refused=True)
    await asyncio.gather(*(request(number) for number in range(20)))

    assert served == list(range(20))


async def test_paused_endpoint_takes_no_place_from_another() -> None:
    gate = Gate(1)
    await tell(gate, "GET slow", endpoint(3600))
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
def test_never_more_requests_in_flight_than_places(
    places: int, works: list[tuple[str, int, bool]]
) -> None:
    most, finished = run(_work(places, works))

    assert most <= places
    assert finished == len(works)


async def _work(places: int, works: list[tuple[str, int, bool]]) -> tuple[int, int]:
    gate, in_flight, most, finished = Gate(places, now), 0, 0, 0

    async def request(name: str, turns: int, throttled: bool) -> None:
        nonlocal in_flight, most, finished
        async with gate.turn(name) as turn:
            in_flight += 1
            most = max(most, in_flight)
            for _ in range(turns):
                await asyncio.sleep(0)
            in_flight -= 1
            gate.answered(turn)
        if throttled:
            gate.obey(turn, Pause(0.0001, endpoint=name != "a"), refused=True)
        finished += 1

    await asyncio.gather(*(request(*work) for work in works))
    return most, finished
