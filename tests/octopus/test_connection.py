"""Which server, below which directory, and with which key."""

import httpx
import pytest

from core.errors import ConfigurationError, Unauthorized
from octopus.connection import OctopusSettings, parse_settings, sign_in
from tests.fake_vendor import Script, build_api

SERVER = "https://octopus.example.test"


def settings(url: str, key: str | None = "API-TOPSECRET") -> OctopusSettings | None:
    return parse_settings({"octopus_server_url": url, "octopus_api_key": key})


@pytest.mark.parametrize(
    ("url", "base_url"),
    [
        (SERVER, SERVER),
        (f"{SERVER}/", SERVER),
        (f"{SERVER}//", SERVER),
        (f"  {SERVER} ", SERVER),
        ("octopus.example.test", SERVER),
        (f"{SERVER}/api", SERVER),
        (f"{SERVER}/api/", SERVER),
        (f"{SERVER}/api/Spaces-1/projects?skip=0", SERVER),
        (f"{SERVER}/app", SERVER),
        (f"{SERVER}/app#/Spaces-1/projects", SERVER),
        (f"{SERVER}?x=1", SERVER),
        (f"{SERVER}/octopus", f"{SERVER}/octopus"),
        (f"{SERVER}/octopus/", f"{SERVER}/octopus"),
        (f"{SERVER}/octopus/api", f"{SERVER}/octopus"),
        (f"{SERVER}/octopus/app#/Spaces-1", f"{SERVER}/octopus"),
        (f"{SERVER}/application", f"{SERVER}/application"),
        ("http://octopus.internal:8080", "http://octopus.internal:8080"),
    ],
)
def test_address_is_normalised(url: str, base_url: str) -> None:
    found = settings(url)

    assert found is not None
    assert found.base_url == base_url


def test_bad_address_names_the_setting() -> None:
    with pytest.raises(ConfigurationError, match="octopusServerUrl is not a web addr"):
        settings("ftp://octopus.example.test")


def test_nothing_set_is_not_configured() -> None:
    assert parse_settings({}) is None
    assert parse_settings({"jira_host": "x", "octopus_api_key": ""}) is None


@pytest.mark.parametrize(
    ("url", "key", "missing"),
    [(SERVER, None, "octopusApiKey"), ("", "API-1", "octopusServerUrl")],
)
def test_half_configured_names_what_is_missing(
    url: str, key: str | None, missing: str
) -> None:
    with pytest.raises(ConfigurationError, match=f"by half: set {missing}, or remove"):
        settings(url, key)


def test_key_is_not_shown() -> None:
    found = settings(SERVER)

    assert found is not None
    assert found.api_key == "API-TOPSECRET"
    assert "TOPSECRET" not in f"{found!r} {found}"


async def test_bad_key_is_found_by_asking_who_it_is() -> None:
    script = Script(httpx.Response(401, json={"ErrorMessage": "not valid"}))

    with pytest.raises(Unauthorized, match="not valid"):
        await sign_in(build_api(script, base_url=f"{SERVER}/octopus"))

    assert [request.url.path for request in script.requests] == [
        "/octopus/api/users/me"
    ]
