"""A credential reaches its own host only, and neither errors nor logs."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from loguru import logger

from client import HeaderAuth
from core.errors import ApiError, Refused
from tests.fake_vendor import Script, build_api

SECRET = "API-TOPSECRET123"


def reply(status: int, **kwargs: Any) -> httpx.Response:
    return httpx.Response(status, **kwargs)


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
async def test_every_attempt_carries_the_credential(auth: httpx.Auth) -> None:
    script = Script(reply(503), reply(200, json={}))

    await build_api(script, auth=auth).get("x")

    for request in script.requests:
        (name,) = CREDENTIAL_HEADERS & set(request.headers)
        assert request.headers[name] == SECRET or name == "authorization"


@pytest.mark.parametrize("auth", AUTHS)
async def test_redirect_is_not_followed_but_reported(auth: httpx.Auth) -> None:
    elsewhere = reply(302, headers={"Location": "https://evil.test/login?token=abc"})
    script = Script(elsewhere)
    api = build_api(script, auth=auth)

    for request in (api.get("x"), api.read("x", {}), api.write("POST", "x", {})):
        with pytest.raises(Refused) as caught:
            await request
        assert "redirects to https://evil.test/login" in str(caught.value)
        assert "token=abc" not in str(caught.value)

    assert {request.url.host for request in script.requests} == {"vendor.test"}
    assert len(script.requests) == 3


async def test_credential_of_one_vendor_never_reaches_another() -> None:
    script = Script(reply(200, json={}))
    jira = build_api(
        script,
        auth=httpx.BasicAuth("dev@vendor.test", SECRET),
        base_url="https://jira.test",
    )
    octopus = build_api(
        script,
        auth=HeaderAuth("X-Octopus-ApiKey", SECRET),
        base_url="https://octopus.test",
    )

    for api in (jira, octopus, jira):
        await api.get("x")

    assert [
        (request.url.host, *(CREDENTIAL_HEADERS & set(request.headers)))
        for request in script.requests
    ] == [
        ("jira.test", "authorization"),
        ("octopus.test", "x-octopus-apikey"),
        ("jira.test", "authorization"),
    ]


@pytest.mark.parametrize("auth", AUTHS)
@pytest.mark.parametrize(
    "failure",
    [
        reply(400, json={"message": "bad"}),
        reply(401),
        reply(403),
        reply(500),
        reply(302, headers={"Location": "https://evil.test"}),
        reply(200, html="<html>"),
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("slow"),
    ],
    ids=repr,
)
async def test_no_secret_in_errors_and_logs(
    auth: httpx.Auth, failure: Any, lines: list[str]
) -> None:
    api = build_api(Script(failure), auth=auth, logger=logger)
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


async def test_public_request_carries_no_credential() -> None:
    script = Script(reply(200, json={"cloudId": "1"}))
    api = build_api(script, auth=httpx.BasicAuth("dev@vendor.test", SECRET))

    assert await api.get_public("_edge/tenant_info") == {"cloudId": "1"}

    assert not CREDENTIAL_HEADERS & set(script.requests[0].headers)
