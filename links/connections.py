"""All sites of Jira and servers of Octopus Deploy that this installation brings.

Made once, at the start, and handed to whoever talks to them.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from port_ocean.context.ocean import ocean

from client import ApiClient
from framework.retry_transport import TIMEOUT_SECONDS
from framework.secrets import hide_in_logs
from jira import connection as jira
from jira.settings import JiraSettings
from jira.settings import parse_settings as parse_jira
from octopus import connection as octopus
from octopus.settings import OctopusSettings
from octopus.settings import parse_settings as parse_octopus

type LoadToken = Callable[[], str | None]


@dataclass(frozen=True, eq=False)
class JiraSite:
    """A site of Jira, and the secret that signs its live events."""

    api: ApiClient
    webhook_secret: str | None


@dataclass(frozen=True, eq=False)
class OctopusServer:
    """A server of Octopus Deploy, the secret of the live events of each space, and the
    sites of Jira that its issues are looked for in, all if none is named.
    """

    api: ApiClient
    webhook_secret: Callable[[str], str | None]
    linked_sites: tuple[str, ...] = ()


@dataclass(frozen=True)
class Connections:
    """What is connected; nothing of a product that is not set up."""

    jira: tuple[JiraSite, ...] = ()
    octopus: tuple[OctopusServer, ...] = ()

    @property
    def jira_apis(self) -> list[ApiClient]:
        """Return the clients of Jira's sites."""
        return [site.api for site in self.jira]

    @property
    def octopus_apis(self) -> list[ApiClient]:
        """Return the clients of Octopus' servers."""
        return [server.api for server in self.octopus]


def connect(
    config: Mapping[str, Any],
    identifier: str,
    load_token: LoadToken | None = None,
    timeout: float = TIMEOUT_SECONDS,
) -> Connections:
    """Return the connections of an installation of this identifier.

    `config` has the integration's own settings; `load_token` is there under OAuth.
    Raises ConfigurationError.
    """
    sites, servers = parse_jira(config, load_token is not None), parse_octopus(config)
    hide_in_logs(secrets_of(sites, servers))
    connections = Connections(
        tuple(_jira_site(one, identifier, load_token, timeout) for one in sites),
        tuple(_octopus_server(one, identifier, timeout) for one in servers),
    )
    for apis in (connections.jira_apis, connections.octopus_apis):
        for api in apis:
            api.siblings = tuple(other for other in apis if other is not api)
    return connections


def connect_ocean() -> Connections:
    """Return the connections of the running integration."""
    load = ocean.app.load_external_oauth_access_token
    return connect(
        ocean.integration_config,
        ocean.config.integration.identifier,
        load if load() is not None else None,
        ocean.config.client_timeout,
    )


def secrets_of(
    sites: Iterable[JiraSettings], servers: Iterable[OctopusSettings]
) -> set[str]:
    """Return what must not be logged; the framework knows plain settings only."""
    found = {one.token for one in sites} | {one.webhook_secret for one in sites}
    for server in servers:
        found |= {server.api_key, server.access_token, server.webhook_secret}
    return found - {""}


def _jira_site(
    settings: JiraSettings,
    identifier: str,
    load_token: LoadToken | None,
    timeout: float,
) -> JiraSite:
    # The button in Port's form connects one site only.
    load = None if settings.site.name else load_token
    api = jira.build_client(settings, load, timeout)
    return JiraSite(api, jira.webhook_secret(settings, identifier))


def _octopus_server(
    settings: OctopusSettings, identifier: str, timeout: float
) -> OctopusServer:
    return OctopusServer(
        octopus.build_client(settings, timeout),
        partial(octopus.webhook_secret, settings, identifier),
        settings.linked_sites,
    )
