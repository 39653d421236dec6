"""Laws of paging that hold for any collection and any vendor that clamps."""

import random
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.cursor_paging import TokenPaging
from core.errors import MalformedReply
from core.pages import Ask as CheckedAsk
from core.pages import read_pages
from core.paging import ArrayPaging, OffsetPaging, Paging, SkipTakePaging
from core.replies import Check
from core.types import Item, Params


def rows(count: int) -> list[Item]:
    return [{"id": number} for number in range(count)]


type Ask = Callable[[Params], Awaitable[Any]]


async def visited(paging: Paging, ask: Ask) -> list[int]:
    pages = read_pages(checking(ask), paging, None)
    return [row["id"] async for page in pages for row in page]


def checking(ask: Ask) -> CheckedAsk:
    """Return what asks for a page and checks the reply, as the client does."""

    async def checked(params: Params, check: Check) -> Any:
        reply = await ask(params)
        check(reply)
        return reply

    return checked


def offset_server(items: list[Item], cap: int, told: str) -> Ask:
    async def ask(params: Params) -> Any:
        start, size = params["startAt"], min(params["maxResults"], cap)
        page = items[start : start + size]
        reply: Item = {"values": page, "startAt": start, "maxResults": size}
        if told == "isLast":
            reply["isLast"] = start + size >= len(items)
        elif told == "total":
            reply["total"] = len(items)
        return page if told == "array" else reply

    return ask


def token_server(items: list[Item], cap: int, empty_pages: set[int]) -> Ask:
    async def ask(params: Params) -> Any:
        number, start = map(int, params.get("nextPageToken", "0 0").split())
        size = 0 if number in empty_pages else min(params["maxResults"], cap)
        reply: Item = {"issues": items[start : start + size]}
        if start + size < len(items):
            reply["nextPageToken"] = f"{number + 1} {start + size}"
        return reply

    return ask


def skip_server(items: list[Item], cap: int, *, links: bool, hidden: set[int]) -> Ask:
    async def ask(params: Params) -> Any:
        reached = params["skip"] + min(params["take"], cap)
        page = [i for i in items[params["skip"] : reached] if i["id"] not in hidden]
        reply: Item = {"Items": page, "TotalResults": len(items), "Links": {}}
        if links and reached < len(items):
            reply["Links"] = {"Page.Next": f"/api/x?skip={reached}&take=1"}
        return reply

    return ask


COUNTS = st.integers(0, 60)
SIZES = st.integers(1, 25)


@given(COUNTS, SIZES, SIZES, st.sampled_from(["isLast", "total", "neither"]))
async def test_offset_paging_visits_every_row_once(
    count: int, size: int, cap: int, told: str
) -> None:
    ask = offset_server(rows(count), cap, told)

    assert await visited(OffsetPaging(size=size), ask) == list(range(count))


@given(COUNTS, SIZES, SIZES)
async def test_array_paging_visits_every_row_once(
    count: int, size: int, cap: int
) -> None:
    ask = offset_server(rows(count), cap, "array")

    assert await visited(ArrayPaging(size=size), ask) == list(range(count))


@given(COUNTS, SIZES, SIZES, st.sets(st.integers(0, 30), max_size=20))
async def test_token_paging_visits_every_row_once(
    count: int, size: int, cap: int, empty_pages: set[int]
) -> None:
    ask = token_server(rows(count), cap, empty_pages)

    assert await visited(TokenPaging(size=size), ask) == list(range(count))


@given(COUNTS, SIZES, SIZES, st.integers(0, 7), st.booleans())
async def test_skip_take_paging_visits_every_row(
    count: int, size: int, cap: int, overlap: int, links: bool
) -> None:
    ask = skip_server(rows(count), cap, links=links, hidden=set())

    ids = await visited(SkipTakePaging(size=size, overlap=overlap), ask)

    assert sorted(set(ids)) == list(range(count))


@given(
    count=COUNTS,
    overlap=st.integers(0, 5),
    above=st.integers(1, 20),
    deletions=st.lists(st.integers(0, 5), max_size=12),
    seed=st.integers(),
)
async def test_skip_take_paging_visits_every_surviving_row(
    count: int, overlap: int, above: int, deletions: list[int], seed: int
) -> None:
    items, rng, seen = rows(count), random.Random(seed), set[int]()
    serve = skip_server(items, overlap + above, links=True, hidden=set())
    remaining = iter(deletions)

    async def ask(params: Params) -> Any:
        reply = await serve(params)
        seen.update(row["id"] for row in reply["Items"])
        # Rows that were visited vanish; what follows moves towards the start.
        before = [item for item in items if item["id"] in seen]
        doomed = min(next(remaining, 0), overlap, len(before))
        for item in rng.sample(before, doomed):
            items.remove(item)
        return reply

    ids = await visited(SkipTakePaging(size=30, overlap=overlap), ask)

    assert {item["id"] for item in items} <= set(ids)


async def test_rows_that_are_promised_and_never_come_are_no_end() -> None:
    requests = 0
    serve = skip_server(rows(100), 1000, links=True, hidden=set(range(40, 100)))

    async def ask(params: Params) -> Any:
        nonlocal requests
        requests += 1
        return await serve(params)

    came: set[int] = set()
    with pytest.raises(MalformedReply, match="empty page"):
        async for page in read_pages(checking(ask), SkipTakePaging(size=100), None):
            came.update(row["id"] for row in page)

    assert came == set(range(40))
    assert requests <= 3


async def test_server_that_ignores_skip_ends_in_an_error() -> None:
    async def ask(params: Params) -> Any:
        assert params["skip"] < 1000, "reading on for ever"
        link = {"Page.Next": "/api/x?skip=105&take=105"}
        return {"Items": rows(105), "TotalResults": 500, "Links": link}

    with pytest.raises(MalformedReply):
        await visited(SkipTakePaging(size=100), ask)


async def test_repeated_token_ends_in_an_error() -> None:
    async def ask(params: Params) -> Any:
        token = "b" if params.get("nextPageToken") == "a" else "a"
        return {"issues": rows(1), "nextPageToken": token}

    with pytest.raises(MalformedReply, match="circle"):
        await visited(TokenPaging(), ask)
