"""From the settings of an Octopus server to a client for it."""

import httpx

from client import ApiClient, HeaderAuth
from core.errors import Refused
from core.replies import Vendor
from core.signature import derive_secret
from core.site import FIRST, Site
from core.trouble import Missing, attempt
from core.values import text
from framework.retry_transport import TIMEOUT_SECONDS, build_http
from octopus.resources.spaces import server_version
from octopus.settings import (
    ACCESS_TOKEN,
    API_KEY,
    IDENTITY,
    PRODUCT,
    SERVERS,
    OctopusSettings,
)
from octopus.stages import STAGES
from octopus.tokens import ExchangedTokenAuth

# The first version that has spaces, without which nothing here can be read.
FIRST_WITH_SPACES = (2019, 1)


def build_client(
    settings: OctopusSettings, timeout: float = TIMEOUT_SECONDS
) -> ApiClient:
    """Return a client that sends the credential to the configured server only."""
    way, auth = _sign_in_way(settings)
    client = ApiClient(
        build_http(settings.base_url, auth=auth, timeout=timeout),
        vendor=vendor(" and ".join(way.values()), settings.site),
        site_url=settings.base_url,
        site=settings.site,
    )
    client.facts[STAGES] = settings.stages
    return client


def vendor(credential_settings: str, site: Site = FIRST) -> Vendor:
    """Return how Octopus' replies are recognised; the settings appear in messages.

    A request with a bad key is answered 401 by every endpoint. Errors have the form of
    https://github.com/OctopusDeploy/OctopusClients (OctopusErrorsContract).
    """
    where = site.place_in(SERVERS)
    return Vendor(
        product=site.product(PRODUCT),
        address_setting=f"octopusServerUrl{where}",
        credential_settings=credential_settings + where,
        whoami="api/users/me",
        is_own_error=lambda body: (
            isinstance(body, dict) and text(body.get("ErrorMessage")) is not None
        ),
    )


def _sign_in_way(settings: OctopusSettings) -> tuple[dict[str, str], httpx.Auth]:
    if settings.api_key:
        return API_KEY, HeaderAuth("X-Octopus-ApiKey", settings.api_key)
    if settings.access_token:
        bearer = f"Bearer {settings.access_token}"
        return ACCESS_TOKEN, HeaderAuth("Authorization", bearer)
    return IDENTITY, ExchangedTokenAuth(
        settings.base_url, settings.service_account_id, settings.id_token_file
    )


async def sign_in(api: ApiClient) -> None:
    """Raise Unauthorized for a bad credential, Refused for a server without spaces.

    The root document accepts any credential; it has the version, which is read once.
    """
    api.forget()
    await api.whoami()
    if "version" not in api.facts:
        root = await attempt(api.get("api"), value=f"the version of {PRODUCT}")
        if not isinstance(root, Missing):
            api.facts["version"] = str(root.get("Version") or "of unknown version")
    version = server_version(api)
    if version and version < FIRST_WITH_SPACES:
        reported = api.facts["version"]
        raise Refused(
            f"{api.vendor.product} {reported} has no spaces: 2019.1 or newer has"
        )


def webhook_secret(
    settings: OctopusSettings, identifier: str, space_id: str
) -> str | None:
    """Return the secret that comes with live events of a space, configured or derived.

    `identifier` is that of the installation. A derived one is good for its space alone:
    on older servers, whoever may view the subscriptions of a space reads it. Tokens
    don't last, so nothing can be derived from them, and the answer is None.
    """
    if settings.webhook_secret:
        return settings.webhook_secret
    if not settings.api_key:
        return None
    own = f" for {settings.site.name}" if settings.site.name else ""
    purpose = f"octopus webhook of {identifier}{own} in {space_id}"
    return f"{space_id}:{derive_secret(settings.api_key, purpose)}"


def space_of_secret(secret: str) -> str:
    """Return the space that a derived secret names; it is good for that space alone."""
    return secret.partition(":")[0]
