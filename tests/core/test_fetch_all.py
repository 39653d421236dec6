"""Lists of a declared kind: whole, once, or an error."""

import gc
from collections.abc import AsyncGenerator
from typing import Any

import httpx
import pytest

from core.errors import (
    ApiError,
    Forbidden,
    Incomplete,
    MalformedReply,
    Refused,
    Unauthorized,
)
from core.pipeline import BATCH_SIZE, MAX_WAITING_BATCHES
from core.resource import Resource, fetch_all
from core.types import Api, Item
from tests.core.shop import (
    FREE,
    SHARED,
    SPACE,
    THING,
    Wish,
    add_site,
    free,
    ids,
    listed,
    listed_ids,
    things,
    vendor,
)
from tests.fake_vendor import Collection, build_api


@pytest.mark.parametrize("count", [0, 1, 2, 3, 7])
async def test_every_item_of_every_page_comes_enriched(count: int) -> None:
    shop = vendor(free=Collection(free(*range(count))))

    items = await listed(shop, FREE)

    assert items == [
        {**i, "__site": "https://vendor.test"} for i in free(*range(count))
    ]


async def test_items_of_every_parent_come() -> None:
    shop = vendor(S1__things=things("S1", 1, 2, 3), S3__things=things("S3", 1))

    assert ids(await listed(shop, THING)) == ["S1-T1", "S1-T2", "S1-T3", "S3-T1"]


async def test_only_accepted_items_come() -> None:
    rows = [*free(1, 2, 3, Colour="red"), *free(4, 5, 6, Colour="blue")]

    blue = await listed(vendor(free=Collection(rows)), FREE, Wish(colour="blue"))

    assert ids(blue) == ["F4", "F5", "F6"]


async def test_nothing_is_yielded_for_a_page_without_accepted_items() -> None:
    api = build_api(vendor(free=Collection(free(1, 2, 3, 4, Colour="red"))))

    batches = [batch async for batch in fetch_all(api, FREE, Wish(colour="blue"))]

    assert batches == []


@pytest.mark.parametrize("names", [["Space 2"], ["S2"], ["space 2"], ["SPACE 2", "s2"]])
async def test_choice_picks_parents_by_id_or_name(names: list[str]) -> None:
    shop = vendor(S1__things=things("S1", 1), S2__things=things("S2", 1))

    assert ids(await listed(shop, THING, Wish(spaces=names))) == ["S2-T1"]
    assert shop.requests == ["spaces", "spaces", "S2/things"]


async def test_choice_picks_from_the_kind_itself() -> None:
    assert ids(await listed(vendor(), SPACE, Wish(spaces=["S3", "S1"]))) == ["S1", "S3"]


async def test_misspelt_choice_is_an_error_and_not_an_empty_list() -> None:
    for resource in (SPACE, THING):
        with pytest.raises(Refused, match=r"selector\.spaces names sapce 1: no such"):
            await listed(vendor(), resource, Wish(spaces=["S2", "Sapce 1"]))


async def test_failing_parent_lets_the_others_come_and_then_fails() -> None:
    shop = vendor(S1__things=things("S1", 1), S3__things=things("S3", 1, 2))
    shop.failures["S2/things"] = httpx.Response(
        403, json={"ErrorMessage": "Missing permission: ThingView"}
    )
    got: list[Item] = []

    with pytest.raises(Incomplete, match="ThingView") as caught:
        async for batch in fetch_all(build_api(shop), THING, Wish()):
            got += batch

    assert ids(got) == ["S1-T1", "S3-T1", "S3-T2"]
    (failure,) = caught.value.failures
    assert isinstance(failure, Forbidden)


async def test_declared_refusal_skips_a_parent() -> None:
    shop = vendor(S1__shared=Collection([{"Id": "X"}]))
    shop.failures["S2/shared"] = httpx.Response(400, json={"message": "none here"})

    assert ids(await listed(shop, SHARED)) == ["X"]


@pytest.mark.parametrize(("status", "error"), [(403, Incomplete), (401, Unauthorized)])
async def test_undeclared_refusal_does_not_skip_a_parent(
    status: int, error: type[ApiError]
) -> None:
    shop = vendor()
    shop.failures["S2/shared"] = httpx.Response(status)

    with pytest.raises(error):
        await listed(shop, SHARED)


@pytest.mark.parametrize("path", ["free", "spaces"])
@pytest.mark.parametrize("status", [401, 403, 404, 410, 409])
async def test_list_that_fails_is_not_an_empty_list(path: str, status: int) -> None:
    shop = vendor(free=Collection([]))
    shop.failures[path] = httpx.Response(status)

    with pytest.raises(ApiError) as caught:
        await listed(shop, FREE if path == "free" else THING)

    assert caught.value.status == status


async def test_item_of_several_parents_comes_once() -> None:
    shop = vendor(
        S1__shared=Collection([{"Id": "X"}, {"Id": "Y"}]),
        S2__shared=Collection([{"Id": "Y"}, {"Id": "Z"}]),
        S3__shared=Collection([{"Id": "Z"}]),
    )

    assert ids(await listed(shop, SHARED)) == ["X", "Y", "Z"]


async def test_item_repeated_at_a_page_border_comes_once() -> None:
    rows = Collection(free(*range(7)), page_size=3, repeats=2)

    assert ids(await listed(vendor(free=rows), FREE)) == [f"F{n}" for n in range(7)]


async def test_item_repeated_within_a_page_comes_once() -> None:
    rows = Collection(free(1, 1, 2), page_size=10)

    assert ids(await listed(vendor(free=rows), FREE)) == ["F1", "F2"]


@pytest.mark.parametrize("row", [{"Name": "no id"}, None, "text"])
async def test_item_without_id_is_malformed(row: Any) -> None:
    with pytest.raises(MalformedReply, match="an item without 'Id'"):
        await listed(vendor(free=Collection([row])), FREE)


async def test_parents_are_read_once_for_several_kinds() -> None:
    shop = vendor()
    api = build_api(shop)

    for resource in (THING, SHARED, SPACE):
        async for _ in fetch_all(api, resource, Wish()):
            pass

    assert shop.requests.count("spaces") == 2  # the list has two pages
    api.forget()
    assert [batch async for batch in fetch_all(api, SPACE, Wish())]
    assert shop.requests.count("spaces") == 4


async def test_enriching_does_not_touch_the_remembered_parents() -> None:
    api = build_api(vendor())

    first = [batch async for batch in fetch_all(api, SPACE, Wish())]
    again = [batch async for batch in fetch_all(api, SPACE, Wish())]

    assert first == again


async def test_coroutine_replaces_the_list_path() -> None:
    async def list_with(
        api: Api, selector: Wish, parent: Item
    ) -> AsyncGenerator[list[Item]]:
        yield free(1, 2)
        yield free(2, 3)

    own = Resource(kind="own", id_field="Id", list_with=list_with, enrich=add_site)

    assert ids(await listed(vendor(), own)) == ["F1", "F2", "F3"]


async def test_abandoned_list_asks_for_no_more_pages() -> None:
    shop = vendor(free=Collection(free(*range(10_000)), page_size=100))
    batches = fetch_all(build_api(shop), FREE, Wish())
    await anext(batches)
    await batches.aclose()
    asked = len(shop.requests)

    assert asked < 10


@pytest.mark.parametrize("resource", [FREE, THING], ids=["a list", "of each parent"])
async def test_memory_does_not_grow_with_the_number_of_items(
    resource: Resource,
) -> None:
    pages, alive = 60, list[int]()
    gc.collect()
    gc.disable()

    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/base/spaces":
            items: list[Item] = [{"Id": "S1", "Name": "Space 1"}]
            return httpx.Response(200, json={"Items": items, "TotalResults": 1})
        rows = (row for row in gc.get_objects() if type(row) is dict)
        alive.append(sum("weight" in row for row in rows))
        skip = int(request.url.params["skip"])
        ids = [f"T{number}" for number in range(skip, skip + BATCH_SIZE)]
        page = [{"Id": id_, "SpaceId": "S1", "weight": [id_]} for id_ in ids]
        total = pages * BATCH_SIZE
        return httpx.Response(200, json={"Items": page, "TotalResults": total})

    try:
        assert len(await listed_ids(handler, resource)) == pages * BATCH_SIZE
    finally:
        gc.enable()

    # What waits in the queue, what is read, what is consumed, each once enriched.
    assert len(alive) == pages
    assert max(alive) <= 2 * (MAX_WAITING_BATCHES + 3) * BATCH_SIZE
