"""Behind a page that can't be read the list goes on; only the broken rows are lost."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.cursor_paging import TokenPaging
from core.errors import ApiError, Incomplete, MalformedReply, Unavailable
from core.pages import MAX_BROKEN_REQUESTS, read_pages
from core.paging import OffsetPaging, Paging, SkipTakePaging
from core.replies import Check
from core.trouble import Report, reporting
from core.types import Item, Params


class List:
    """A list of numbers, of which some break every page that they are on."""

    def __init__(self, paging: Any, length: int, broken: set[int], cap: int) -> None:
        self._paging, self._length, self._broken = paging, length, broken
        self._cap = cap
        self.failed = 0

    async def ask(self, page: Params, check: Check) -> Item:
        offset, limit = self._paging.window
        start, size = page[offset], min(page[limit], self._cap)
        numbers = range(start, min(start + size, self._length))
        if self._broken & set(numbers):
            self.failed += 1
            raise Unavailable("500", status=500)
        rows = [{"id": number} for number in numbers]
        if isinstance(self._paging, SkipTakePaging):
            reply: Item = {"Items": rows, "TotalResults": self._length}
        else:
            reply = {"values": rows, "total": self._length}
        check(reply)
        return reply


async def read(
    paging: Paging, length: int, broken: set[int], cap: int = 1000
) -> tuple[set[int], int, ApiError | None]:
    """Return the numbers that came, how many requests failed, and what was raised."""
    numbers = List(paging, length, broken, cap)
    came: set[int] = set()
    pages = read_pages(numbers.ask, paging, None, ask_once=numbers.ask)
    try:
        async for page in pages:
            came.update(row["id"] for row in page)
    except ApiError as error:
        return came, numbers.failed, error
    return came, numbers.failed, None


PAGINGS = [OffsetPaging(size=16), SkipTakePaging(size=16, overlap=3)]


@pytest.mark.parametrize("paging", PAGINGS, ids=lambda p: type(p).__name__)
@given(
    length=st.integers(1, 80),
    broken=st.sets(st.integers(0, 79), max_size=3),
    cap=st.sampled_from([1000, 11]),
)
async def test_all_but_the_broken_rows_come(
    paging: Paging, length: int, broken: set[int], cap: int
) -> None:
    there = {number for number in broken if number < length}
    came, _, error = await read(paging, length, broken, cap)
    assert came == set(range(length)) - there
    assert isinstance(error, Incomplete) is bool(there)


@pytest.mark.parametrize("broken", [{0, 170, 340}, {1, 250, 499}, {7, 8, 9}], ids=str)
async def test_three_broken_rows_of_a_large_page_cost_no_other(
    broken: set[int],
) -> None:
    came, _, error = await read(OffsetPaging(size=500), 500, broken)
    assert came == set(range(500)) - broken
    assert isinstance(error, Incomplete)


async def test_the_report_knows_of_rows_that_nobody_can_read() -> None:
    with reporting(Report("thing")) as report:
        await read(OffsetPaging(size=16), 40, set())
        assert not report.has_gaps
        await read(OffsetPaging(size=16), 40, {20})
        assert report.has_gaps


async def test_a_list_that_is_down_is_given_up_soon() -> None:
    came, failed, error = await read(OffsetPaging(size=100), 1000, set(range(1000)))
    assert (came, type(error)) == (set(), Unavailable)
    assert failed <= MAX_BROKEN_REQUESTS + 1


@pytest.mark.parametrize("size", [1, 2, 7])
async def test_a_list_of_small_pages_that_is_down_is_given_up(size: int) -> None:
    _, failed, error = await read(OffsetPaging(size=size), 1000, set(range(1000)))
    assert isinstance(error, Unavailable)
    assert failed <= 2 * size + 1


async def test_a_broken_page_behind_good_ones_loses_no_good_one() -> None:
    came, _, error = await read(OffsetPaging(size=10), 100, set(range(50, 100)))
    assert came == set(range(50))
    assert isinstance(error, ApiError)


async def test_pages_by_a_token_end_at_the_broken_one() -> None:
    async def ask(page: Params, check: Check) -> Item:
        if "nextPageToken" in page:
            raise Unavailable("500", status=500)
        return {"issues": [{"id": 1}], "nextPageToken": "x"}

    came = []
    with pytest.raises(Unavailable):
        async for rows in read_pages(ask, TokenPaging(), None, ask_once=ask):
            came += rows
    assert came == [{"id": 1}]


@pytest.mark.parametrize("rows", [[], [{"id": 1}]], ids=["empty", "the same row"])
async def test_a_list_without_end_ends(rows: list[Item]) -> None:
    tokens = iter(range(1000))

    async def ask(page: Params, check: Check) -> Item:
        return {"issues": rows, "nextPageToken": str(next(tokens))}

    with pytest.raises(MalformedReply, match="nothing new"):
        async for _ in read_pages(ask, TokenPaging(), None):
            pass


async def test_a_total_that_grows_for_ever_ends() -> None:
    async def ask(page: Params, check: Check) -> Item:
        total = page["startAt"] + 100
        return {"values": [{"id": 1}], "total": total}

    with pytest.raises(MalformedReply, match="nothing new"):
        async for _ in read_pages(ask, OffsetPaging(), None):
            pass


def shrinking(*totals: int) -> Any:
    """Return what answers with these totals, one after the other, and eight rows."""
    left = iter(totals)

    async def ask(page: Params, check: Check) -> Item:
        start, total = int(page.get("startAt", page.get("skip")) or 0), next(left)
        rows = [{"id": number} for number in range(start, 8 if total else 0)]
        skip = {"Items": rows, "TotalResults": total}
        reply = {"values": rows, "total": total} | skip
        check(reply)
        return reply

    return ask


@pytest.mark.parametrize("paging", PAGINGS, ids=lambda p: type(p).__name__)
async def test_a_list_that_is_suddenly_shorter_was_perhaps_not_read(
    paging: Any,
) -> None:
    """The second page is as one who may see nothing gets it."""
    with pytest.raises(MalformedReply, match="ended with 0 rows, but it has 20"):
        async for _ in read_pages(shrinking(20, 0, 20), paging, None):
            pass


@pytest.mark.parametrize("paging", PAGINGS, ids=lambda p: type(p).__name__)
async def test_a_list_that_loses_rows_meanwhile_ends(paging: Any) -> None:
    pages = [page async for page in read_pages(shrinking(9, 8, 8), paging, None)]
    assert {row["id"] for page in pages for row in page} == set(range(8))
