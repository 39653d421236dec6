"""From the settings of a Jira site to a client for it."""

from collections.abc import Callable

import httpx
from loguru import logger

from client import ApiClient
from core.errors import ApiError, Unauthorized
from core.replies import Vendor
from core.settings import LOOPBACK_HOSTS
from core.signature import derive_secret
from core.site import FIRST, Site
from core.trouble import attempt
from framework.retry_transport import TIMEOUT_SECONDS, build_http
from jira.replies import is_authenticated, is_own_error
from jira.resources.site import cloud_id
from jira.scopes import endpoint_of, scopes_of
from jira.settings import PRODUCT, SITES, JiraSettings
from jira.tokens import TokenAuth

# Atlassian's gateway: the only way for tokens with scopes and for OAuth.
GATEWAY = "https://api.atlassian.com/"
# How the gateway refuses a token that is good, but not for this.
SCOPE_MISSING = "scope does not match"
# Without these, Jira translates its messages to the language of the account.
HEADERS = {"Accept-Language": "en", "X-Force-Accept-Language": "true"}


def vendor(credential_settings: str, site: Site = FIRST) -> Vendor:
    """Return how Jira's replies are recognised; the settings appear in messages."""
    where = site.place_in(SITES)
    return Vendor(
        product=site.product(PRODUCT),
        address_setting=f"jiraHost{where}",
        credential_settings=credential_settings + where,
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
        vendor=vendor(credential, settings.site),
        site_url=settings.origin,
        site=settings.site,
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
    # The start and the first resync sign in at the same time.
    async with api.signing_in:
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


def webhook_secret(settings: JiraSettings, identifier: str) -> str | None:
    """Return the secret that signs live events, configured or derived.

    `identifier` is that of the installation. Sites may have the same token, and yet
    none of them can sign events of another one. Under OAuth, nothing can be derived.
    """
    if settings.webhook_secret:
        return settings.webhook_secret
    if not settings.token:
        return None
    own = f" for {settings.site.name}" if settings.site.name else ""
    return derive_secret(settings.token, f"jira webhook of {identifier}{own}")
