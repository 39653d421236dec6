"""From the integration's configuration to a client for Octopus Deploy."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import httpx
from port_ocean.context.ocean import ocean

from client import TIMEOUT_SECONDS, ApiClient, HeaderAuth, build_http
from core.errors import ConfigurationError, Refused
from core.replies import Vendor
from core.settings import (
    find_mistakes,
    is_not_used,
    parse_url,
    read_choice,
    read_product,
)
from core.signature import derive_secret
from core.trouble import Missing, attempt
from core.values import text
from octopus.resources.spaces import server_version
from octopus.stages import STAGES, parse_stages
from octopus.tokens import ExchangedTokenAuth

PRODUCT = "Octopus Deploy"
ADDRESS = {"octopus_server_url": "octopusServerUrl"}
# The ways to sign in.
API_KEY = {"octopus_api_key": "octopusApiKey"}
ACCESS_TOKEN = {"octopus_access_token": "octopusAccessToken"}
IDENTITY = {
    "octopus_service_account_id": "octopusServiceAccountId",
    "octopus_id_token_file": "octopusIdTokenFile",
}
# What Port's form calls them; the first is asked for when none is chosen.
WAYS = {"API key": API_KEY, "Access token": ACCESS_TOKEN, "OpenID Connect": IDENTITY}
# The first version that has spaces, without which nothing here can be read.
FIRST_WITH_SPACES = (2019, 1)
# What people paste: the API's own address or one in it, or a page of the portal, which
# is in the fragment. Anything else is a virtual directory, such as `/app/octopus`:
# https://octopus.com/docs/octopus-rest-api and
# https://octopus.com/docs/getting-started/best-practices/installation-guidelines
_API_OR_PORTAL = re.compile(r"/(app|api(/(Spaces-[0-9]+|spaces|users)(/.*)?)?)$")


@dataclass(frozen=True)
class OctopusSettings:
    """Where the server is, with its virtual directory if any, and who asks.

    One of the key, the token, and the service account with its file is set.
    """

    base_url: str
    api_key: str = field(default="", repr=False)
    access_token: str = field(default="", repr=False)
    service_account_id: str = ""
    id_token_file: str = ""
    # As it is written; empty for the default.
    stages: str = ""


def parse_settings(config: Mapping[str, Any]) -> OctopusSettings | None:
    """Return the settings of Octopus, or None when it is not configured at all.

    Raises ConfigurationError for half a configuration, several ways to sign in, a bad
    address, or bad stages.
    """
    if is_not_used(config.get("octopus_sign_in")):
        return None
    values = read_product(config, PRODUCT, {**ADDRESS, **_way(config)})
    if values is None:
        return None
    origin, path = parse_url(values.pop("octopus_server_url"), "octopusServerUrl")
    directory = _API_OR_PORTAL.sub("", path)
    who = {key.removeprefix("octopus_"): value for key, value in values.items()}
    if stages := str(config.get(STAGES) or "").strip():
        parse_stages(stages)
    return OctopusSettings(origin + directory, **who, stages=stages)


def _way(config: Mapping[str, Any]) -> dict[str, str]:
    """Return the settings to sign in with.

    Nobody but the form asks for the choice, so what is set counts.
    """
    found = [way for way in WAYS.values() if any(config.get(key) for key in way)]
    if len(found) > 1:
        names = ", or ".join(" and ".join(way.values()) for way in found)
        message = f"{PRODUCT} has several ways to sign in: keep either {names}"
        raise ConfigurationError(message, *(name for w in found for name in w.values()))
    choice = read_choice(config.get("octopus_sign_in"), "octopusSignIn", WAYS)
    return found[0] if found else WAYS[choice]


def settings_mistakes(config: Mapping[str, Any]) -> list[ConfigurationError]:
    """Return all that is wrong with the settings of Octopus, not only the first."""
    if is_not_used(config.get("octopus_sign_in")):
        return []
    address = str(config.get("octopus_server_url") or "").strip()
    stages = str(config.get(STAGES) or "").strip()
    return find_mistakes(
        lambda: read_product(config, PRODUCT, {**ADDRESS, **_way(config)}),
        lambda: address and parse_url(address, "octopusServerUrl"),
        lambda: stages and parse_stages(stages),
    )


def build_client(
    settings: OctopusSettings, timeout: float = TIMEOUT_SECONDS
) -> ApiClient:
    """Return a client that sends the credential to the configured server only."""
    way, auth = _sign_in_way(settings)
    client = ApiClient(
        build_http(settings.base_url, auth=auth, timeout=timeout),
        vendor=vendor(" and ".join(way.values())),
        site_url=settings.base_url,
    )
    client.facts[STAGES] = settings.stages
    return client


def vendor(credential_settings: str) -> Vendor:
    """Return how Octopus' replies are recognised; the settings appear in messages.

    A request with a bad key is answered 401 by every endpoint. Errors have the form of
    https://github.com/OctopusDeploy/OctopusClients (OctopusErrorsContract).
    """
    return Vendor(
        product=PRODUCT,
        address_setting="octopusServerUrl",
        credential_settings=credential_settings,
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
        raise Refused(f"{PRODUCT} {reported} has no spaces: 2019.1 or newer has")


@cache
def octopus_settings() -> OctopusSettings | None:
    """Return this process's settings, or None when Octopus is not configured."""
    return parse_settings(ocean.integration_config)


@cache
def octopus_client() -> ApiClient | None:
    """Return this process's client, or None when Octopus is not configured."""
    settings = octopus_settings()
    return build_client(settings, ocean.config.client_timeout) if settings else None


def octopus_webhook_secret(space_id: str) -> str | None:
    """Return the secret that comes with live events of a space, configured or derived.

    A derived one is good for its space alone: on older servers, whoever may view the
    subscriptions of a space reads it. Tokens don't last, so nothing can be derived from
    them, and the answer is None.
    """
    settings = octopus_settings()
    if settings is None:
        return None
    if own := ocean.integration_config.get("octopus_webhook_secret"):
        return str(own)
    if not settings.api_key:
        return None
    purpose = f"octopus webhook of {ocean.config.integration.identifier} in {space_id}"
    return f"{space_id}:{derive_secret(settings.api_key, purpose)}"


def space_of_secret(secret: str) -> str:
    """Return the space that a derived secret names; it is good for that space alone."""
    return secret.partition(":")[0]
