"""A single item of a declared kind: as in the list, gone, or an error."""

from typing import Any

import httpx
import pytest

from core.errors import ApiError, Refused
from core.resource import Resource, fetch_one
from core.types import Api, Item
from tests.core.shop import (
    FREE,
    SPACE,
    THING,
    Wish,
    add_site,
    free,
    listed,
    things,
    vendor,
)
from tests.fake_vendor import Collection, FakeVendor, build_api


@pytest.mark.parametrize(
    ("resource", "ref"),
    [
        pytest.param(FREE, {"Id": "F2"}, id="without parent"),
        pytest.param(THING, {"Id": "S1-T2", "SpaceId": "S1"}, id="with parent"),
        pytest.param(SPACE, {"Id": "S2"}, id="with choice"),
    ],
)
async def test_live_item_equals_the_listed_item(resource: Resource, ref: Item) -> None:
    shop = vendor(free=Collection(free(1, 2, 3)), S1__things=things("S1", 1, 2))
    api = build_api(shop)

    live = await fetch_one(api, resource, ref, Wish())

    assert live is not None
    assert live in await listed(shop, resource)


@pytest.mark.parametrize("status", [404, 410])
async def test_item_that_is_gone_is_none(status: int) -> None:
    shop = vendor()
    shop.failures["free/F1"] = httpx.Response(status)

    assert await fetch_one(build_api(shop), FREE, {"Id": "F1"}, Wish()) is None


@pytest.mark.parametrize("status", [401, 403, 400, 302])
async def test_item_that_may_not_be_read_is_an_error_and_not_gone(status: int) -> None:
    shop = vendor()
    shop.failures["free/F1"] = httpx.Response(status)

    with pytest.raises(ApiError) as caught:
        await fetch_one(build_api(shop), FREE, {"Id": "F1"}, Wish())

    assert caught.value.status == status


async def test_item_that_is_not_accepted_is_none() -> None:
    api = build_api(vendor(free=Collection(free(1, Colour="red"))))

    assert await fetch_one(api, FREE, {"Id": "F1"}, Wish(colour="blue")) is None
    assert await fetch_one(api, FREE, {"Id": "F1"}, Wish(colour="red")) is not None


async def test_item_outside_the_choice_is_none() -> None:
    api = build_api(vendor())

    assert await fetch_one(api, SPACE, {"Id": "S1"}, Wish(spaces=["Space 2"])) is None
    assert await fetch_one(api, SPACE, {"Id": "S2"}, Wish(spaces=["Space 2"]))


async def test_item_of_a_parent_outside_the_choice_is_none() -> None:
    api = build_api(vendor(S1__things=things("S1", 1)))
    ref = {"Id": "S1-T1", "SpaceId": "S1"}

    assert await fetch_one(api, THING, ref, Wish(spaces=["Space 2"])) is None
    assert await fetch_one(api, THING, ref, Wish(spaces=["Space 1"]))


async def test_coroutine_replaces_the_item_path() -> None:
    async def get_with(api: Api, ref: Item, selector: Wish) -> Item | None:
        return free(1)[0] if ref["Id"] == "F1" else None

    own = Resource(kind="own", id_field="Id", get_with=get_with, enrich=add_site)
    api = build_api(vendor())

    assert await fetch_one(api, own, {"Id": "F2"}, Wish()) is None
    assert await fetch_one(api, own, {"Id": "F1"}, Wish()) == {
        "Id": "F1",
        "__site": "https://vendor.test",
    }


@pytest.mark.parametrize(
    ("id_", "path"),
    [
        ("../users", b"/base/free/..%2Fusers"),
        ("a?b=c", b"/base/free/a%3Fb%3Dc"),
        ("a#b", b"/base/free/a%23b"),
        ("%2f..%2F", b"/base/free/%252f..%252F"),
        ("https://evil.test/", b"/base/free/https%3A%2F%2Fevil.test%2F"),
        ("1.0.0+build 5", b"/base/free/1.0.0%2Bbuild%205"),
        (7, b"/base/free/7"),
    ],
)
async def test_no_id_changes_where_a_path_leads(id_: Any, path: bytes) -> None:
    requests: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(404)

    assert await fetch_one(build_api(handler), FREE, {"Id": id_}, Wish()) is None
    (request,) = requests
    assert request.url.host == "vendor.test"
    assert request.url.raw_path == path


@pytest.mark.parametrize("id_", ["", ".", ".."])
async def test_id_that_is_another_path_is_refused(id_: str) -> None:
    shop = FakeVendor()

    with pytest.raises(Refused, match="leads elsewhere"):
        await fetch_one(build_api(shop), FREE, {"Id": id_}, Wish())

    assert shop.requests == []
