"""What the framework's manager of live events lacks, put into the one that it made."""

from collections.abc import Awaitable, Callable, Sequence
from itertools import chain

from port_ocean.clients.port.client import PortClient
from port_ocean.clients.port.types import UserAgentType
from port_ocean.config.settings import IntegrationConfiguration
from port_ocean.context.event import event as current
from port_ocean.core.handlers.webhook.processor_manager import (
    LiveEventsProcessorManager,
)
from port_ocean.core.handlers.webhook.webhook_event import WebhookEventRawResults
from port_ocean.core.integrations.mixins.utils import is_lakehouse_data_enabled
from port_ocean.core.models import Entity

from core.mapping import CombinedJQEntityProcessor
from core.rate_limit import LONGEST_PAUSE_SECONDS
from core.together import Together
from webhook_processors.ordering import keep_order

# Port takes so many entities in a request.
EVENTS_WRITTEN_TOGETHER = 20
# The longest pause that is obeyed, and what has to be done after it.
EVENT_SECONDS = LONGEST_PAUSE_SECONDS + 90


def improve(
    manager: LiveEventsProcessorManager,
    port: PortClient,
    config: IntegrationConfiguration,
) -> None:
    """Have a manager map as resyncs do, keep the order, and write many at once."""
    be_patient(manager, config)
    # It makes handlers of its own, and would keep the stock processor.
    manager.EntityProcessorClass = CombinedJQEntityProcessor
    share_port_client(manager, port)
    delete_for_sure(manager, port)
    write_together(manager)
    keep_order(manager)


def be_patient(
    manager: LiveEventsProcessorManager, config: IntegrationConfiguration
) -> None:
    """Keep an event for as long as a vendor has us wait, unless the user says less.

    The framework's own limit, 90 seconds, would lose all that happens in such a pause.
    """
    if "max_event_processing_seconds" not in config.model_fields_set:
        manager._max_event_processing_seconds = EVENT_SECONDS


def share_port_client(manager: LiveEventsProcessorManager, port: PortClient) -> None:
    """Open the client for Port where all events can see it.

    It belongs to the context of the task that first asks for it. Asked for within an
    event only, each event would open one of its own: most of what an event costs.
    """
    start: Callable[[], Awaitable[None]] = manager.start_processing_event_messages

    async def start_with_client() -> None:
        _ = port.client.is_closed
        await start()

    manager.start_processing_event_messages = start_with_client  # type: ignore[method-assign]


def delete_for_sure(manager: LiveEventsProcessorManager, port: PortClient) -> None:
    """Raise what Port answers to a deletion, once all of them were tried.

    The framework only logs it, and the event would count as dealt with.
    """

    async def delete(entities: list[Entity]) -> None:
        failures: list[Exception] = []
        for entity in entities:
            try:
                if await manager._does_entity_exists(entity):
                    await port.bulk_delete_entities(
                        entity.blueprint,
                        [entity.identifier],
                        current.port_app_config.get_port_request_options(),
                        UserAgentType.exporter,
                    )
            except Exception as error:  # raised below
                failures.append(error)
        if failures:
            raise failures[0]

    manager._delete_entities = delete  # type: ignore[method-assign]


def write_together(manager: LiveEventsProcessorManager) -> None:
    """Write what several events brought in one go; all of them wait for it.

    They learn whether all was written: the framework only logs what Port refused.
    """
    write: Callable[[list[WebhookEventRawResults]], Awaitable[None]]
    write = manager.sync_raw_results

    async def write_all(batch: Sequence[list[WebhookEventRawResults]]) -> list[bool]:
        # The batch runs in the context of the event that came first.
        refused = current.entity_topological_sorter
        before = refused.get_entities_count()
        if await is_lakehouse_data_enabled():  # which takes one event at a time
            for results in batch:
                await write(results)
        else:
            await write(list(chain.from_iterable(batch)))
        return [refused.get_entities_count() == before] * len(batch)

    together = Together(write_all, size=EVENTS_WRITTEN_TOGETHER)
    manager.sync_raw_results = together.do  # type: ignore[method-assign,assignment]
