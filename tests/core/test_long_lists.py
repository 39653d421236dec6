"""Lists of any length: no page is asked for in vain, and memory stays as it is."""

import gc

import httpx
import pytest
from pytest_httpx import HTTPXMock

from core.fetch import fetch_all
from core.pipeline import BATCH_SIZE, MAX_WAITING_BATCHES
from core.resource import Resource
from tests.api import build_api
from tests.core.shop import FREE, SPACES, THING, Wish, add_list, free


async def test_abandoned_list_asks_for_no_more_pages(httpx_mock: HTTPXMock) -> None:
    rows = free(*range(10_000))
    add_list(httpx_mock, "free", rows, page_size=100, is_optional=True)
    batches = fetch_all(build_api(), FREE, Wish())
    await anext(batches)
    await batches.aclose()

    assert len(httpx_mock.get_requests()) < 10


@pytest.mark.parametrize("resource", [FREE, THING], ids=["a list", "of each parent"])
async def test_memory_does_not_grow_with_the_number_of_items(
    resource: Resource, httpx_mock: HTTPXMock
) -> None:
    pages, alive = 60, list[int]()
    gc.collect()
    gc.freeze()  # what other tests have left is not searched again and again
    gc.disable()

    def page(request: httpx.Request) -> httpx.Response:
        rows = (row for row in gc.get_objects() if type(row) is dict)
        alive.append(sum("weight" in row for row in rows))
        skip = int(request.url.params["skip"])
        ids = [f"T{number}" for number in range(skip, skip + BATCH_SIZE)]
        items = [{"Id": id_, "SpaceId": "S1", "weight": [id_]} for id_ in ids]
        total = pages * BATCH_SIZE
        return httpx.Response(200, json={"Items": items, "TotalResults": total})

    if resource is THING:
        add_list(httpx_mock, "spaces", SPACES[:1])
    httpx_mock.add_callback(page, is_reusable=True)

    try:
        batches = fetch_all(build_api(), resource, Wish())
        ids = {item["Id"] async for batch in batches for item in batch}
        assert len(ids) == pages * BATCH_SIZE
    finally:
        gc.enable()
        gc.unfreeze()

    # What waits in the queue, what is read, what is consumed, each once enriched.
    assert len(alive) == pages
    assert max(alive) <= 2 * (MAX_WAITING_BATCHES + 3) * BATCH_SIZE
