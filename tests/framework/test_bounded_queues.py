"""The manager of live events bounds the queues of the vendors' paths."""

from contextlib import nullcontext
from typing import Any

import pytest
from port_ocean.core.handlers.webhook.processor_manager import (
    LiveEventsProcessorManager,
)

from framework.event_manager import OrderedEventManager
from framework.known_event import DatedQueue
from tests.framework.posting import PATH, Vendor
from tests.framework.test_event_manager import Order, application, signals
from tests.framework.test_event_queue import event
from webhook_processors.octopus import PROCESSORS

__all__ = ["signals"]


@pytest.fixture
def manager() -> OrderedEventManager:
    ours = OrderedEventManager(Order(), application(), {PATH: Vendor()})
    for processor in PROCESSORS[:2]:
        ours.register_processor(PATH, processor)
    return ours


def test_both_the_route_and_the_workers_have_the_bounded_queue(
    manager: OrderedEventManager,
) -> None:
    assert manager._event_queues == manager.queues
    assert manager._processors_classes[PATH] == list(PROCESSORS[:2])


def test_other_paths_are_not_bounded(
    manager: OrderedEventManager,
) -> None:
    manager.register_processor("/another", PROCESSORS[0])
    assert type(manager._event_queues["/another"]) is DatedQueue


@pytest.mark.parametrize("error", [None, RuntimeError("broken")])
async def test_an_event_makes_room_however_it_ends(
    manager: OrderedEventManager,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception | None,
) -> None:
    async def process(*_: Any) -> None:
        if error:
            raise error

    monkeypatch.setattr(LiveEventsProcessorManager, "_process_webhook_event", process)
    queue = manager.queues[PATH]
    await queue.put(event("1"))
    taken = await queue.get()
    with pytest.raises(RuntimeError, match="broken") if error else nullcontext():
        await manager._process_webhook_event(PATH, 0, taken)
    assert not queue.knows("1")


@pytest.mark.parametrize("consumer", [None, object()])
async def test_workers_on_a_stream_accept_no_posts(
    manager: OrderedEventManager, monkeypatch: pytest.MonkeyPatch, consumer: Any
) -> None:
    async def start(self: Any) -> None:
        self._live_events_consumer = consumer

    monkeypatch.setattr(
        LiveEventsProcessorManager, "start_processing_event_messages", start
    )
    await manager.start_processing_event_messages()
    assert manager.queues[PATH].has_room(0) is (consumer is None)
