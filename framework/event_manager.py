"""The framework's manager of live events, kept to the order of objects.

The framework's own way is not enough in seven places. It queues events without a bound,
and processes those of one object side by side, so what was read first may be written
last. It opens a client for Port in each event, and writes each event by itself. It only
logs what Port refuses, so a lost change is not noticed. It drops an event after 90
seconds, although vendors ask for longer pauses. And at its end it waits five seconds
for its queues.
"""

import asyncio
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Self

from loguru import logger
from port_ocean.context.event import event as current
from port_ocean.core.handlers.port_app_config.models import ResourceConfig
from port_ocean.core.handlers.webhook.abstract_webhook_processor import (
    AbstractWebhookProcessor,
)
from port_ocean.core.handlers.webhook.processor_manager import (
    LiveEventsProcessorManager,
)
from port_ocean.core.handlers.webhook.webhook_event import (
    WebhookEvent,
    WebhookEventRawResults,
)
from port_ocean.core.integrations.mixins.utils import is_lakehouse_data_enabled
from port_ocean.core.models import Entity
from port_ocean.ocean import Ocean
from port_ocean.utils.signal import signal_handler

from core.batching import Batcher
from core.rate_limit import LONGEST_PAUSE_SECONDS
from core.sender import Sender
from core.trouble import PERMANENT, Report, reporting
from framework.deletion import delete_entities
from framework.entity_processor import CombinedJQEntityProcessor
from framework.event_order import EventOrder
from framework.event_outcome import CURRENT, Outcome, without_disputed_deletions
from framework.event_queue import EventQueue
from framework.event_stream import EventStream
from framework.known_event import DatedQueue, KnownEvent
from framework.state_applier import CautiousStateApplier
from framework.webhook_processor import marked, processor_serves

# Port takes so many entities in a request.
EVENTS_PER_WRITE = 20
# The longest pause that is obeyed, and what has to be done after it.
EVENT_SECONDS = LONGEST_PAUSE_SECONDS + 90
# Kubernetes kills a pod after thirty seconds unless it is told otherwise.
SHUTDOWN_SECONDS = 20.0
# Events of a path that are processed side by side, unless the user says otherwise: as
# many issues as Jira searches in one request past its index's lag.
EVENT_WORKERS = 50


class OrderedEventManager(LiveEventsProcessorManager):
    """Process the events of an object one after the other, and many objects at once."""

    # It makes handlers of its own, and would keep the stock processor.
    EntityProcessorClass = CombinedJQEntityProcessor
    EntitiesStateApplierClass = CautiousStateApplier

    def __init__(
        self, order: EventOrder, app: Ocean, senders: Mapping[str, Sender]
    ) -> None:
        """Take over the routes and the settings of an application.

        `senders` are the vendors, by the path that each posts to.
        """
        config = app.config
        seconds = config.max_event_processing_seconds
        if "max_event_processing_seconds" not in config.model_fields_set:
            seconds = EVENT_SECONDS
        if "event_workers_count" not in config.model_fields_set:
            config.event_workers_count = EVENT_WORKERS
        grace = config.max_wait_seconds_before_shutdown
        if "max_wait_seconds_before_shutdown" not in config.model_fields_set:
            grace = SHUTDOWN_SECONDS
        super().__init__(
            app.integration_router,
            signal_handler,
            max_event_processing_seconds=seconds,
            max_wait_seconds_before_shutdown=grace,
        )
        self._order, self._senders = order, senders
        self.queues: dict[str, EventQueue] = {}
        self._port = app.port_client
        self._writes = Batcher(self._write, size=EVENTS_PER_WRITE)
        self._is_started = asyncio.Event()

    @classmethod
    def replace_in(
        cls, app: Ocean, order: EventOrder, senders: Mapping[str, Sender]
    ) -> Self:
        """Put a manager in the place of the one that the framework has made.

        Processors that were added before would stay with the old one.
        """
        manager = cls(order, app, senders)
        app.webhook_manager = manager
        app.execution_manager._webhook_manager = manager
        return manager

    async def start_processing_event_messages(self) -> None:
        """Open the client for Port where all events can see it, and start.

        It belongs to the context of the task that first asks for it. Asked for within
        an event only, each event would open one of its own: most of what it costs.
        """
        _ = self._port.client.is_closed
        await super().start_processing_event_messages()
        self._is_started.set()
        if self._live_events_consumer is not None:  # which has a queue of its own
            for queue in self.queues.values():
                queue.close()

    async def shutdown(self) -> None:
        """Finish what was accepted, as far as the grace period allows."""
        grace = self._max_wait_seconds_before_shutdown
        deadline = asyncio.get_running_loop().time() + grace
        await super().shutdown()
        try:
            async with asyncio.timeout_at(deadline):
                await self._order.finish(self.process)
        except TimeoutError:
            logger.warning("Events are left; the next start finds what they are about")

    def register_processor(
        self, path: str, processor: type[AbstractWebhookProcessor]
    ) -> None:
        """Register a processor; the queue of its path knows when events came."""
        super().register_processor(path, processor)
        if isinstance(self._event_queues[path], DatedQueue):
            return
        self._event_queues[path] = DatedQueue()
        if sender := self._senders.get(path):
            queue = EventQueue(sender, self._order.was_processed)
            self.queues[path] = self._event_queues[path] = queue

    async def process(self, event: KnownEvent) -> None:
        """Process an event of our own like one that was posted."""
        await self._is_started.wait()
        await self._process_webhook_event(event.webhook_path or "", 0, event)

    async def _process_webhook_event(
        self, path: str, worker_id: int, event: WebhookEvent
    ) -> None:
        """Process an event in the order of the objects that it concerns."""
        process = super()._process_webhook_event

        async def process_now(outcome: Outcome) -> None:
            token = CURRENT.set(outcome)
            try:
                await process(path, worker_id, event)
            finally:
                CURRENT.reset(token)

        stream = EventStream.of(self._live_events_consumer)
        processors = self._processors_classes[path]
        try:
            await self._order.run(event, processors, stream, process_now)
        finally:
            if queue := self.queues.get(path):
                queue.done(event)

    async def _process_single_event(
        self,
        processor: AbstractWebhookProcessor,
        path: str,
        resource: ResourceConfig | None,
        resource_index: int | None = None,
    ) -> WebhookEventRawResults:
        """Process an event for one mapping, and record a failure.

        What trouble hides counts as one: nothing may be deleted because of it.
        """
        if resource and not processor_serves(processor, resource):
            nothing = WebhookEventRawResults([], [])
            nothing.resource = resource
            return nothing
        outcome = CURRENT.get() or Outcome()
        report = Report(resource.kind if resource else path)
        try:
            with reporting(report):
                result = await super()._process_single_event(
                    processor, path, resource, resource_index
                )
        except Exception as error:
            outcome.fail(resource, may_pass=not isinstance(error, PERMANENT))
            raise
        if hidden := report.hidden:
            is_final = all(trouble.is_permanent for trouble in hidden)
            outcome.fail(resource, may_pass=not is_final)
        return marked(result, processor)

    async def sync_raw_results(
        self, webhook_events_raw_result: list[WebhookEventRawResults]
    ) -> None:
        """Write what an event brought, together with others, and record the outcome."""
        outcome = CURRENT.get() or Outcome()
        results = [
            without_disputed_deletions(result, outcome.failed)
            for result in webhook_events_raw_result
        ]
        outcome.is_written = await self._writes.submit(results)

    async def _write(
        self, batch: Sequence[list[WebhookEventRawResults]]
    ) -> Sequence[bool]:
        """Write what several events brought; return for each whether all was written.

        The framework only logs what Port refused. A batch runs in the context of the
        event that came first.
        """
        refused = current.entity_topological_sorter
        before = refused.get_entities_count()
        if await is_lakehouse_data_enabled():  # which takes one event at a time
            for results in batch:
                await super().sync_raw_results(results)
        else:
            await super().sync_raw_results(list(chain.from_iterable(batch)))
        return [refused.get_entities_count() == before] * len(batch)

    async def _delete_entities(self, entities: list[Entity]) -> None:
        """Delete entities in few requests; raise what Port answers."""
        await delete_entities(self._port, entities)
