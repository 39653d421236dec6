"""From the integration's configuration to a client for Jira Cloud."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import httpx
from port_ocean.context.ocean import ocean

from client import ApiClient, build_http
from core.errors import ConfigurationError
from core.settings import LOOPBACK_HOSTS, parse_url, read_product

PRODUCT = "Jira"
REQUIRED = {
    "jira_host": "jiraHost",
    "atlassian_user_email": "atlassianUserEmail",
    "atlassian_user_token": "atlassianUserToken",
}
# Jira translates its messages to the language of the account unless told otherwise.
HEADERS = {"Accept-Language": "en", "X-Force-Accept-Language": "true"}


@dataclass(frozen=True)
class JiraSettings:
    """Where the site is and who asks."""

    base_url: str
    site_url: str
    email: str
    token: str = field(repr=False)
    organization_id: str | None = None


def parse_settings(config: Mapping[str, Any]) -> JiraSettings | None:
    """Return the settings of Jira, or None when it is not configured at all.

    Raises ConfigurationError for half a configuration or a bad address.
    """
    values = read_product(config, PRODUCT, REQUIRED)
    if values is None:
        return None
    origin, path = parse_url(values["jira_host"], "jiraHost")
    url = urlsplit(origin)
    if url.scheme == "http" and url.hostname not in LOOPBACK_HOSTS:
        raise ConfigurationError(
            f"jiraHost must start with https://, not http://: {origin}"
        )
    # Only the gateway has a path; whatever follows the host of a site is a page.
    gateway = path.removesuffix("/rest") if path.startswith("/ex/jira/") else ""
    return JiraSettings(
        base_url=origin + gateway,
        site_url=origin,
        email=values["atlassian_user_email"],
        token=values["atlassian_user_token"],
        organization_id=config.get("atlassian_organization_id") or None,
    )


def build_client(settings: JiraSettings) -> ApiClient:
    """Return a client that sends the credential to the configured host only."""
    auth = httpx.BasicAuth(settings.email, settings.token)
    return ApiClient(
        build_http(settings.base_url, auth=auth, headers=HEADERS),
        product=PRODUCT,
        site_url=settings.site_url,
        credential_settings="atlassianUserEmail and atlassianUserToken",
    )


@cache
def jira_client() -> ApiClient | None:
    """Return this process's client, or None when Jira is not configured."""
    settings = parse_settings(ocean.integration_config)
    return build_client(settings) if settings else None
