"""Which site and which account the configuration means."""

import pytest

from core.errors import ConfigurationError
from jira.settings import JiraSettings, parse_settings, settings_mistakes

CLOUD_ID = "5bd0a3c4-7ac3-4e0e-a1a5-000000000001"
GATEWAY = f"https://api.atlassian.com/ex/jira/{CLOUD_ID}"
SITE = "https://example.atlassian.net"


def settings(host: str, **changes: str | None) -> JiraSettings:
    config = {
        "jira_host": host,
        "atlassian_user_email": "dev@example.test",
        "atlassian_user_token": "TOPSECRET",
    }
    (found,) = parse_settings({**config, **changes})
    return found


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
    assert settings(host).base_url == base_url


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
    assert parse_settings({}) == []
    assert parse_settings({}, oauth=True) == []
    assert parse_settings({"octopus_api_key": "x", "jira_host": " "}) == []


@pytest.mark.parametrize("choice", ["Not used", " Not used\n"])
def test_what_is_not_used_may_be_configured_by_half(choice: str) -> None:
    config = {"jira_sign_in": choice, "jira_host": SITE}

    assert parse_settings(config) == []
    assert settings_mistakes(config) == []


def test_half_configured_names_what_is_missing() -> None:
    with pytest.raises(ConfigurationError, match="Jira is configured by half") as error:
        settings(SITE, atlassian_user_token=None)

    assert "set atlassianUserToken" in str(error.value)


def test_oauth_needs_the_address_only() -> None:
    (found,) = parse_settings({"jira_host": SITE}, oauth=True)

    assert (found.base_url, found.email, found.token) == (SITE, "", "")


def test_token_is_not_shown() -> None:
    found = settings(SITE)

    assert found.token == "TOPSECRET"
    assert "TOPSECRET" not in f"{found!r} {found}"


def test_organization_is_optional() -> None:
    for value, expected in [("org-1", "org-1"), ("", None), (None, None)]:
        found = settings(SITE, atlassian_organization_id=value)
        assert found.organization_id == expected
