"""Run what live events need while a process serves them: registration and looks."""

import asyncio
import contextvars
from collections.abc import Coroutine, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from port_ocean.context.ocean import ocean
from port_ocean.core.handlers.webhook.abstract_webhook_processor import (
    AbstractWebhookProcessor,
)
from port_ocean.core.handlers.webhook.webhook_event import WebhookEvent
from port_ocean.core.integrations.mixins.utils import is_redis_live_events_enabled
from port_ocean.utils.signal import signal_handler

from client import ApiClient
from core.types import Item
from framework.look_store import PortStore
from links.connections import Connections, OctopusServer
from links.jira_projects import JiraProjects
from live_events.jira_look import JiraLook
from live_events.looks import Looks
from live_events.octopus_look import OctopusLook
from live_events.order import EventOrder, matching_processors
from live_events.registration import Registration, Subscribed, are_served, path_of
from live_events.retry import Process
from octopus.sender import OctopusSender

# Webhooks of OAuth apps expire, others are switched off by people.
REPAIR_SECONDS = 86_400.0
LOOK_SECONDS = 300
# Jira's index lags behind its database for minutes.
JIRA_OVERLAP = timedelta(minutes=10)
# Looks overlap; what was processed is not processed again.
OCTOPUS_OVERLAP = timedelta(seconds=60)
# An event that is younger may still be on its way: batches wait for half a minute.
OCTOPUS_GRACE = timedelta(seconds=90)


class LiveEvents:
    """Register with the vendors, repair that, and find missed changes."""

    def __init__(
        self,
        subscribed: Subscribed,
        octopus_processors: Sequence[type[AbstractWebhookProcessor]],
        connections: Connections,
        projects: JiraProjects,
    ) -> None:
        """Take what to subscribe to and where, and who processes what Octopus sends."""
        self.order = EventOrder()
        self.registration = Registration(subscribed, connections)
        self._subscribed = subscribed
        self._connections, self._projects = connections, projects
        self._octopus_processors = octopus_processors
        # The event loop keeps only weak references to tasks.
        self._tasks: set[asyncio.Task[None]] = set()
        # Background work belongs to no event of the framework; contexts are inherited.
        self._context = contextvars.copy_context()

    async def start(self, process: Process) -> None:
        """Register, and start the background work, if this process serves events.

        `process` takes an event of our own like one that was posted.
        """
        if not are_served():
            return
        await self._projects.learn()
        await self.registration.ensure()
        signal_handler.register(self.stop)
        # This may be a process without resyncs, which learn Jira's projects, too.
        self._run(self._projects.keep_learning())
        self._run(self._repair_daily())
        self._run(self.order.retries.run(process))
        self._run(self.order.deferral.run(process))
        store = PortStore(ocean.port_client)
        for looks in await self._looks():
            self._run(looks.run(_look_seconds(), store, self.order, process))

    async def stop(self) -> None:
        """End the background work."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work, context=self._context.copy())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _repair_daily(self) -> None:
        while True:
            await asyncio.sleep(REPAIR_SECONDS)
            await self.registration.ensure()

    async def _looks(self) -> list[Looks]:
        # A stream is a queue of its own, from which no event is lost.
        if not _look_seconds() or await is_redis_live_events_enabled():
            return []
        return [
            *map(self._look_in_jira, self._connections.jira_apis),
            *map(self._look_in_octopus, self._connections.octopus),
        ]

    def _look_in_jira(self, api: ApiClient) -> Looks:
        look = JiraLook(api, path_of(self._subscribed.jira_path, api.site))
        return Looks(api.vendor.product, look, api.clock, overlap=JIRA_OVERLAP)

    def _look_in_octopus(self, server: OctopusServer) -> Looks:
        known, api = self._subscribed, server.api
        sender = OctopusSender(server.webhook_secret, api.site)
        look = OctopusLook(
            api,
            path_of(known.octopus_path, api.site),
            known.octopus_categories,
            partial(self.was_missed, sender),
        )
        spans = {"overlap": OCTOPUS_OVERLAP, "grace": OCTOPUS_GRACE}
        return Looks(api.vendor.product, look, api.clock, **spans)

    async def was_missed(self, sender: OctopusSender, body: Item) -> bool:
        """Return whether a processor exists for an event that was not processed."""
        id_ = sender.event_id({}, body)
        if id_ is None or self.order.was_processed(id_):
            return False
        event = WebhookEvent("look", body, {})
        return bool(await matching_processors(self._octopus_processors, event))


def _look_seconds() -> int:
    """Return the seconds between two looks for missed changes, 0 for none."""
    seconds = ocean.integration_config.get("incremental_look_seconds")
    return LOOK_SECONDS if seconds is None else max(0, int(seconds))
