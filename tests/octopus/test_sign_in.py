"""A key, a token, or an identity that is traded for tokens; and which server it is."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from client import ApiClient, HeaderAuth
from core.errors import ConfigurationError, Refused, Unauthorized, Unavailable
from octopus.connection import build_client, parse_settings, sign_in
from octopus.tokens import MARGIN_SECONDS, ExchangedTokenAuth
from sandbox.octopus import BEARER_TOKEN, OctopusSandbox
from tests.fake_vendor import BASE_URL, build_api

SERVER = {"octopus_server_url": "https://octopus.example.test"}
IDENTITY = {
    "octopus_service_account_id": "12345678-aaaa-bbbb-cccc-1234567890ab",
    "octopus_id_token_file": "/var/run/token",
}


class Server:
    """Trades identities for tokens that it counts, and accepts the latest only."""

    def __init__(self, life: float = 3600, refusal: httpx.Response | None = None):
        self.life = life
        self.refusal = refusal
        self.identities: list[str] = []
        self.latest = ""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        assert request.url.host == "vendor.test"
        if request.url.path == "/base/api/token/v1":
            assert "authorization" not in request.headers
            return self.refusal or self._exchange(json.loads(request.content))
        if request.headers["Authorization"] != f"Bearer {self.latest}":
            return httpx.Response(401, json={"ErrorMessage": "not valid"})
        return httpx.Response(200, json={"path": request.url.path})

    def _exchange(self, body: dict[str, str]) -> httpx.Response:
        assert body["audience"] == "account-1"
        assert body["grant_type"].endswith(":grant-type:token-exchange")
        assert body["subject_token_type"].endswith(":token-type:jwt")
        self.identities.append(body["subject_token"])
        self.latest = f"token-{len(self.identities)}"
        reply = {"access_token": self.latest, "expires_in": self.life}
        return httpx.Response(200, json=reply)


@pytest.fixture
def identity(tmp_path: Path) -> Path:
    file = tmp_path / "identity"
    file.write_text("secret-identity\n")
    return file


def replace(file: Path, text: str) -> None:
    file.write_text(text)


def connect_by_identity(server: Server, identity: Path) -> ApiClient:
    auth = ExchangedTokenAuth(BASE_URL, "account-1", str(identity))
    return build_api(server, auth=auth)


async def test_an_identity_is_traded_once_for_all_requests(identity: Path) -> None:
    server = Server()
    api = connect_by_identity(server, identity)

    await asyncio.gather(*(api.get(f"x{number}") for number in range(5)))

    assert server.identities == ["secret-identity"]


async def test_a_token_is_renewed_before_it_expires(
    identity: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, now = Server(life=3600), [1000.0]
    monkeypatch.setattr("octopus.tokens.time.monotonic", lambda: now[0])
    api = connect_by_identity(server, identity)

    await api.get("x")
    now[0] += 3600 - MARGIN_SECONDS - 1
    await api.get("x")
    assert len(server.identities) == 1

    replace(identity, "another-identity")
    now[0] += 2
    await api.get("x")
    assert server.identities == ["secret-identity", "another-identity"]


async def test_a_token_that_the_server_forgot_is_renewed_once(identity: Path) -> None:
    server = Server()
    api = connect_by_identity(server, identity)
    await api.get("x")

    server.latest = "of another process"
    assert await api.get("y") == {"path": "/base/y"}
    assert len(server.identities) == 2


REFUSALS: list[tuple[httpx.Response, type[Exception], str]] = [
    (
        httpx.Response(
            400, json={"error": "invalid_request", "error_description": "no match"}
        ),
        Unauthorized,
        "400 invalid_request no match.*check octopusServiceAccountId and",
    ),
    (httpx.Response(404), Unauthorized, "404.*check octopusServiceAccountId"),
    (httpx.Response(200, json={"token": "x"}), Unauthorized, "not accepted"),
    (httpx.Response(200, json=["x"]), Unauthorized, "not accepted"),
    (httpx.Response(503, html="<html>"), Unavailable, "503"),
]


@pytest.mark.parametrize(("refusal", "error", "message"), REFUSALS)
async def test_a_refused_identity_is_one_clear_error(
    identity: Path, refusal: httpx.Response, error: type[Exception], message: str
) -> None:
    api = connect_by_identity(Server(refusal=refusal), identity)

    with pytest.raises(error, match=message) as caught:
        await api.get("x")
    assert "secret-identity" not in f"{caught.value!r}"


async def test_a_missing_file_names_its_setting(tmp_path: Path) -> None:
    api = connect_by_identity(Server(), tmp_path / "nothing")

    with pytest.raises(Unauthorized, match="octopusIdTokenFile can't be read"):
        await api.get("x")


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
    def http(base_url: str, auth: httpx.Auth) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=base_url, auth=auth)

    # The framework's client needs a running application.
    monkeypatch.setattr("octopus.connection.build_http", http)
    settings = parse_settings({**SERVER, **way})

    assert settings is not None
    assert build_client(settings).credential_settings == names
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
