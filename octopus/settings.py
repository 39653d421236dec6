"""The settings of Octopus Deploy: where the servers are, and who asks."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.errors import ConfigurationError
from core.settings import (
    find_mistakes,
    is_not_used,
    parse_url,
    read_choice,
    read_product,
)
from core.site import FIRST, Site
from core.sites import names_in, parse_sites
from octopus.stages import STAGES, parse_stages

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
# Which sites of Jira the issues of a server are looked for in; empty for all.
LINKED_SITES = {"linked_jira_sites": "linkedJiraSites"}
# What a further server may have, too, and the list of these.
SERVERS = "octopusServers"
KEYS = (
    *ADDRESS,
    *API_KEY,
    *ACCESS_TOKEN,
    *IDENTITY,
    *LINKED_SITES,
    "octopus_webhook_secret",
    STAGES,
)
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
    linked_sites: tuple[str, ...] = ()
    webhook_secret: str = field(default="", repr=False)
    site: Site = FIRST


def parse_settings(config: Mapping[str, Any]) -> list[OctopusSettings]:
    """Return the settings of each server, nothing when none is configured at all.

    Raises ConfigurationError for half a configuration, several ways to sign in, a bad
    address, or bad stages.
    """
    if is_not_used(config.get("octopus_sign_in")):
        return []
    stages = {STAGES: config.get(STAGES)}
    return parse_sites(
        config,
        SERVERS,
        KEYS,
        lambda own, site: _parse_server({**stages, **own}, site),
        needed="octopusServerUrl and octopusApiKey",
    )


def _parse_server(config: Mapping[str, Any], site: Site) -> OctopusSettings | None:
    values = read_product(config, PRODUCT, {**ADDRESS, **_way(config)})
    if values is None:
        return None
    origin, path = parse_url(values.pop("octopus_server_url"), "octopusServerUrl")
    directory = _API_OR_PORTAL.sub("", path)
    who = {key.removeprefix("octopus_"): value for key, value in values.items()}
    if stages := str(config.get(STAGES) or "").strip():
        parse_stages(stages)
    return OctopusSettings(
        origin + directory,
        **who,
        stages=stages,
        linked_sites=names_in(config.get("linked_jira_sites")),
        webhook_secret=str(config.get("octopus_webhook_secret") or ""),
        site=site,
    )


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
    found = find_mistakes(
        lambda: read_product(config, PRODUCT, {**ADDRESS, **_way(config)}),
        lambda: address and parse_url(address, "octopusServerUrl"),
        lambda: stages and parse_stages(stages),
    )
    # Of further servers, the first mistake.
    return found or find_mistakes(lambda: parse_settings(config))
