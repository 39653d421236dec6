"""Register with the vendors for live events, repair what has drifted, and undo it.

Only a process that serves live events registers them; resyncs of all others go on.
"""

import asyncio
from dataclasses import dataclass

from loguru import logger
from port_ocean.context.ocean import ocean

from core.errors import ApiError, ConfigurationError
from jira.connection import jira_client
from jira.connection import sign_in as sign_in_to_jira
from jira.subscription import Webhook, build_webhook, ensure_webhook, remove_webhook
from octopus.connection import octopus_client
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


@dataclass(frozen=True, kw_only=True)
class Subscribed:
    """What the vendors are asked to send, and to which paths of this process."""

    jira_path: str
    jira_events: list[str]
    octopus_path: str
    octopus_categories: frozenset[str]


class Registration:
    """What this installation has, or should have, registered with both vendors."""

    def __init__(self, subscribed: Subscribed) -> None:
        self._subscribed = subscribed
        # The start and the first resync would register at the same time.
        self._running = asyncio.Lock()

    async def ensure(self) -> None:
        """Create or repair what is registered, if this process serves live events."""
        if not are_served():
            logger.info("Live events are off: OCEAN__BASE_URL is not set")
            return
        async with self._running:
            for ensure in (self._ensure_in_jira, self._ensure_in_octopus):
                try:
                    await ensure()
                # Whatever it is, resyncs go on without; the next one tries again.
                except Exception as error:
                    what = error if isinstance(error, ApiError) else repr(error)
                    logger.error(f"Live events could not be registered: {what}")

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
        if api := jira_client():
            try:
                await sign_in_to_jira(api)
                removed += await remove_webhook(api, self._webhook(address))
            except Exception as error:  # whatever it is, the rest can be removed
                failures.append(error)
        if api := octopus_client():
            try:
                await sign_in_to_octopus(api)
                subscription = self._subscription(address)
                removed += await remove_subscriptions(api, subscription, failures)
            except Exception as error:  # whatever it is, the rest can be removed
                failures.append(error)
        return removed, failures

    async def _ensure_in_jira(self) -> None:
        if api := jira_client():
            await sign_in_to_jira(api)
            await ensure_webhook(api, self._webhook())

    async def _ensure_in_octopus(self) -> None:
        if api := octopus_client():
            await sign_in_to_octopus(api)
            await ensure_subscriptions(api, self._subscription())

    def _webhook(self, address: str = "") -> Webhook:
        url = _url(self._subscribed.jira_path, address)
        return build_webhook(url, self._subscribed.jira_events)

    def _subscription(self, address: str = "") -> Subscription:
        url = _url(self._subscribed.octopus_path, address)
        return build_subscription(url, self._subscribed.octopus_categories)


def _url(path: str, address: str) -> str:
    return f"{(address or ocean.app.base_url or '').rstrip('/')}/integration{path}"
