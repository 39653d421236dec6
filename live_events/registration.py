"""Register with the vendors for live events, repair what has drifted, and undo it.

Only a process that serves live events registers them; resyncs of all others go on.
"""

import asyncio
from collections.abc import Awaitable, Iterator
from dataclasses import dataclass

from loguru import logger
from port_ocean.context.ocean import ocean

from core.errors import ApiError, ConfigurationError
from core.site import Site
from jira.connection import sign_in as sign_in_to_jira
from jira.subscription import Webhook, build_webhook, ensure_webhook, remove_webhook
from links.connections import Connections, JiraSite, OctopusServer
from octopus.connection import sign_in as sign_in_to_octopus
from octopus.subscription import (
    Subscription,
    build_subscription,
    ensure_subscriptions,
    remove_subscriptions,
)

NO_ADDRESS = (
    "OCEAN__BASE_URL is not set, so it is not known which registrations are this"
    " installation's: set it as the installation has it, or name it with --address"
)


def are_served() -> bool:
    """Return whether this process answers at an address that the vendors can reach."""
    serves = ocean.config.event_listener.should_process_webhooks
    return bool(ocean.app.base_url and serves)


def path_of(path: str, site: Site) -> str:
    """Return where a site posts to, by the path of the first site of its product."""
    return f"{path}/{site.name}" if site.name else path


@dataclass(frozen=True, kw_only=True)
class Subscribed:
    """What the vendors are asked to send, and to which paths of this process.

    Further sites and servers post to paths of their own below these.
    """

    jira_path: str
    jira_events: list[str]
    octopus_path: str
    octopus_categories: frozenset[str]


class Registration:
    """What this installation has, or should have, registered with both vendors."""

    def __init__(self, subscribed: Subscribed, connections: Connections) -> None:
        self._subscribed = subscribed
        self._connections = connections
        # The start and the first resync would register at the same time.
        self._running = asyncio.Lock()

    async def ensure(self) -> None:
        """Create or repair what is registered, if this process serves live events."""
        if not are_served():
            logger.info("Live events are off: OCEAN__BASE_URL is not set")
            return
        async with self._running:
            await asyncio.gather(*map(_try, self._ensure_each()))

    def _ensure_each(self) -> Iterator[Awaitable[None]]:
        for site in self._connections.jira:
            yield self._ensure_in_jira(site)
        for server in self._connections.octopus:
            yield self._ensure_in_octopus(server)

    async def remove(self, address: str = "") -> tuple[list[str], list[Exception]]:
        """Delete what is registered for an address; name it, and say what failed.

        It is the own address unless another one is given. Trouble with one product, or
        with one space, keeps nothing else from being removed. Raises ConfigurationError
        if no address is known.
        """
        if not (address or ocean.app.base_url):
            raise ConfigurationError(NO_ADDRESS)
        removed: list[str] = []
        failures: list[Exception] = []
        for site in self._connections.jira:
            try:
                await sign_in_to_jira(site.api)
                removed += await remove_webhook(site.api, self._webhook(site, address))
            except Exception as error:  # whatever it is, the rest can be removed
                failures.append(error)
        for server in self._connections.octopus:
            try:
                await sign_in_to_octopus(server.api)
                subscription = self._subscription(server, address)
                removed += await remove_subscriptions(
                    server.api, subscription, failures
                )
            except Exception as error:  # whatever it is, the rest can be removed
                failures.append(error)
        return removed, failures

    async def _ensure_in_jira(self, site: JiraSite) -> None:
        await sign_in_to_jira(site.api)
        await ensure_webhook(site.api, self._webhook(site))

    async def _ensure_in_octopus(self, server: OctopusServer) -> None:
        await sign_in_to_octopus(server.api)
        await ensure_subscriptions(server.api, self._subscription(server))

    def _webhook(self, site: JiraSite, address: str = "") -> Webhook:
        url = _url(path_of(self._subscribed.jira_path, site.api.site), address)
        return build_webhook(url, site.webhook_secret, self._subscribed.jira_events)

    def _subscription(self, server: OctopusServer, address: str = "") -> Subscription:
        url = _url(path_of(self._subscribed.octopus_path, server.api.site), address)
        categories = self._subscribed.octopus_categories
        return build_subscription(url, server.webhook_secret, categories)


async def _try(registering: Awaitable[None]) -> None:
    try:
        await registering
    # Whatever it is, resyncs go on without; the next one tries again.
    except Exception as error:
        what = error if isinstance(error, ApiError) else repr(error)
        logger.error(f"Live events could not be registered: {what}")


def _url(path: str, address: str) -> str:
    return f"{(address or ocean.app.base_url or '').rstrip('/')}/integration{path}"
