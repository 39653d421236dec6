"""Read the mapping from Port once for all events that need it at the same moment.

The framework keeps it for a minute. Then each of fifty events in flight would ask Port
for it, and check it.
"""

import asyncio
from typing import Any

from port_ocean.context.event import event
from port_ocean.core.handlers.port_app_config.api import APIPortAppConfig
from port_ocean.core.handlers.port_app_config.models import PortAppConfig


class SharedReading(APIPortAppConfig):
    """Has one request for the mapping in flight; who comes meanwhile waits for it."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._running: asyncio.Task[PortAppConfig] | None = None

    async def get_port_app_config(self, use_cache: bool = True) -> PortAppConfig:
        """Return the mapping, and give it to the current event.

        Raises what Port, or the check of the mapping, raises: for all who wait.
        """
        if not use_cache or not self._app_config_cache.is_cache_invalid:
            return await super().get_port_app_config(use_cache)
        if self._running is None:
            self._running = asyncio.create_task(super().get_port_app_config())
            self._running.add_done_callback(self._end)
        # Who is cancelled must not take others along.
        event.port_app_config = await asyncio.shield(self._running)
        return event.port_app_config

    def _end(self, reading: asyncio.Task[PortAppConfig]) -> None:
        self._running = None
