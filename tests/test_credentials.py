"""A credential reaches its own host only, and neither errors nor logs."""

from collections.abc import Iterator

import httpx
import pytest
from loguru import logger
from pytest_httpx import HTTPXMock

from client import HeaderAuth
from core.errors import ApiError, Refused
from tests.api import BASE_URL, Registration, build_api, failure, reply

SECRET = "API-TOPSECRET123"

AUTHS = [
    pytest.param(HeaderAuth("X-Octopus-ApiKey", SECRET), id="header"),
    pytest.param(httpx.BasicAuth("dev@vendor.test", SECRET), id="basic"),
]
CREDENTIAL_HEADERS = {"x-octopus-apikey", "authorization"}


@pytest.fixture
def lines() -> Iterator[list[str]]:
    """Collect everything that is logged."""
    collected: list[str] = []
    sink = logger.add(collected.append, level=0, format="{message} {extra}")
    yield collected
    logger.remove(sink)


@pytest.mark.parametrize("auth", AUTHS)
async def test_every_attempt_carries_the_credential(
    auth: httpx.Auth, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(status_code=503)
    httpx_mock.add_response(json={})

    await build_api(auth=auth).get("x")

    for request in httpx_mock.get_requests():
        (name,) = CREDENTIAL_HEADERS & set(request.headers)
        assert request.headers[name] == SECRET or name == "authorization"


@pytest.mark.parametrize("auth", AUTHS)
async def test_redirect_is_not_followed_but_reported(
    auth: httpx.Auth, httpx_mock: HTTPXMock
) -> None:
    location = {"Location": "https://evil.test/login?token=abc"}
    api = build_api(auth=auth)

    for request in (api.get("x"), api.read("x", {}), api.write("POST", "x", {})):
        httpx_mock.add_response(url=f"{BASE_URL}/x", status_code=302, headers=location)
        with pytest.raises(Refused) as caught:
            await request
        assert "redirects to https://evil.test/login" in str(caught.value)
        assert "token=abc" not in str(caught.value)


async def test_credential_of_one_vendor_never_reaches_another(
    httpx_mock: HTTPXMock,
) -> None:
    httpx_mock.add_response(json={}, is_reusable=True)
    jira = build_api(
        auth=httpx.BasicAuth("dev@vendor.test", SECRET), base_url="https://jira.test"
    )
    octopus = build_api(
        auth=HeaderAuth("X-Octopus-ApiKey", SECRET), base_url="https://octopus.test"
    )

    for api in (jira, octopus, jira):
        await api.get("x")

    assert [
        (request.url.host, *(CREDENTIAL_HEADERS & set(request.headers)))
        for request in httpx_mock.get_requests()
    ] == [
        ("jira.test", "authorization"),
        ("octopus.test", "x-octopus-apikey"),
        ("jira.test", "authorization"),
    ]


@pytest.mark.parametrize("auth", AUTHS)
@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param(reply(400, json={"message": "bad"}), id="400"),
        pytest.param(reply(401), id="401"),
        pytest.param(reply(403), id="403"),
        pytest.param(reply(500), id="500"),
        pytest.param(reply(302, headers={"Location": "https://evil.test"}), id="302"),
        pytest.param(reply(200, html="<html>"), id="not JSON"),
        pytest.param(failure(httpx.ConnectError("refused")), id="no connection"),
        pytest.param(failure(httpx.ReadTimeout("slow")), id="time-out"),
    ],
)
async def test_no_secret_in_errors_and_logs(
    auth: httpx.Auth, trouble: Registration, lines: list[str], httpx_mock: HTTPXMock
) -> None:
    trouble(httpx_mock, is_reusable=True)
    api = build_api(auth=auth, logger=logger)
    basic = httpx.BasicAuth("dev@vendor.test", SECRET)
    request = next(basic.auth_flow(httpx.Request("GET", "https://x.test")))
    encoded = request.headers["Authorization"].removeprefix("Basic ")

    for attempt in (api.get("x"), api.write("POST", "x")):
        with pytest.raises(ApiError) as caught:
            await attempt
        lines.append(f"{caught.value!r} {caught.value} {caught.value.__cause__!r}")

    logger.debug("end of the log")
    text = "".join(lines)
    assert "end of the log" in text
    assert SECRET not in text
    assert encoded not in text


async def test_public_request_carries_no_credential(httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(json={"cloudId": "1"})
    api = build_api(auth=httpx.BasicAuth("dev@vendor.test", SECRET))

    assert await api.get_public("_edge/tenant_info") == {"cloudId": "1"}

    (request,) = httpx_mock.get_requests()
    assert not CREDENTIAL_HEADERS & set(request.headers)
