"""The one loop over pages."""

import gc
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from core.errors import MalformedReply
from core.paging import TokenPaging
from tests.fake_vendor import Script, build_api


def reply(status: int, **kwargs: Any) -> httpx.Response:
    return httpx.Response(status, **kwargs)


async def test_pages_yield_the_rows_of_every_page() -> None:
    first = reply(200, json={"issues": [{"id": 1}], "nextPageToken": "b"})
    empty = reply(200, json={"issues": [], "nextPageToken": "c"})
    last = reply(200, json={"issues": [{"id": 2}]})
    script = Script(first, empty, last)

    pages = build_api(script).pages("x", TokenPaging(size=7), {"q": "z", "n": None})

    assert [page async for page in pages] == [[{"id": 1}], [{"id": 2}]]
    assert [request.url.query for request in script.requests] == [
        b"maxResults=7&q=z",
        b"maxResults=7&q=z&nextPageToken=b",
        b"maxResults=7&q=z&nextPageToken=c",
    ]


async def test_pages_by_post_carry_the_token_in_the_body() -> None:
    first = reply(200, json={"issues": [{"id": 1}], "nextPageToken": "b"})
    script = Script(first, reply(200, json={"issues": [{"id": 2}]}))

    pages = build_api(script).pages_by_post("x", TokenPaging(size=7), {"jql": "z"})

    assert [page async for page in pages] == [[{"id": 1}], [{"id": 2}]]
    assert script.requests[1].content == (
        b'{"maxResults":7,"jql":"z","nextPageToken":"b"}'
    )


async def test_paging_in_a_circle_is_an_error() -> None:
    script = Script(reply(200, json={"issues": [{"id": 1}], "nextPageToken": "a"}))
    pages = build_api(script).pages("x", TokenPaging())

    with pytest.raises(MalformedReply, match="circle"):
        async for _ in pages:
            pass

    assert len(script.requests) == 2


async def test_page_without_rows_is_an_error() -> None:
    pages = build_api(Script(reply(200, json={"oops": 1}))).pages("x", TokenPaging())

    with pytest.raises(MalformedReply, match="'issues'"):
        await anext(pages)


@pytest.fixture
def no_collector() -> Iterator[None]:
    """Let only reference counts free memory, so that a cycle shows."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_collector")
async def test_page_is_freed_while_the_next_is_awaited() -> None:
    alive: list[int] = []

    def handler(request: httpx.Request) -> httpx.Response:
        number = int(request.url.params.get("nextPageToken", "0"))
        rows = gc.get_objects()
        alive.append(sum(type(row) is dict and "leak marker" in row for row in rows))
        body: dict[str, Any] = {"issues": [{"leak marker": [number]}]}
        if number < 3:
            body["nextPageToken"] = str(number + 1)
        # As over a network, the bytes are all that the reply consists of.
        return httpx.Response(200, content=httpx.Response(200, json=body).content)

    pages = build_api(handler).pages("x", TokenPaging())
    while page := await anext(pages, None):
        assert len(page) == 1
        del page

    assert alive == [0, 0, 0, 0]
