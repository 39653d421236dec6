"""From the integration's configuration to a client for Jira Cloud."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import httpx
from loguru import logger
from port_ocean.context.ocean import ocean

from client import TIMEOUT_SECONDS, ApiClient, build_http
from core.errors import ApiError, ConfigurationError, Unauthorized
from core.replies import Vendor
from core.settings import (
    LOOPBACK_HOSTS,
    find_mistakes,
    is_not_used,
    parse_url,
    read_choice,
    read_product,
)
from core.signature import derive_secret
from core.trouble import attempt
from jira.replies import is_authenticated, is_own_error
from jira.resources.site import cloud_id
from jira.scopes import endpoint_of, scopes_of
from jira.tokens import TokenAuth

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
# Without these, Jira translates its messages to the language of the account.
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
    if is_not_used(config.get("jira_sign_in")):
        return None
    read_choice(config.get("jira_sign_in"), "jiraSignIn", WAYS)
    required = OAUTH_REQUIRED if oauth else TOKEN_REQUIRED
    values = read_product(config, PRODUCT, required)
    if values is None:
        return None
    origin, path = _parse_host(values["jira_host"])
    return JiraSettings(
        origin=origin,
        # Only the gateway has a path; whatever follows the host of a site is a page.
        path="/".join(path.split("/")[:4]) if path.startswith("/ex/jira/") else "",
        email=values.get("atlassian_user_email", ""),
        token=values.get("atlassian_user_token", ""),
        organization_id=config.get("atlassian_organization_id") or None,
    )


def _parse_host(value: str) -> tuple[str, str]:
    origin, path = parse_url(value, "jiraHost")
    url = urlsplit(origin)
    if url.scheme == "http" and url.hostname not in LOOPBACK_HOSTS:
        message = f"jiraHost must start with https://, not http://: {origin}"
        raise ConfigurationError(message, "jiraHost")
    return origin, path


def settings_mistakes(
    config: Mapping[str, Any], oauth: bool = False
) -> list[ConfigurationError]:
    """Return all that is wrong with the settings of Jira, not only the first of it."""
    if is_not_used(config.get("jira_sign_in")):
        return []
    required = OAUTH_REQUIRED if oauth else TOKEN_REQUIRED
    host = str(config.get("jira_host") or "").strip()
    return find_mistakes(
        lambda: read_choice(config.get("jira_sign_in"), "jiraSignIn", WAYS),
        lambda: read_product(config, PRODUCT, required),
        lambda: host and _parse_host(host),
    )


def vendor(credential_settings: str) -> Vendor:
    """Return how Jira's replies are recognised; the settings appear in messages."""
    return Vendor(
        product=PRODUCT,
        address_setting="jiraHost",
        credential_settings=credential_settings,
        whoami="rest/api/3/myself",
        is_own_error=is_own_error,
        is_authenticated=is_authenticated,
        lacking=_lacking_scope,
    )


def _lacking_scope(words: str, path: str) -> str | None:
    """Name the scopes of an endpoint where the gateway misses one in a token.

    It says so by 401, as of a bad token, but in other words:
    https://developer.atlassian.com/cloud/jira/platform/scopes-for-oauth-2-3LO-and-forge-apps/
    """
    if SCOPE_MISSING not in words:
        return None
    endpoint = endpoint_of(path[path.find("/rest/") :])
    return f"a scope of {', '.join(scopes_of(endpoint))}" if endpoint else "a scope"


def build_client(
    settings: JiraSettings,
    load_token: Callable[[], str | None] | None = None,
    timeout: float = TIMEOUT_SECONDS,
) -> ApiClient:
    """Return a client with Basic or, where `load_token` is given, OAuth credentials."""
    if load_token is not None:
        auth: httpx.Auth = TokenAuth(load_token)
        credential = "the OAuth connection in Port"
    else:
        auth = httpx.BasicAuth(settings.email, settings.token)
        credential = "atlassianUserEmail and atlassianUserToken"
    api = ApiClient(
        build_http(settings.base_url, auth=auth, headers=HEADERS, timeout=timeout),
        vendor=vendor(credential),
        site_url=settings.origin,
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
        await _choose_address(api)
        asking = api.get("rest/api/3/serverInfo")
        info = await attempt(asking, value="the address that the site gives itself")
    address = info.get("baseUrl") if isinstance(info, dict) else None
    if isinstance(address, str) and address.startswith(("https://", "http://")):
        api.site_url = address.rstrip("/")


async def _choose_address(api: ApiClient) -> None:
    """Use the site's own address, or else the gateway for tokens with scopes."""
    try:
        await api.whoami()
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
        await api.whoami()
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
    timeout = ocean.config.client_timeout
    return build_client(settings, load if load() is not None else None, timeout)


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
