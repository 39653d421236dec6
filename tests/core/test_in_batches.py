"""Small batches become larger ones, and nothing is lost or out of order."""

from collections.abc import AsyncGenerator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Incomplete
from core.pipeline import in_batches


async def source(
    sizes: list[int], failure: Exception | None = None
) -> AsyncGenerator[list[int]]:
    number = 0
    for size in sizes:
        yield list(range(number, number + size))
        number += size
    if failure:
        raise failure


@given(sizes=st.lists(st.integers(0, 12)), size=st.integers(1, 10))
async def test_all_items_come_in_order_and_no_batch_but_the_last_is_small(
    sizes: list[int], size: int
) -> None:
    batches = [batch async for batch in in_batches(source(sizes), size)]
    assert [item for batch in batches for item in batch] == list(range(sum(sizes)))
    assert all(len(batch) >= size for batch in batches[:-1])
    assert all(batches)


async def test_what_came_before_an_error_is_not_lost() -> None:
    got = []
    with pytest.raises(Incomplete):
        async for batch in in_batches(source([2, 2, 1], Incomplete("x", [])), 3):
            got.append(batch)
    assert got == [[0, 1, 2, 3], [4]]


async def test_closing_closes_the_source() -> None:
    inner = source([5, 5])
    batches = in_batches(inner, 5)
    await anext(batches)
    await batches.aclose()
    with pytest.raises(StopAsyncIteration):
        await anext(inner)
