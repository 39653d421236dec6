"""A single item of a declared kind: as in the list, gone, or an error."""

from dataclasses import replace
from typing import Any

import httpx
import pytest
from pytest_httpx import HTTPXMock

from core.api import Api
from core.errors import ApiError, MalformedReply, Refused, Unauthorized, Unavailable
from core.fetch import fetch_all, fetch_one
from core.lookup import Absent
from core.resource import Resource
from core.types import Item
from tests.api import BASE_URL, GONE, VENDOR, build_api
from tests.core.shop import (
    FREE,
    SPACE,
    SPACES,
    THING,
    Wish,
    add_list,
    add_site,
    add_spaces,
    free,
    things,
)

F1_URL = f"{BASE_URL}/free/F1"
NOT_SELECTED = Absent.NOT_SELECTED


@pytest.mark.parametrize(
    ("resource", "path", "items"),
    [
        pytest.param(FREE, "free", free(1, 2, 3), id="without parent"),
        pytest.param(THING, "S1/things", things("S1", 1, 2), id="with parent"),
        pytest.param(SPACE, "spaces", SPACES, id="with choice"),
    ],
)
async def test_live_item_equals_the_listed_item(
    resource: Resource, path: str, items: list[Item], httpx_mock: HTTPXMock
) -> None:
    item = items[1]
    httpx_mock.add_response(url=f"{BASE_URL}/{path}/{item['Id']}", json=item)
    if resource is THING:
        add_spaces(httpx_mock, "things", S1=items)
    else:
        add_list(httpx_mock, path, items)
    ref = {key: id_ for key, id_ in item.items() if key.endswith("Id")}
    api = build_api()

    live = await fetch_one(api, resource, ref, Wish())

    assert isinstance(live, dict)
    assert live in [i async for page in fetch_all(api, resource, Wish()) for i in page]


@pytest.mark.parametrize("status", [404, 410])
async def test_an_item_is_gone_by_the_vendors_own_word(
    status: int, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(url=F1_URL, status_code=status, json=GONE)

    assert await fetch_one(build_api(), FREE, {"Id": "F1"}, Wish()) is Absent.GONE


@pytest.mark.parametrize("status", [404, 410])
@pytest.mark.parametrize(
    "body",
    [
        {"html": "<html>default backend - 404</html>"},
        {"json": {"error": "Not Found", "status": 404}},
        {"json": None},
        {"content": b""},
    ],
    ids=["HTML", "another form", "null", "nothing"],
)
async def test_a_404_of_somebody_else_proves_nothing(
    status: int, body: Any, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(url=F1_URL, status_code=status, **body)

    with pytest.raises(Unavailable, match="own words"):
        await fetch_one(build_api(), FREE, {"Id": "F1"}, Wish())


@pytest.mark.parametrize(
    ("is_authenticated", "whoami", "outcome"),
    [
        (True, None, Absent.GONE),
        (False, None, Unauthorized),
        (None, 200, Absent.GONE),
        (None, 401, Unauthorized),
    ],
)
async def test_an_anonymous_reply_proves_nothing(
    is_authenticated: bool | None,
    whoami: int | None,
    outcome: Any,
    httpx_mock: HTTPXMock,
) -> None:
    httpx_mock.add_response(url=F1_URL, status_code=404, json=GONE)
    if whoami:
        url = f"{BASE_URL}/me"
        httpx_mock.add_response(url=url, status_code=whoami, json={})
    vendor = replace(VENDOR, is_authenticated=lambda headers: is_authenticated)
    api = build_api(vendor=vendor, auth=httpx.BasicAuth("me", "secret"))

    if outcome is Unauthorized:
        with pytest.raises(Unauthorized):
            await fetch_one(api, FREE, {"Id": "F1"}, Wish())
    else:
        assert await fetch_one(api, FREE, {"Id": "F1"}, Wish()) is outcome


@pytest.mark.parametrize("body", ["null", "[]", '"text"', "7"])
async def test_what_is_no_object_is_no_item(body: str, httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(url=F1_URL, text=body, is_reusable=True)

    with pytest.raises(MalformedReply, match="expected an object"):
        await fetch_one(build_api(), FREE, {"Id": "F1"}, Wish())


async def test_an_item_that_cannot_be_enriched_is_not_taken_for_absent(
    httpx_mock: HTTPXMock,
) -> None:
    async def enrich(api: Api, items: list[Item], selector: Wish) -> list[Item]:
        return [{**item, "__size": len(item["Size"])} for item in items]

    httpx_mock.add_response(url=F1_URL, json={"Id": "F1", "Size": None})

    with pytest.raises(MalformedReply, match="free"):
        await fetch_one(build_api(), replace(FREE, enrich=enrich), {"Id": "F1"}, Wish())


@pytest.mark.parametrize("status", [401, 403, 400, 302])
async def test_item_that_may_not_be_read_is_an_error_and_not_gone(
    status: int, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(url=F1_URL, status_code=status)

    with pytest.raises(ApiError) as caught:
        await fetch_one(build_api(), FREE, {"Id": "F1"}, Wish())

    assert caught.value.status == status


async def test_item_that_is_not_accepted_is_not_selected(httpx_mock: HTTPXMock) -> None:
    for _ in range(2):
        httpx_mock.add_response(url=F1_URL, json={"Id": "F1", "Colour": "red"})
    api = build_api()

    ref = {"Id": "F1"}
    assert await fetch_one(api, FREE, ref, Wish(colour="blue")) is NOT_SELECTED
    assert isinstance(await fetch_one(api, FREE, ref, Wish(colour="red")), dict)


async def test_item_outside_the_choice_is_not_selected(httpx_mock: HTTPXMock) -> None:
    for space in SPACES[:2]:
        httpx_mock.add_response(url=f"{BASE_URL}/spaces/{space['Id']}", json=space)
        add_list(httpx_mock, "spaces", SPACES)
    api = build_api()

    wish = Wish(spaces=["Space 2"])
    assert await fetch_one(api, SPACE, {"Id": "S1"}, wish) is NOT_SELECTED
    assert isinstance(await fetch_one(api, SPACE, {"Id": "S2"}, wish), dict)


async def test_item_of_a_parent_outside_the_choice_is_not_selected(
    httpx_mock: HTTPXMock,
) -> None:
    (thing,) = things("S1", 1)
    for _ in range(2):  # before it says no, the list of parents is read anew
        httpx_mock.add_response(url=f"{BASE_URL}/S1/things/S1-T1", json=thing)
        add_list(httpx_mock, "spaces", SPACES)
    api = build_api()

    other, own = Wish(spaces=["Space 2"]), Wish(spaces=["Space 1"])
    assert await fetch_one(api, THING, thing, other) is NOT_SELECTED
    assert isinstance(await fetch_one(api, THING, thing, own), dict)


@pytest.mark.parametrize("told", [None, True, [], {}, 9_999_997])
async def test_an_item_that_does_not_tell_its_parent_is_not_absent(
    told: Any, httpx_mock: HTTPXMock
) -> None:
    (thing,) = things("S1", 1)
    reply = {**thing, "SpaceId": told}
    httpx_mock.add_response(url=f"{BASE_URL}/S1/things/S1-T1", json=reply)

    with pytest.raises(MalformedReply, match="SpaceId of thing is"):
        await fetch_one(build_api(), THING, thing, Wish())


@pytest.mark.parametrize("is_there", [True, False])
async def test_a_list_without_its_parent_hides_no_item(
    httpx_mock: HTTPXMock, is_there: bool
) -> None:
    (thing,) = things("S1", 1)
    httpx_mock.add_response(url=f"{BASE_URL}/S1/things/S1-T1", json=thing)
    for _ in range(2):
        add_list(httpx_mock, "spaces", SPACES[1:])
    own = {"json": SPACES[0]} if is_there else {"status_code": 404, "json": GONE}
    httpx_mock.add_response(url=f"{BASE_URL}/spaces/S1", **own)
    if is_there:
        with pytest.raises(MalformedReply, match="leaves out S1"):
            await fetch_one(build_api(), THING, thing, Wish())
    else:
        assert await fetch_one(build_api(), THING, thing, Wish()) is NOT_SELECTED


async def test_coroutine_replaces_the_item_path() -> None:
    async def get_with(api: Api, ref: Item, selector: Wish) -> Item | Absent:
        return free(1)[0] if ref["Id"] == "F1" else Absent.GONE

    own = Resource(kind="own", id_field="Id", get_with=get_with, enrich=add_site)
    api = build_api()

    assert await fetch_one(api, own, {"Id": "F2"}, Wish()) is Absent.GONE
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
async def test_no_id_changes_where_a_path_leads(
    id_: Any, path: bytes, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(status_code=404, json=GONE)

    assert await fetch_one(build_api(), FREE, {"Id": id_}, Wish()) is Absent.GONE
    (request,) = httpx_mock.get_requests()
    assert request.url.host == "vendor.test"
    assert request.url.raw_path == path


@pytest.mark.parametrize("id_", ["", ".", ".."])
async def test_id_that_is_another_path_is_refused(
    id_: str, httpx_mock: HTTPXMock
) -> None:
    with pytest.raises(Refused, match="leads elsewhere"):
        await fetch_one(build_api(), FREE, {"Id": id_}, Wish())

    assert httpx_mock.get_requests() == []


async def test_an_item_whose_parent_a_list_leaves_out_is_not_absent(
    httpx_mock: HTTPXMock,
) -> None:
    thing = {"Id": "S4-T1", "SpaceId": "S4"}
    httpx_mock.add_response(url=f"{BASE_URL}/S4/things/S4-T1", json=thing)
    for _ in range(2):
        add_list(httpx_mock, "spaces", SPACES)
    httpx_mock.add_response(url=f"{BASE_URL}/spaces/S4", json={"Id": "S4"})

    with pytest.raises(MalformedReply, match="leaves out S4"):
        await fetch_one(build_api(), THING, thing, Wish())


async def test_another_item_than_was_asked_for_is_none(httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(url=F1_URL, json={"Id": "F2"})
    with pytest.raises(MalformedReply, match="Id of free is 'F2', although F1"):
        await fetch_one(build_api(), FREE, {"Id": "F1"}, Wish())
