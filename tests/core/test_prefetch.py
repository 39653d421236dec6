"""Prefetching: nothing lost, nothing leaked, nothing read too far ahead."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import NotFound
from core.pipeline import prefetch
from tests.core.sources import Source, turns


@pytest.fixture(autouse=True)
async def no_task_is_left_behind() -> AsyncIterator[None]:
    yield
    assert asyncio.all_tasks() <= {asyncio.current_task()}


@given(
    count=st.integers(0, 30),
    depth=st.integers(1, 5),
    pauses=st.lists(st.integers(0, 4), min_size=1, max_size=5),
)
async def test_prefetch_keeps_order_and_loses_nothing(
    count: int, depth: int, pauses: list[int]
) -> None:
    source, got = Source(count), list[int]()

    async for value in prefetch(source.values(), depth):
        got.append(value)
        await turns(pauses[value % len(pauses)])

    assert got == list(range(count))
    assert source.closed


async def test_prefetch_delivers_what_came_before_the_producer_ended() -> None:
    source = Source(3)
    values = prefetch(source.values(), 5)

    assert await anext(values) == 0
    await source.ended.wait()
    await turns(5)

    assert [value async for value in values] == [1, 2]


async def test_prefetch_reads_ahead_but_only_so_far() -> None:
    source = Source(100)
    async with aclosing(prefetch(source.values(), 3)) as values:
        await anext(values)
        await turns(50)

        # One was taken, three wait in the queue, one waits for its place there.
        assert source.made == 5


async def test_closing_prefetch_closes_the_source() -> None:
    source = Source(100)
    values = prefetch(source.values(), 2)
    await anext(values)

    await values.aclose()

    assert source.closed


async def test_closing_prefetch_ends_a_source_that_waits() -> None:
    source = Source(0)
    values = prefetch(source.stuck(), 2)
    await anext(values)
    await source.waiting.wait()

    await values.aclose()

    assert source.closed


async def test_cancelled_consumer_leaves_no_task_and_no_open_source() -> None:
    source = Source(0)

    async def consume() -> None:
        async with aclosing(prefetch(source.stuck(), 2)) as values:
            async for _ in values:
                pass

    consumer = asyncio.create_task(consume())
    await source.waiting.wait()
    await turns(3)
    consumer.cancel()
    with pytest.raises(asyncio.CancelledError):
        await consumer

    assert source.closed


async def test_error_of_the_source_comes_after_its_values() -> None:
    source, got = Source(3, NotFound("gone")), list[int]()

    with pytest.raises(NotFound, match="gone"):
        async for value in prefetch(source.values(), 5):
            got.append(value)

    assert got == [0, 1, 2]
