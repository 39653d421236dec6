"""A key, a token, or an identity that is traded for tokens; and which server it is."""

import asyncio
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from pytest_httpx import HTTPXMock

from client import ApiClient, HeaderAuth
from core.errors import ConfigurationError, Refused, Unauthorized, Unavailable
from octopus.connection import build_client, sign_in
from octopus.settings import parse_settings
from octopus.tokens import MARGIN_SECONDS, ExchangedTokenAuth
from sandbox.octopus import BEARER_TOKEN, OctopusSandbox
from tests.api import BASE_URL, Registration, build_api, reply

SERVER = {"octopus_server_url": "https://octopus.example.test"}
IDENTITY = {
    "octopus_service_account_id": "12345678-aaaa-bbbb-cccc-1234567890ab",
    "octopus_id_token_file": "/var/run/token",
}


TOKEN_URL = f"{BASE_URL}/api/token/v1"
THINGS_URL = re.compile(rf"{BASE_URL}/[xy]\d?$")


class Server:
    """Trades identities for tokens that it counts, and accepts the latest only."""

    def __init__(self, httpx_mock: HTTPXMock) -> None:
        self.identities: list[str] = []
        self.latest = ""
        httpx_mock.add_callback(self._exchange, url=TOKEN_URL, is_reusable=True)
        httpx_mock.add_callback(self._answer, url=THINGS_URL, is_reusable=True)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if request.headers["Authorization"] != f"Bearer {self.latest}":
            return httpx.Response(401, json={"ErrorMessage": "not valid"})
        return httpx.Response(200, json={"path": request.url.path})

    async def _exchange(self, request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0)  # others ask meanwhile
        assert "authorization" not in request.headers
        body = json.loads(request.content)
        assert body["audience"] == "account-1"
        assert body["grant_type"].endswith(":grant-type:token-exchange")
        assert body["subject_token_type"].endswith(":token-type:jwt")
        self.identities.append(body["subject_token"])
        self.latest = f"token-{len(self.identities)}"
        reply = {"access_token": self.latest, "expires_in": 3600}
        return httpx.Response(200, json=reply)


@pytest.fixture
def trading(httpx_mock: HTTPXMock) -> Server:
    return Server(httpx_mock)


@pytest.fixture
def identity(tmp_path: Path) -> Path:
    file = tmp_path / "identity"
    file.write_text("secret-identity\n")
    return file


def replace(file: Path, text: str) -> None:
    file.write_text(text)


def connect_by_identity(identity: Path) -> ApiClient:
    return build_api(auth=ExchangedTokenAuth(BASE_URL, "account-1", str(identity)))


async def test_an_identity_is_traded_once_for_all_requests(
    identity: Path, trading: Server
) -> None:
    api = connect_by_identity(identity)

    await asyncio.gather(*(api.get(f"x{number}") for number in range(5)))

    assert trading.identities == ["secret-identity"]


async def test_a_token_is_renewed_before_it_expires(
    identity: Path, trading: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr("octopus.tokens.time.monotonic", lambda: now[0])
    api = connect_by_identity(identity)

    await api.get("x")
    now[0] += 3600 - MARGIN_SECONDS - 1
    await api.get("x")
    assert len(trading.identities) == 1

    replace(identity, "another-identity")
    now[0] += 2
    await api.get("x")
    assert trading.identities == ["secret-identity", "another-identity"]


async def test_a_token_that_the_server_forgot_is_renewed_once(
    identity: Path, trading: Server
) -> None:
    api = connect_by_identity(identity)
    await api.get("x")

    trading.latest = "of another process"
    assert await api.get("y") == {"path": "/base/y"}
    assert len(trading.identities) == 2


REFUSALS: list[tuple[Registration, type[Exception], str]] = [
    (
        reply(400, json={"error": "invalid_request", "error_description": "no match"}),
        Unauthorized,
        "400 invalid_request no match.*check octopusServiceAccountId and",
    ),
    (reply(404), Unauthorized, "404.*check octopusServiceAccountId"),
    (reply(json={"token": "x"}), Unauthorized, "not accepted"),
    (reply(json=["x"]), Unauthorized, "not accepted"),
    (reply(503, html="<html>"), Unavailable, "503"),
]


@pytest.mark.parametrize(("refusal", "error", "message"), REFUSALS)
async def test_a_refused_identity_is_one_clear_error(
    identity: Path,
    refusal: Registration,
    error: type[Exception],
    message: str,
    httpx_mock: HTTPXMock,
) -> None:
    # Only an outage is asked again.
    refusal(httpx_mock, url=TOKEN_URL, is_reusable=error is Unavailable)
    api = connect_by_identity(identity)

    with pytest.raises(error, match=message) as caught:
        await api.get("x")
    assert "secret-identity" not in f"{caught.value!r}"


async def test_a_missing_file_names_its_setting(
    tmp_path: Path, httpx_mock: HTTPXMock
) -> None:
    api = connect_by_identity(tmp_path / "nothing")

    with pytest.raises(Unauthorized, match="octopusIdTokenFile can't be read"):
        await api.get("x")
    assert httpx_mock.get_requests() == []


@pytest.mark.parametrize(
    ("way", "names"),
    [
        ({"octopus_api_key": "API-1"}, "octopusApiKey"),
        ({"octopus_access_token": "ey.J"}, "octopusAccessToken"),
        (IDENTITY, "octopusServiceAccountId and octopusIdTokenFile"),
    ],
)
def test_each_way_is_enough_and_is_named_in_errors(
    way: dict[str, str], names: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def http(base_url: str, auth: httpx.Auth, timeout: float) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=base_url, auth=auth, timeout=timeout)

    # The framework's client needs a running application.
    monkeypatch.setattr("octopus.connection.build_http", http)
    (settings,) = parse_settings({**SERVER, **way})

    assert build_client(settings).vendor.credential_settings == names
    for secret in ("API-1", "ey.J"):
        assert secret not in repr(settings)


@pytest.mark.parametrize("missing", IDENTITY)
def test_half_an_identity_names_what_is_missing(missing: str) -> None:
    half = {key: value for key, value in IDENTITY.items() if key != missing}

    with pytest.raises(ConfigurationError, match="by half: set octopus"):
        parse_settings({**SERVER, **half})


def test_two_ways_are_one_too_many() -> None:
    both = {"octopus_api_key": "API-1", "octopus_access_token": "ey.J"}

    with pytest.raises(ConfigurationError, match="octopusApiKey, or octopusAccessTok"):
        parse_settings({**SERVER, **both})


async def test_a_bearer_token_is_as_good_as_a_key(
    connect: Callable[..., ApiClient],
) -> None:
    api = connect(HeaderAuth("Authorization", f"Bearer {BEARER_TOKEN}"))

    await sign_in(api)

    assert api.facts["version"] == "2026.3.5120"


async def test_the_version_is_read_once(api: ApiClient, server: OctopusSandbox) -> None:
    await sign_in(api)
    await sign_in(api)

    assert server.faults.by_pattern["GET /api"] == 1


@pytest.mark.parametrize("version", ["3.17.1", "2018.12.1"])
async def test_a_server_without_spaces_is_refused_by_name(
    api: ApiClient, server: OctopusSandbox, version: str
) -> None:
    server.version = version

    for _ in range(2):
        with pytest.raises(Refused, match=f"{version} has no spaces: 2019.1 or newer"):
            await sign_in(api)


@pytest.mark.parametrize("version", ["2019.1.0", "2026.3.1-hotfix", "", None])
async def test_any_other_server_is_accepted(
    api: ApiClient, server: OctopusSandbox, version: Any
) -> None:
    server.version = version

    await sign_in(api)
