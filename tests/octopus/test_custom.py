"""Any list of Octopus can be brought by its path."""

from typing import Any

import httpx
import pytest
from pytest_httpx import HTTPXMock

from client import ApiClient
from core.errors import MalformedReply, NotFound
from core.fetch import fetch_all
from core.types import Item
from integration import JiraOctopusPortAppConfig
from octopus.resources import build_custom
from octopus.resources.custom import AnyPaging
from octopus.selectors import CustomSelector, OctopusCustomResourceConfig
from sandbox.company import Company
from sandbox.octopus import OctopusSandbox
from tests.api import build_api

PORT = {"entity": {"mappings": {"identifier": ".Id", "blueprint": '"x"'}}}


def parse(kind: str, **selector: Any) -> CustomSelector:
    resource = {"kind": kind, "selector": {"query": "true", **selector}, "port": PORT}
    config = JiraOctopusPortAppConfig.parse_obj({"resources": [resource]})
    (parsed,) = config.resources
    assert isinstance(parsed, OctopusCustomResourceConfig)
    return parsed.selector


async def read(api: ApiClient, **selector: Any) -> list[Item]:
    chosen = parse("octopus-thing", **selector)
    batches = fetch_all(api, build_custom("octopus-thing", chosen), chosen)
    return [item async for batch in batches for item in batch]


async def test_a_list_of_every_space_is_read_by_its_path(
    api: ApiClient, company: Company
) -> None:
    found = await read(api, path="/machinepolicies/")
    ids = [item["Id"] for item in found]
    assert sorted(ids) == sorted(company.octopus["machinepolicies"])


async def test_spaces_narrow_a_custom_kind(api: ApiClient) -> None:
    found = await read(api, path="machinepolicies", spaces=["Payments"])
    assert {item["SpaceId"] for item in found} == {"Spaces-2"}


async def test_a_list_of_the_server_is_read_once(
    api: ApiClient, server: OctopusSandbox, company: Company
) -> None:
    found = await read(api, path="api/users", spaceScoped=False)
    assert len(found) == len(company.octopus["users"])
    assert server.faults.total == 1


async def test_an_array_comes_whole(api: ApiClient, company: Company) -> None:
    found = await read(api, path="lifecycles/all")
    assert len(found) == len(company.octopus["lifecycles"])


async def test_secrets_stay_where_they_are(api: ApiClient) -> None:
    found = await read(api, path="accounts")
    assert "HasValue" in repr(found)
    assert "NewValue" not in repr(found)


async def test_a_route_that_is_none_is_an_error(
    api: ApiClient, server: OctopusSandbox
) -> None:
    with pytest.raises(NotFound):
        await read(api, path="nonsense", spaceScoped=False)
    assert server.app.state.outside.pop() == "GET /api/nonsense"


@pytest.mark.parametrize("path", ["", "../x", "a//b", "x?y=1", "http://other", "a b"])
def test_a_path_leads_nowhere_else(path: str) -> None:
    with pytest.raises(ValueError, match=r"selector\.path: write the names"):
        parse("octopus-thing", path=path)


def test_a_misspelt_kind_stays_unknown() -> None:
    expected = "'octopus-relase', did you mean 'octopus-release'?.*needs selector.path"
    with pytest.raises(ValueError, match=expected):
        parse("octopus-relase")


def numbered(count: int) -> list[Item]:
    return [{"Id": f"Things-{number}"} for number in range(count)]


@pytest.mark.parametrize("total", ["TotalResults", "TotalCount", "Count"])
async def test_an_envelope_may_name_its_rows_as_it_likes(
    total: str, httpx_mock: HTTPXMock
) -> None:
    things = numbered(250)

    def answer(request: httpx.Request) -> httpx.Response:
        skip, take = (int(request.url.params[name]) for name in ("skip", "take"))
        page = things[skip : skip + take]
        return httpx.Response(200, json={total: len(things), "Things": page})

    httpx_mock.add_callback(answer, is_reusable=True)
    pages = build_api().pages("api/things", AnyPaging())
    found = {item["Id"] async for page in pages for item in page}
    assert len(found) == 250


@pytest.mark.parametrize("reply", [{}, {"A": [], "B": []}, {"A": 1}, None, 7, "x"])
def test_what_is_no_list_is_not_an_empty_one(reply: Any) -> None:
    with pytest.raises(MalformedReply):
        AnyPaging().rows(reply)
