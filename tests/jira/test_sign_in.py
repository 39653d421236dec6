"""Where a credential is good, and where it goes."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import httpx
import pytest
from pytest_httpx import HTTPXMock

from client import ApiClient
from core.errors import Unauthorized
from jira.connection import sign_in
from jira.tokens import TokenAuth
from tests.api import VENDOR, build_api

CLOUD_ID = "5bd0a3c4-7ac3-4e0e-a1a5-000000000001"
GATEWAY = f"https://api.atlassian.com/ex/jira/{CLOUD_ID}"
SITE = "https://example.atlassian.net"


def connect(base_url: str = SITE) -> ApiClient:
    auth = httpx.BasicAuth("dev@example.test", "TOPSECRET")
    vendor = replace(VENDOR, whoami="rest/api/3/myself")
    return build_api(base_url=base_url, auth=auth, vendor=vendor)


def accept(httpx_mock: HTTPXMock, base_url: str) -> None:
    api = f"{base_url}/rest/api/3"
    httpx_mock.add_response(url=f"{api}/myself", json={"accountId": "1"})
    httpx_mock.add_response(url=f"{api}/serverInfo", json={"baseUrl": f"{SITE}/"})


def refuse(httpx_mock: HTTPXMock, base_url: str) -> None:
    httpx_mock.add_response(url=f"{base_url}/rest/api/3/myself", status_code=401)


def tell_cloud_id(httpx_mock: HTTPXMock) -> None:
    url = f"{SITE}/_edge/tenant_info"
    httpx_mock.add_response(url=url, json={"cloudId": CLOUD_ID})


async def test_site_that_accepts_is_used(httpx_mock: HTTPXMock) -> None:
    accept(httpx_mock, SITE)
    api = connect()

    await sign_in(api)

    assert str(api.http.base_url).rstrip("/") == SITE
    assert api.site_url == SITE


async def test_token_with_scopes_is_used_on_the_gateway(httpx_mock: HTTPXMock) -> None:
    refuse(httpx_mock, SITE)
    tell_cloud_id(httpx_mock)
    accept(httpx_mock, GATEWAY)
    api = connect()

    await sign_in(api)

    assert str(api.http.base_url) == f"{GATEWAY}/"
    assert api.site_url == SITE
    assert [str(request.url) for request in httpx_mock.get_requests()] == [
        f"{SITE}/rest/api/3/myself",
        f"{SITE}/_edge/tenant_info",
        f"{GATEWAY}/rest/api/3/myself",
        f"{GATEWAY}/rest/api/3/serverInfo",
    ]
    # Once found, the gateway stays.
    accept(httpx_mock, GATEWAY)
    await sign_in(api)


async def test_two_that_sign_in_at_once_find_the_gateway_both(
    httpx_mock: HTTPXMock,
) -> None:
    found = asyncio.Event()

    async def refuse_first(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0)  # the other begins meanwhile
        return httpx.Response(401)

    async def refuse_late(request: httpx.Request) -> httpx.Response:
        await found.wait()
        return httpx.Response(401)

    def find(request: httpx.Request) -> httpx.Response:
        found.set()
        return httpx.Response(200, json={"accountId": "1"})

    url = f"{SITE}/rest/api/3/myself"
    httpx_mock.add_callback(refuse_first, url=url)
    # Whoever waits for the first need not ask the site at all.
    httpx_mock.add_callback(refuse_late, url=url, is_optional=True)
    tell_cloud_id(httpx_mock)
    httpx_mock.add_callback(find, url=f"{GATEWAY}/rest/api/3/myself")
    accept(httpx_mock, GATEWAY)
    httpx_mock.add_response(url=f"{GATEWAY}/rest/api/3/serverInfo", json={})
    api = connect()

    await asyncio.gather(sign_in(api), sign_in(api))

    assert str(api.http.base_url) == f"{GATEWAY}/"


async def test_credential_goes_to_the_site_and_to_atlassians_gateway_only(
    httpx_mock: HTTPXMock,
) -> None:
    refuse(httpx_mock, SITE)
    tell_cloud_id(httpx_mock)
    accept(httpx_mock, GATEWAY)

    await sign_in(connect())

    assert {
        (r.url.host, r.url.path == "/_edge/tenant_info")
        for r in httpx_mock.get_requests()
        if "authorization" in r.headers
    } == {("example.atlassian.net", False), ("api.atlassian.com", False)}


async def test_links_lead_to_the_site_when_the_gateway_is_configured(
    httpx_mock: HTTPXMock,
) -> None:
    accept(httpx_mock, GATEWAY)
    api = connect(GATEWAY)

    await sign_in(api)

    assert api.site_url == SITE


async def test_credential_refused_everywhere_is_the_sites_refusal(
    httpx_mock: HTTPXMock,
) -> None:
    api = connect()
    tell_cloud_id(httpx_mock)

    for _ in range(2):
        refuse(httpx_mock, SITE)
        refuse(httpx_mock, GATEWAY)
        with pytest.raises(Unauthorized, match="GET rest/api/3/myself"):
            await sign_in(api)

    assert str(api.http.base_url).rstrip("/") == SITE


def tokens(*values: str) -> Callable[[], str]:
    remaining = list(values)
    return lambda: remaining.pop(0) if len(remaining) > 1 else remaining[0]


async def test_renewed_token_is_used_after_a_401(httpx_mock: HTTPXMock) -> None:
    old, new = ({"Authorization": f"Bearer {token}"} for token in ("old", "new"))
    httpx_mock.add_response(match_headers=old, status_code=401)
    httpx_mock.add_response(match_headers=new, json={})

    assert await build_api(auth=TokenAuth(tokens("old", "new"))).get("x") == {}


async def test_unchanged_token_is_not_tried_again(httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(status_code=401)
    api = build_api(auth=TokenAuth(tokens("old")))

    with pytest.raises(Unauthorized):
        await api.get("x")

    assert len(httpx_mock.get_requests()) == 1
