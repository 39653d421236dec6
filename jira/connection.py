"""From the integration's configuration to a client for Jira Cloud."""

import asyncio
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import httpx
from loguru import logger
from port_ocean.context.ocean import ocean

from client import ApiClient, build_http
from core.errors import ApiError, ConfigurationError, Unauthorized
from core.settings import (
    LOOPBACK_HOSTS,
    NOT_USED,
    parse_url,
    read_choice,
    read_product,
)
from core.signature import derive_secret
from jira.resources.site import cloud_id

PRODUCT = "Jira"
OAUTH_REQUIRED = {"jira_host": "jiraHost"}
TOKEN_REQUIRED = {
    **OAUTH_REQUIRED,
    "atlassian_user_email": "atlassianUserEmail",
    "atlassian_user_token": "atlassianUserToken",
}
# What Port's form offers; OAuth is a button of its own there.
WAYS = ("API token",)
# The start and the first resync sign in at the same time; either may find the gateway.
_signing_in = asyncio.Lock()
# Atlassian's gateway: the only way for tokens with scopes and for OAuth.
GATEWAY = "https://api.atlassian.com/"
# How the gateway refuses a token that is good, but not for this.
SCOPE_MISSING = "scope does not match"
# Jira translates its messages to the language of the account unless told otherwise.
HEADERS = {"Accept-Language": "en", "X-Force-Accept-Language": "true"}


@dataclass(frozen=True)
class JiraSettings:
    """Where the site is and who asks; `email` and `token` are empty under OAuth."""

    origin: str
    path: str
    email: str = ""
    token: str = field(default="", repr=False)
    organization_id: str | None = None

    @property
    def base_url(self) -> str:
        """Return where the API is: the site, or its path on the gateway."""
        return self.origin + self.path


def parse_settings(
    config: Mapping[str, Any], oauth: bool = False
) -> JiraSettings | None:
    """Return the settings of Jira, or None when it is not configured at all.

    With `oauth`, the framework holds the token, and only the address is needed. Raises
    ConfigurationError for half a configuration or a bad address.
    """
    choice = read_choice(config.get("jira_sign_in"), "jiraSignIn", WAYS)
    if choice == NOT_USED:
        return None
    required = OAUTH_REQUIRED if oauth else TOKEN_REQUIRED
    values = read_product(config, PRODUCT, required)
    if values is None:
        return None
    origin, path = parse_url(values["jira_host"], "jiraHost")
    url = urlsplit(origin)
    if url.scheme == "http" and url.hostname not in LOOPBACK_HOSTS:
        message = f"jiraHost must start with https://, not http://: {origin}"
        raise ConfigurationError(message)
    return JiraSettings(
        origin=origin,
        # Only the gateway has a path; whatever follows the host of a site is a page.
        path="/".join(path.split("/")[:4]) if path.startswith("/ex/jira/") else "",
        email=values.get("atlassian_user_email", ""),
        token=values.get("atlassian_user_token", ""),
        organization_id=config.get("atlassian_organization_id") or None,
    )


class TokenAuth(httpx.Auth):
    """Send the bearer token of the moment; after a 401 once more, if it changed."""

    def __init__(self, load: Callable[[], str | None]) -> None:
        self._load = load

    def auth_flow(
        self, request: httpx.Request
    ) -> Generator[httpx.Request, httpx.Response]:
        token = self._load()
        request.headers["Authorization"] = f"Bearer {token}"
        response = yield request
        fresh = self._load()
        if response.status_code == 401 and fresh != token:
            request.headers["Authorization"] = f"Bearer {fresh}"
            yield request


def build_client(
    settings: JiraSettings, load_token: Callable[[], str | None] | None = None
) -> ApiClient:
    """Return a client with Basic or, where `load_token` is given, OAuth credentials."""
    if load_token is not None:
        auth: httpx.Auth = TokenAuth(load_token)
        credential = "the OAuth connection in Port"
    else:
        auth = httpx.BasicAuth(settings.email, settings.token)
        credential = "atlassianUserEmail and atlassianUserToken"
    api = ApiClient(
        build_http(settings.base_url, auth=auth, headers=HEADERS),
        product=PRODUCT,
        site_url=settings.origin,
        credential_settings=credential,
    )
    if load_token is not None:
        api.facts["oauth"] = "yes"
    if settings.organization_id:
        api.facts["organizationId"] = settings.organization_id
    return api


async def sign_in(api: ApiClient) -> None:
    """Find out where the credential is good, and what the site calls itself.

    Tokens with scopes are refused by the site and accepted by the gateway, so a 401
    from the first leads to one try on the second. Raises Unauthorized when both refuse:
    lists would answer a bad credential like an empty site.

    https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-myself/
    """
    api.forget()
    async with _signing_in:
        await _find_the_way(api)
        info = await api.get("rest/api/3/serverInfo")
    api.site_url = str(info.get("baseUrl") or api.site_url).rstrip("/")


async def _find_the_way(api: ApiClient) -> None:
    try:
        await api.get("rest/api/3/myself")
    except Unauthorized as refusal:
        if _is_gateway(api):
            raise
        await _try_gateway(api, refusal)
    if _is_gateway(api):
        api.facts["gateway"] = "yes"


def _is_gateway(api: ApiClient) -> bool:
    return "/ex/jira/" in api.http.base_url.path


async def _try_gateway(api: ApiClient, refusal: Unauthorized) -> None:
    site = api.http.base_url
    # A stand-in on this machine is its own gateway.
    origin = site.copy_with(path="/") if site.host in LOOPBACK_HOSTS else GATEWAY
    try:
        api.http.base_url = httpx.URL(f"{origin}ex/jira/{await cloud_id(api)}/")
        await api.get("rest/api/3/myself")
    except ApiError as error:
        api.http.base_url = site
        # The gateway knows such a token, and says that it lacks a scope.
        raise error if SCOPE_MISSING in str(error) else refusal from error
    logger.info("Jira accepts this API token on the gateway only: it has scopes")


@cache
def jira_settings() -> JiraSettings | None:
    """Return this process's settings, or None when Jira is not configured."""
    oauth = ocean.app.load_external_oauth_access_token() is not None
    return parse_settings(ocean.integration_config, oauth)


@cache
def jira_client() -> ApiClient | None:
    """Return this process's client, or None when Jira is not configured."""
    settings = jira_settings()
    if settings is None:
        return None
    load = ocean.app.load_external_oauth_access_token
    return build_client(settings, load if load() is not None else None)


@cache
def jira_webhook_secret() -> str | None:
    """Return the secret that signs live events, configured or derived."""
    settings = jira_settings()
    if settings is None:
        return None
    own = ocean.integration_config.get("jira_webhook_secret")
    purpose = f"jira webhook of {ocean.config.integration.identifier}"
    if not own and not settings.token:
        return None
    return str(own or derive_secret(settings.token, purpose))
