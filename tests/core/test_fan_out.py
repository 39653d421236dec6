"""Fan-out over parents: nothing lost, nothing leaked, no failure swallowed."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Forbidden, Incomplete, NotFound, Unauthorized
from core.pipeline import fan_out
from tests.core.sources import Source, turns


@pytest.fixture(autouse=True)
async def no_task_is_left_behind() -> AsyncIterator[None]:
    yield
    assert asyncio.all_tasks() <= {asyncio.current_task()}


async def each(items: list[int]) -> AsyncGenerator[int]:
    for item in items:
        yield item


@given(
    sizes=st.lists(st.integers(0, 5), max_size=12),
    workers=st.integers(1, 4),
    depth=st.integers(1, 3),
    pause=st.integers(0, 3),
)
async def test_fan_out_delivers_every_value_of_every_parent_once(
    sizes: list[int], workers: int, depth: int, pause: int
) -> None:
    async def read(parent: int) -> AsyncGenerator[tuple[int, int]]:
        for number in range(sizes[parent]):
            await turns((parent + number) % 3)
            yield parent, number

    got = []
    values = fan_out(
        each(list(range(len(sizes)))), read, what="x", workers=workers, depth=depth
    )
    async for value in values:
        got.append(value)
        await turns(pause)

    assert sorted(got) == [(p, n) for p, size in enumerate(sizes) for n in range(size)]
    for parent in range(len(sizes)):
        own = [number for p, number in got if p == parent]
        assert own == sorted(own)


async def test_fan_out_never_has_more_parents_open_than_workers() -> None:
    open_, most = 0, 0

    async def read(parent: int) -> AsyncGenerator[int]:
        nonlocal open_, most
        open_ += 1
        most = max(most, open_)
        await turns(3)
        yield parent
        open_ -= 1

    parents = each(list(range(20)))
    got = [v async for v in fan_out(parents, read, what="x", workers=3)]

    assert sorted(got) == list(range(20))
    assert most == 3


async def test_failing_parent_lets_the_others_finish_and_then_fails() -> None:
    async def read(parent: int) -> AsyncGenerator[int]:
        yield parent * 10
        await asyncio.sleep(0)
        if parent % 2:
            raise Forbidden(f"parent {parent}: no")
        yield parent * 10 + 1

    got = []
    with pytest.raises(Incomplete) as caught:
        async for value in fan_out(each([0, 1, 2, 3]), read, what="lists", workers=2):
            got.append(value)

    assert sorted(got) == [0, 1, 10, 20, 21, 30]
    assert {str(failure) for failure in caught.value.failures} == {
        "parent 1: no",
        "parent 3: no",
    }
    assert str(caught.value).startswith("2 lists could not be read: parent ")


def test_incomplete_shows_a_few_failures_and_counts_the_rest() -> None:
    error = Incomplete("lists", [Forbidden(f"no {number}") for number in range(5)])

    assert str(error) == "5 lists could not be read: no 0; no 1; no 2; and 2 more"


async def test_unauthorized_stops_everything_at_once() -> None:
    sources = {number: Source(1000) for number in range(3)}

    async def read(parent: int) -> AsyncGenerator[int]:
        if parent == 3:
            raise Unauthorized("no")
        async with aclosing(sources[parent].values()) as values:
            async for value in values:
                yield value

    got = []
    with pytest.raises(Unauthorized):
        async for value in fan_out(each([0, 1, 2, 3, 4]), read, what="x", workers=4):
            got.append(value)

    assert len(got) < 100
    assert all(source.closed for source in sources.values())


async def test_bug_in_a_parent_is_raised_as_it_is_and_ends_the_rest() -> None:
    slow = Source(1000)

    async def read(parent: int) -> AsyncGenerator[int]:
        if parent == 1:
            raise ZeroDivisionError
        async with aclosing(slow.values()) as values:
            async for value in values:
                yield value

    with pytest.raises(ZeroDivisionError):
        async for _ in fan_out(each([0, 1]), read, what="x", workers=2):
            pass

    assert slow.closed


async def test_list_of_parents_that_fails_is_not_a_failing_parent() -> None:
    async def parents() -> AsyncGenerator[int]:
        yield 0
        raise NotFound("no parents")

    async def read(parent: int) -> AsyncGenerator[int]:
        yield parent

    with pytest.raises(NotFound, match="no parents"):
        async for _ in fan_out(parents(), read, what="x"):
            pass


async def test_parents_that_end_with_an_error_lose_nothing_of_the_others() -> None:
    async def parents() -> AsyncGenerator[int]:
        for parent in range(20):
            yield parent
        raise Incomplete("the list", [NotFound("the rest of it")])

    async def read(parent: int) -> AsyncGenerator[int]:
        await turns(5)
        yield parent

    got: list[int] = []
    with pytest.raises(Incomplete, match="the rest of it"):
        async for value in fan_out(parents(), read, what="x", workers=4):
            got.append(value)
    assert sorted(got) == list(range(20))


async def test_closing_fan_out_closes_every_source_and_the_parents() -> None:
    parents = Source(100)
    sources: dict[int, Source] = {}

    def read(parent: int) -> AsyncGenerator[int]:
        sources[parent] = Source(100)
        return sources[parent].values()

    values = fan_out(parents.values(), read, what="x", workers=3, depth=1)
    await anext(values)
    await turns(20)
    await values.aclose()

    assert len(sources) == 3
    assert all(source.closed for source in sources.values())
    assert parents.closed


async def test_cancelled_consumer_of_fan_out_leaves_nothing_behind() -> None:
    sources = {number: Source(0) for number in range(3)}

    async def consume() -> None:
        values = fan_out(each([0, 1, 2]), lambda p: sources[p].stuck(), what="x")
        async with aclosing(values):
            async for _ in values:
                pass

    consumer = asyncio.create_task(consume())
    for source in sources.values():
        await source.waiting.wait()
    await turns(5)
    consumer.cancel()
    with pytest.raises(asyncio.CancelledError):
        await consumer

    assert all(source.closed for source in sources.values())
