"""What answers at an address is known before anything starts, and said in words."""

import socket
from typing import Any

import httpx
import pytest
from port_ocean.config.settings import SslClientSettings
from pytest_httpx import HTTPXMock

from commands import addresses
from commands.addresses import Address, ask
from sandbox.company import build_company
from sandbox.live import free_port
from sandbox.servers import serve
from tests.test_end_to_end import SMALL

CONFIG = {
    "jira_host": "https://jira.test",
    "atlassian_user_email": "jane@example.com",
    "atlassian_user_token": "hidden",
    "octopus_server_url": "https://octopus.test/app",
    "octopus_api_key": "API-HIDDEN",
}
TLS = SslClientSettings()
JIRA_URL = "https://jira.test/rest/api/3/serverInfo"
CLOUD = {"deploymentType": "Cloud"}
ROOT = {"Application": "Octopus Deploy", "Version": "2026.3.1"}


def jira(url: str = "https://jira.test") -> Address:
    one, _ = addresses.addresses({**CONFIG, "jira_host": url}, oauth=False)
    return one


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        ({"json": CLOUD}, None),
        ({"status_code": 401, "json": {}}, None),
        ({"status_code": 403, "html": "blocked"}, None),
        ({"json": {"deploymentType": "Server"}}, "is Jira Server; only Jira Cloud"),
        ({"json": ROOT}, "is Octopus Deploy, not Jira"),
        (
            {"status_code": 404, "json": {"ErrorMessage": "The resource…"}},
            "is Octopus Deploy, not Jira",
        ),
        (
            {"html": "<html><title>\n Sign in to Acme </title>"},
            "is not Jira: it answers 200 with the page 'Sign in to Acme'",
        ),
        ({"status_code": 503, "html": "<p>"}, "it answers 503 with text/html"),
        (
            {"status_code": 302, "headers": {"Location": "https://sso.test/?x=secret"}},
            "redirects to https://sso.test/.",
        ),
        ({"json": []}, "is not Jira: it answers 200 with application/json"),
    ],
)
async def test_who_answers_is_named(
    httpx_mock: HTTPXMock, reply: dict[str, Any], words: str | None
) -> None:
    httpx_mock.add_response(url=JIRA_URL, **reply)

    found = await ask(jira(), TLS)

    if words is None:
        assert found is None
    else:
        assert found and words in found
        assert "Check jiraHost (OCEAN__INTEGRATION__CONFIG__JIRA_HOST)" in found
        assert "secret" not in found


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (httpx.ConnectTimeout(""), "it takes longer than 7 seconds"),
        (httpx.ConnectError("[Errno -2] Name or service not known"), "no host of that"),
        (
            httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed"),
            "its certificate is not trusted",
        ),
    ],
)
async def test_no_answer_is_said_in_words(
    httpx_mock: HTTPXMock, error: Exception, words: str
) -> None:
    httpx_mock.add_exception(error)

    found = await ask(jira(), TLS)

    assert found and found.startswith("nothing answers at https://jira.test: ")
    assert words in found


async def test_a_port_where_nobody_listens_is_refused() -> None:
    found = await ask(jira(f"http://127.0.0.1:{free_port()}"), TLS)

    assert found and "nothing listens there" in found


async def test_who_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "PATIENCE_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        found = await ask(jira(f"http://127.0.0.1:{silent.getsockname()[1]}"), TLS)

    assert found and "it takes longer than" in found


async def test_an_address_has_as_long_as_is_told(httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(url=JIRA_URL, json=CLOUD)

    await ask(jira(), TLS)

    (request,) = httpx_mock.get_requests()
    assert {*request.extensions["timeout"].values()} == {addresses.PATIENCE_SECONDS}


async def test_addresses_that_are_swapped_are_recognized() -> None:
    async with serve(build_company(size=SMALL)) as stands:
        right = {
            **CONFIG,
            "jira_host": stands.jira_url,
            "octopus_server_url": stands.octopus_url,
        }
        swapped = {
            **CONFIG,
            "jira_host": stands.octopus_url,
            "octopus_server_url": stands.jira_url,
        }
        good = [await ask(one, TLS) for one in addresses.addresses(right, oauth=False)]
        bad = [await ask(one, TLS) for one in addresses.addresses(swapped, oauth=False)]

    assert good == [None, None]
    assert "is Octopus Deploy, not Jira" in str(bad[0])
    assert "Check octopusServerUrl" in str(bad[1])


async def test_each_of_several_is_asked_and_named(httpx_mock: HTTPXMock) -> None:
    emea = {
        "name": "emea",
        "jiraHost": "https://emea.test",
        "atlassianUserEmail": "jane@example.com",
        "atlassianUserToken": "hidden",
    }
    httpx_mock.add_response(url="https://emea.test/rest/api/3/serverInfo", json=ROOT)
    config = {**CONFIG, "jira_sites": [emea]}
    _, further, _ = addresses.addresses(config, oauth=False)

    found = await ask(further, TLS)

    assert found and "is Octopus Deploy, not Jira (emea)" in found
    assert "Check jiraSites (OCEAN__INTEGRATION__CONFIG__JIRA_SITES)" in found
