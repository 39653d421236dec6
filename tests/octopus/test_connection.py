"""Which server, below which directory, and with which key."""

import pytest
from pytest_httpx import HTTPXMock

from core.errors import ConfigurationError, Unauthorized
from octopus.connection import sign_in, vendor
from octopus.settings import OctopusSettings, parse_settings, settings_mistakes
from tests.api import build_api

SERVER = "https://octopus.example.test"


def settings(url: str, key: str | None = "API-TOPSECRET") -> OctopusSettings:
    (found,) = parse_settings({"octopus_server_url": url, "octopus_api_key": key})
    return found


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
    assert settings(url).base_url == base_url


def test_bad_address_names_the_setting() -> None:
    with pytest.raises(ConfigurationError, match="octopusServerUrl is not a web addr"):
        settings("ftp://octopus.example.test")


def test_nothing_set_is_not_configured() -> None:
    assert parse_settings({}) == []
    assert parse_settings({"jira_host": "x", "octopus_api_key": ""}) == []


@pytest.mark.parametrize("choice", ["Not used", " Not used\n"])
def test_what_is_not_used_may_be_configured_by_half(choice: str) -> None:
    config = {"octopus_sign_in": choice, "octopus_api_key": "API-1"}

    assert parse_settings(config) == []
    assert settings_mistakes(config) == []


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

    assert found.api_key == "API-TOPSECRET"
    assert "TOPSECRET" not in f"{found!r} {found}"


async def test_bad_key_is_found_by_asking_who_it_is(httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(
        url=f"{SERVER}/octopus/api/users/me",
        status_code=401,
        json={"ErrorMessage": "not valid"},
    )

    with pytest.raises(Unauthorized, match="not valid"):
        await sign_in(build_api(base_url=f"{SERVER}/octopus", vendor=vendor("")))
