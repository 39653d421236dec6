"""Lists of a declared kind: whole, once, or an error."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any

import pytest
from port_ocean.context.event import EventType, event_context
from pytest_httpx import HTTPXMock

from core.api import Api
from core.errors import ApiError, Forbidden, Refused, Unauthorized
from core.fetch import fetch_all
from core.resource import Resource
from core.trouble import Report, reporting
from core.types import Item
from tests.api import BASE_URL, GONE, VENDOR, Registration, build_api, reply
from tests.core.shop import (
    FREE,
    SHARED,
    SPACE,
    SPACES,
    THING,
    Wish,
    add_list,
    add_site,
    add_spaces,
    asked,
    free,
    ids,
    listed,
    page_url,
    things,
)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 7])
async def test_every_item_of_every_page_comes_enriched(
    count: int, httpx_mock: HTTPXMock
) -> None:
    add_list(httpx_mock, "free", free(*range(count)))

    assert await listed(FREE) == [
        {**i, "__site": "https://vendor.test"} for i in free(*range(count))
    ]


async def test_items_of_every_parent_come(httpx_mock: HTTPXMock) -> None:
    add_spaces(httpx_mock, "things", S1=things("S1", 1, 2, 3), S3=things("S3", 1))

    assert ids(await listed(THING)) == ["S1-T1", "S1-T2", "S1-T3", "S3-T1"]


async def test_only_accepted_items_come(httpx_mock: HTTPXMock) -> None:
    rows = [*free(1, 2, 3, Colour="red"), *free(4, 5, 6, Colour="blue")]
    add_list(httpx_mock, "free", rows)

    assert ids(await listed(FREE, Wish(colour="blue"))) == ["F4", "F5", "F6"]


async def test_nothing_is_yielded_for_a_page_without_accepted_items(
    httpx_mock: HTTPXMock,
) -> None:
    add_list(httpx_mock, "free", free(1, 2, 3, 4, Colour="red"))

    batches = fetch_all(build_api(), FREE, Wish(colour="blue"))

    assert [batch async for batch in batches] == []


@pytest.mark.parametrize("names", [["Space 2"], ["S2"], ["space 2"], ["SPACE 2", "s2"]])
async def test_choice_picks_parents_by_id_or_name(
    names: list[str], httpx_mock: HTTPXMock
) -> None:
    add_list(httpx_mock, "spaces", SPACES)
    add_list(httpx_mock, "S2/things", things("S2", 1))

    assert ids(await listed(THING, Wish(spaces=names))) == ["S2-T1"]
    assert asked(httpx_mock) == ["spaces", "spaces", "S2/things"]


async def test_choice_picks_from_the_kind_itself(httpx_mock: HTTPXMock) -> None:
    add_list(httpx_mock, "spaces", SPACES)

    assert ids(await listed(SPACE, Wish(spaces=["S3", "S1"]))) == ["S1", "S3"]


@pytest.mark.parametrize("resource", [SPACE, THING])
async def test_misspelt_choice_is_an_error_and_not_an_empty_list(
    resource: Resource, httpx_mock: HTTPXMock
) -> None:
    add_list(httpx_mock, "spaces", SPACES)

    with pytest.raises(
        Refused,
        match=r"selector\.spaces names Sapce 1 \(did you mean Space 1\?\): no such",
    ):
        await listed(resource, Wish(spaces=["S2", "Sapce 1"]))


@pytest.mark.parametrize(
    ("refusal", "is_permanent"),
    [
        (reply(403, json={"message": "Missing permission: ThingView"}), True),
        (reply(404, json={"message": "ThingView"}), True),
        (reply(409, json={"message": "ThingView"}), True),
        (reply(404, html="<html></html>", is_reusable=True), False),
        (reply(500, json={"message": "ThingView"}, is_reusable=True), False),
        (reply(200, text="null", is_reusable=True), False),
    ],
)
async def test_failing_parent_costs_what_hangs_on_it(
    refusal: Registration, is_permanent: bool, httpx_mock: HTTPXMock
) -> None:
    found = {"S1": things("S1", 1), "S3": things("S3", 1, 2)}
    add_spaces(httpx_mock, "things", S2=refusal, **found)

    with reporting(Report("thing")) as report:
        assert ids(await listed(THING)) == ["S1-T1", "S3-T1", "S3-T2"]

    (trouble,) = report.hidden
    assert trouble.parent == SPACES[1]
    assert trouble.is_permanent is is_permanent


async def test_declared_refusal_skips_a_parent(httpx_mock: HTTPXMock) -> None:
    refusal = reply(400, json={"message": "none here"})
    add_spaces(httpx_mock, "shared", S1=[{"Id": "X"}], S2=refusal)

    assert ids(await listed(SHARED)) == ["X"]


async def test_undeclared_refusal_hides_what_hangs_on_a_parent(
    httpx_mock: HTTPXMock,
) -> None:
    add_spaces(httpx_mock, "shared", S2=reply(403))

    with reporting(Report("shared")) as report:
        assert await listed(SHARED) == []

    assert [trouble.parent for trouble in report.hidden] == [SPACES[1]]


async def test_a_credential_that_is_refused_ends_it_all(httpx_mock: HTTPXMock) -> None:
    add_list(httpx_mock, "spaces", SPACES)
    httpx_mock.add_response(url=page_url("S2/shared"), status_code=401)
    for path in ("S1/shared", "S3/shared"):  # whoever was to be asked next
        add_list(httpx_mock, path, [], is_optional=True)

    with pytest.raises(Unauthorized):
        await listed(SHARED)


async def test_an_empty_vendor_is_asked_whether_it_knows_us(
    httpx_mock: HTTPXMock,
) -> None:
    add_list(httpx_mock, "free", [])
    httpx_mock.add_response(url=f"{BASE_URL}/me", status_code=401)
    vendor = replace(VENDOR, is_authenticated=lambda headers: None)

    with pytest.raises(Unauthorized):
        async for _ in fetch_all(build_api(vendor=vendor), FREE, Wish()):
            pass


async def test_a_resync_asks_once_for_parents_that_are_down(
    httpx_mock: HTTPXMock,
) -> None:
    url = page_url("spaces")
    httpx_mock.add_response(url=url, status_code=403)
    api = build_api()

    async with event_context(EventType.RESYNC):
        for resource in (THING, SHARED, SPACE):
            with pytest.raises(Forbidden):
                async for _ in fetch_all(api, resource, Wish()):
                    pass

    assert asked(httpx_mock) == ["spaces"]


async def test_an_odd_item_costs_itself(httpx_mock: HTTPXMock) -> None:
    async def enrich(api: Api, items: list[Item], selector: Wish) -> list[Item]:
        return [{**item, "__size": len(item["Size"])} for item in items]

    rows = free(*range(9), Size="large")
    rows[4] = {"Id": "F4", "Size": None}
    add_list(httpx_mock, "free", rows, page_size=10)

    with reporting(Report("free")) as report:
        came = ids(await listed(replace(FREE, enrich=enrich)))

    assert came == [f"F{n}" for n in range(9) if n != 4]
    assert [trouble.item for trouble in report.hidden] == [rows[4]]


async def test_an_item_that_cannot_be_judged_costs_itself(
    httpx_mock: HTTPXMock,
) -> None:
    rows = [{"Id": "F1", "Size": 1}, {"Id": "F2"}, {"Id": "F3", "Size": 3}]
    add_list(httpx_mock, "free", rows, page_size=10)
    judged = replace(FREE, accepts=lambda selector, item: item["Size"] > 0)

    with reporting(Report("free")) as report:
        assert ids(await listed(judged)) == ["F1", "F3"]

    assert [trouble.item for trouble in report.hidden] == [{"Id": "F2"}]


@pytest.mark.parametrize("path", ["free", "spaces"])
@pytest.mark.parametrize("status", [401, 403, 404, 410, 409])
async def test_list_that_fails_is_not_an_empty_list(
    path: str, status: int, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(url=page_url(path), status_code=status, json=GONE)

    with pytest.raises(ApiError) as caught:
        await listed(FREE if path == "free" else THING)

    assert caught.value.status == status


async def test_item_of_several_parents_comes_once(httpx_mock: HTTPXMock) -> None:
    x, y, z = ({"Id": id_} for id_ in "XYZ")
    add_spaces(httpx_mock, "shared", S1=[x, y], S2=[y, z], S3=[z])

    assert ids(await listed(SHARED)) == ["X", "Y", "Z"]


async def test_item_repeated_at_a_page_border_comes_once(httpx_mock: HTTPXMock) -> None:
    add_list(httpx_mock, "free", free(*range(7)), page_size=3, repeats=2)

    assert ids(await listed(FREE)) == [f"F{n}" for n in range(7)]


async def test_item_repeated_within_a_page_comes_once(httpx_mock: HTTPXMock) -> None:
    add_list(httpx_mock, "free", free(1, 1, 2), page_size=10)

    assert ids(await listed(FREE)) == ["F1", "F2"]


@pytest.mark.parametrize("row", [{"Name": "no id"}, {"Id": ["1"]}, None, "text"])
async def test_a_row_without_an_id_costs_itself(
    row: Any, httpx_mock: HTTPXMock
) -> None:
    add_list(httpx_mock, "free", [*free(1), row, *free(2)], page_size=10)

    with reporting(Report("free")) as report:
        assert ids(await listed(FREE)) == ["F1", "F2"]

    assert len(report.hidden) == 1


async def test_parents_are_read_once_for_several_kinds(httpx_mock: HTTPXMock) -> None:
    add_spaces(httpx_mock, "things")
    for space in SPACES:
        add_list(httpx_mock, f"{space['Id']}/shared", [])
    api = build_api()

    for resource in (THING, SHARED, SPACE):
        async for _ in fetch_all(api, resource, Wish()):
            pass

    assert asked(httpx_mock).count("spaces") == 2  # the list has two pages
    api.forget()
    add_list(httpx_mock, "spaces", SPACES)
    assert [batch async for batch in fetch_all(api, SPACE, Wish())]
    assert asked(httpx_mock).count("spaces") == 4


async def test_enriching_does_not_touch_the_remembered_parents(
    httpx_mock: HTTPXMock,
) -> None:
    add_list(httpx_mock, "spaces", SPACES)
    api = build_api()

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

    assert ids(await listed(own)) == ["F1", "F2", "F3"]


async def test_a_row_of_another_parent_than_was_asked_for_costs_itself(
    httpx_mock: HTTPXMock,
) -> None:
    stray = {**things("S1", 2)[0], "SpaceId": "S9"}
    add_spaces(httpx_mock, "things", S1=[*things("S1", 1), stray])

    with reporting(Report("thing")) as report:
        found = await listed(THING)

    assert ids(found) == ids(things("S1", 1))
    (trouble,) = report.hidden
    assert trouble.item == stray
    assert trouble.reason == "SpaceId is S9, although S1 was asked for"
