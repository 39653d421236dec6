"""From the integration's configuration to a client for Octopus Deploy."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import httpx
from port_ocean.context.ocean import ocean

from client import ApiClient, HeaderAuth, build_http
from core.errors import ConfigurationError, Refused
from core.settings import NOT_USED, parse_url, read_choice, read_product
from core.signature import derive_secret
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
# What people paste: the API's own address, or a page of the portal.
_API_OR_PORTAL = re.compile(r"/(api|app)(/.*)?$")


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


def parse_settings(config: Mapping[str, Any]) -> OctopusSettings | None:
    """Return the settings of Octopus, or None when it is not configured at all.

    Raises ConfigurationError for half a configuration, several ways to sign in, or a
    bad address.
    """
    choice = read_choice(config.get("octopus_sign_in"), "octopusSignIn", WAYS)
    if choice == NOT_USED:
        return None
    # Nobody but the form asks for the choice, so what is set counts.
    found = [way for way in WAYS.values() if any(config.get(key) for key in way)]
    if len(found) > 1:
        names = ", or ".join(" and ".join(way.values()) for way in found)
        message = f"{PRODUCT} has several ways to sign in: keep either {names}"
        raise ConfigurationError(message)
    way = found[0] if found else WAYS[choice]
    values = read_product(config, PRODUCT, {**ADDRESS, **way})
    if values is None:
        return None
    origin, path = parse_url(values.pop("octopus_server_url"), "octopusServerUrl")
    directory = _API_OR_PORTAL.sub("", path)
    who = {key.removeprefix("octopus_"): value for key, value in values.items()}
    return OctopusSettings(origin + directory, **who)


def build_client(settings: OctopusSettings) -> ApiClient:
    """Return a client that sends the credential to the configured server only."""
    way, auth = _sign_in_way(settings)
    return ApiClient(
        build_http(settings.base_url, auth=auth),
        product=PRODUCT,
        site_url=settings.base_url,
        credential_settings=" and ".join(way.values()),
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

    The root document would not tell the first, but tells the version, once.
    """
    api.forget()
    await api.get("api/users/me")
    if "version" not in api.facts:
        root = await api.get("api")
        api.facts["version"] = str(root.get("Version") or "of unknown version")
    version = api.facts["version"]
    numbers = re.match(r"(\d+)\.(\d+)", version)
    if numbers and (int(numbers[1]), int(numbers[2])) < FIRST_WITH_SPACES:
        raise Refused(f"{PRODUCT} {version} has no spaces: 2019.1 or newer has")


@cache
def octopus_settings() -> OctopusSettings | None:
    """Return this process's settings, or None when Octopus is not configured."""
    return parse_settings(ocean.integration_config)


@cache
def octopus_client() -> ApiClient | None:
    """Return this process's client, or None when Octopus is not configured."""
    settings = octopus_settings()
    return build_client(settings) if settings else None


@cache
def octopus_webhook_secret() -> str | None:
    """Return the secret that comes with live events, configured or derived.

    Tokens don't last, so nothing can be derived from them.
    """
    settings = octopus_settings()
    if settings is None:
        return None
    own = ocean.integration_config.get("octopus_webhook_secret")
    purpose = f"octopus webhook of {ocean.config.integration.identifier}"
    if not own and not settings.api_key:
        return None
    return str(own or derive_secret(settings.api_key, purpose))
