"""The one loop over pages."""

import gc
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from pytest_httpx import HTTPXMock

from core.cursor_paging import TokenPaging
from core.errors import MalformedReply
from tests.api import build_api


async def test_pages_yield_the_rows_of_every_page(httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(json={"issues": [{"id": 1}], "nextPageToken": "b"})
    httpx_mock.add_response(json={"issues": [], "nextPageToken": "c"})
    httpx_mock.add_response(json={"issues": [{"id": 2}]})

    pages = build_api().pages("x", TokenPaging(size=7), {"q": "z", "n": None})

    assert [page async for page in pages] == [[{"id": 1}], [{"id": 2}]]
    assert [request.url.query for request in httpx_mock.get_requests()] == [
        b"maxResults=7&q=z",
        b"maxResults=7&q=z&nextPageToken=b",
        b"maxResults=7&q=z&nextPageToken=c",
    ]


async def test_pages_by_post_carry_the_token_in_the_body(httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(
        method="POST",
        match_json={"maxResults": 7, "jql": "z"},
        json={"issues": [{"id": 1}], "nextPageToken": "b"},
    )
    httpx_mock.add_response(
        method="POST",
        match_json={"maxResults": 7, "jql": "z", "nextPageToken": "b"},
        json={"issues": [{"id": 2}]},
    )

    pages = build_api().pages_by_post("x", TokenPaging(size=7), {"jql": "z"})

    assert [page async for page in pages] == [[{"id": 1}], [{"id": 2}]]


async def test_paging_in_a_circle_is_an_error(httpx_mock: HTTPXMock) -> None:
    for _ in range(2):
        httpx_mock.add_response(json={"issues": [{"id": 1}], "nextPageToken": "a"})
    pages = build_api().pages("x", TokenPaging())

    with pytest.raises(MalformedReply, match="circle"):
        async for _ in pages:
            pass


async def test_page_without_rows_is_an_error(httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(json={"oops": 1}, is_reusable=True)
    pages = build_api().pages("x", TokenPaging())

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
async def test_page_is_freed_while_the_next_is_awaited(httpx_mock: HTTPXMock) -> None:
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

    httpx_mock.add_callback(handler, is_reusable=True)
    pages = build_api().pages("x", TokenPaging())
    while page := await anext(pages, None):
        assert len(page) == 1
        del page

    assert alive == [0, 0, 0, 0]
