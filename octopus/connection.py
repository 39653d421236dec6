"""From the integration's configuration to a client for Octopus Deploy."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from port_ocean.context.ocean import ocean

from client import ApiClient, HeaderAuth, build_http
from core.settings import parse_url, read_product
from core.signature import derive_secret

PRODUCT = "Octopus Deploy"
REQUIRED = {
    "octopus_server_url": "octopusServerUrl",
    "octopus_api_key": "octopusApiKey",
}
# What people paste: the API's own address, or a page of the portal.
_API_OR_PORTAL = re.compile(r"/(api|app)(/.*)?$")


@dataclass(frozen=True)
class OctopusSettings:
    """Where the server is, with its virtual directory if any, and the key to it."""

    base_url: str
    api_key: str = field(repr=False)


def parse_settings(config: Mapping[str, Any]) -> OctopusSettings | None:
    """Return the settings of Octopus, or None when it is not configured at all.

    Raises ConfigurationError for half a configuration or a bad address.
    """
    values = read_product(config, PRODUCT, REQUIRED)
    if values is None:
        return None
    origin, path = parse_url(values["octopus_server_url"], "octopusServerUrl")
    directory = _API_OR_PORTAL.sub("", path)
    return OctopusSettings(origin + directory, values["octopus_api_key"])


def build_client(settings: OctopusSettings) -> ApiClient:
    """Return a client that sends the key to the configured server only."""
    auth = HeaderAuth("X-Octopus-ApiKey", settings.api_key)
    return ApiClient(
        build_http(settings.base_url, auth=auth),
        product=PRODUCT,
        site_url=settings.base_url,
        credential_settings="octopusApiKey",
    )


async def sign_in(api: ApiClient) -> None:
    """Raise Unauthorized for a bad key; the root document would not tell."""
    api.forget()
    await api.get("api/users/me")


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
    """Return the secret that comes with live events, configured or derived."""
    settings = octopus_settings()
    if settings is None:
        return None
    own = ocean.integration_config.get("octopus_webhook_secret")
    purpose = f"octopus webhook of {ocean.config.integration.identifier}"
    return str(own or derive_secret(settings.api_key, purpose))
