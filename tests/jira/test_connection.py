"""Which site, which account, and where its credential is good."""

import asyncio
from collections.abc import Callable

import httpx
import pytest

from client import ApiClient
from core.errors import ConfigurationError, Unauthorized
from jira.connection import JiraSettings, TokenAuth, parse_settings, sign_in
from tests.fake_vendor import Script, build_api

CLOUD_ID = "5bd0a3c4-7ac3-4e0e-a1a5-000000000001"
GATEWAY = f"https://api.atlassian.com/ex/jira/{CLOUD_ID}"
SITE = "https://example.atlassian.net"


def settings(host: str, **changes: str | None) -> JiraSettings | None:
    config = {
        "jira_host": host,
        "atlassian_user_email": "dev@example.test",
        "atlassian_user_token": "TOPSECRET",
    }
    return parse_settings({**config, **changes})


@pytest.mark.parametrize(
    ("host", "base_url"),
    [
        (SITE, SITE),
        (f"{SITE}/", SITE),
        (f" {SITE}// ", SITE),
        ("example.atlassian.net", SITE),
        ("HTTPS://Example.Atlassian.Net", SITE),
        (f"{SITE}/jira/software/projects/SHOP/boards/1?x=1#top", SITE),
        (f"{SITE}/rest", SITE),
        (f"{SITE}/rest/api/3/", SITE),
        (GATEWAY, GATEWAY),
        (f"{GATEWAY}/", GATEWAY),
        (f"{GATEWAY}/rest", GATEWAY),
        (f"{GATEWAY}/rest/", GATEWAY),
        (f"{GATEWAY}/rest/api/3", GATEWAY),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_address_is_normalised(host: str, base_url: str) -> None:
    found = settings(host)

    assert found is not None
    assert found.base_url == base_url


@pytest.mark.parametrize(
    "host",
    [
        "http://example.atlassian.net",
        "http://localhost.example.test",
        "http://127.0.0.1.example.test",
        "http://10.0.0.1",
    ],
)
def test_token_does_not_travel_unencrypted(host: str) -> None:
    with pytest.raises(ConfigurationError, match="jiraHost must start with https://"):
        settings(host)


def test_bad_address_names_the_setting() -> None:
    with pytest.raises(ConfigurationError, match="jiraHost is not a web address"):
        settings("https://[example")


def test_nothing_set_is_not_configured() -> None:
    assert parse_settings({}) is None
    assert parse_settings({}, oauth=True) is None
    assert parse_settings({"octopus_api_key": "x", "jira_host": " "}) is None


def test_half_configured_names_what_is_missing() -> None:
    with pytest.raises(ConfigurationError, match="Jira is configured by half") as error:
        settings(SITE, atlassian_user_token=None)

    assert "set atlassianUserToken" in str(error.value)


def test_oauth_needs_the_address_only() -> None:
    found = parse_settings({"jira_host": SITE}, oauth=True)

    assert found is not None
    assert (found.base_url, found.email, found.token) == (SITE, "", "")


def test_token_is_not_shown() -> None:
    found = settings(SITE)

    assert found is not None
    assert found.token == "TOPSECRET"
    assert "TOPSECRET" not in f"{found!r} {found}"


def test_organization_is_optional() -> None:
    for value, expected in [("org-1", "org-1"), ("", None), (None, None)]:
        found = settings(SITE, atlassian_organization_id=value)
        assert found is not None
        assert found.organization_id == expected


# --- Signing in -----------------------------------------------------------------------


class Atlassian:
    """Accept a credential at some hosts only."""

    def __init__(self, *accepting: str) -> None:
        self.accepting = accepting
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if request.url.path == "/_edge/tenant_info":
            return httpx.Response(200, json={"cloudId": CLOUD_ID})
        if request.url.host not in self.accepting:
            return httpx.Response(401)
        if request.url.path.endswith("/rest/api/3/serverInfo"):
            return httpx.Response(200, json={"baseUrl": f"{SITE}/"})
        assert request.url.path.endswith("/rest/api/3/myself")
        return httpx.Response(200, json={"accountId": "1"})

    def api(self, base_url: str = SITE) -> ApiClient:
        auth = httpx.BasicAuth("dev@example.test", "TOPSECRET")
        return build_api(self, base_url=base_url, auth=auth)


async def test_site_that_accepts_is_used() -> None:
    atlassian = Atlassian("example.atlassian.net")
    api = atlassian.api()

    await sign_in(api)

    assert str(api.http.base_url).rstrip("/") == SITE
    assert api.site_url == SITE
    assert {r.url.host for r in atlassian.requests} == {"example.atlassian.net"}


async def test_token_with_scopes_is_used_on_the_gateway() -> None:
    atlassian = Atlassian("api.atlassian.com")
    api = atlassian.api()

    await sign_in(api)
    await sign_in(api)

    assert str(api.http.base_url) == f"{GATEWAY}/"
    assert api.site_url == SITE
    assert [str(request.url) for request in atlassian.requests[:4]] == [
        f"{SITE}/rest/api/3/myself",
        f"{SITE}/_edge/tenant_info",
        f"{GATEWAY}/rest/api/3/myself",
        f"{GATEWAY}/rest/api/3/serverInfo",
    ]
    # Once found, the gateway stays.
    assert {r.url.host for r in atlassian.requests[4:]} == {"api.atlassian.com"}


async def test_two_that_sign_in_at_once_find_the_gateway_both() -> None:
    atlassian, found = Atlassian("api.atlassian.com"), asyncio.Event()
    first = True

    async def answer(request: httpx.Request) -> httpx.Response:
        nonlocal first
        if request.url.host == "api.atlassian.com":
            found.set()
        elif request.url.path.endswith("myself") and not first:
            await found.wait()  # a slow refusal by the site
        else:
            first = False
        return atlassian(request)

    auth = httpx.BasicAuth("dev@example.test", "TOPSECRET")
    api = build_api(answer, base_url=SITE, auth=auth)  # type: ignore[arg-type]
    await asyncio.gather(sign_in(api), sign_in(api))
    assert str(api.http.base_url) == f"{GATEWAY}/"


async def test_credential_goes_to_the_site_and_to_atlassians_gateway_only() -> None:
    atlassian = Atlassian("api.atlassian.com")

    await sign_in(atlassian.api())

    assert {
        (r.url.host, r.url.path == "/_edge/tenant_info")
        for r in atlassian.requests
        if "authorization" in r.headers
    } == {("example.atlassian.net", False), ("api.atlassian.com", False)}


async def test_links_lead_to_the_site_when_the_gateway_is_configured() -> None:
    api = Atlassian("api.atlassian.com").api(GATEWAY)

    await sign_in(api)

    assert api.site_url == SITE


async def test_credential_refused_everywhere_is_the_sites_refusal() -> None:
    atlassian = Atlassian()
    api = atlassian.api()

    for _ in range(2):
        with pytest.raises(Unauthorized, match="GET rest/api/3/myself"):
            await sign_in(api)

    assert str(api.http.base_url).rstrip("/") == SITE
    assert len(atlassian.requests) <= 6


# --- OAuth ----------------------------------------------------------------------------


def tokens(*values: str) -> Callable[[], str]:
    remaining = list(values)
    return lambda: remaining.pop(0) if len(remaining) > 1 else remaining[0]


async def test_renewed_token_is_used_after_a_401() -> None:
    sent: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        sent.append(request.headers["Authorization"])
        return httpx.Response(401 if len(sent) == 1 else 200, json={})

    assert await build_api(handler, auth=TokenAuth(tokens("old", "new"))).get("x") == {}

    assert sent == ["Bearer old", "Bearer new"]


async def test_unchanged_token_is_not_tried_again() -> None:
    script = Script(httpx.Response(401))
    api = build_api(script, auth=TokenAuth(tokens("old")))

    with pytest.raises(Unauthorized):
        await api.get("x")

    assert len(script.requests) == 1
