"""The framework's manager of live events is given what it lacks."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi import APIRouter
from port_ocean.config.settings import IntegrationConfiguration
from port_ocean.context.event import EventType, event_context
from port_ocean.context.event import event as current
from port_ocean.core.handlers.port_app_config.models import PortAppConfig
from port_ocean.core.handlers.webhook.processor_manager import (
    LiveEventsProcessorManager,
)
from port_ocean.core.handlers.webhook.webhook_event import (
    WebhookEvent,
    WebhookEventRawResults,
)
from port_ocean.core.integrations.mixins.live_events import LiveEventsMixin
from port_ocean.core.models import Entity
from port_ocean.exceptions.webhook_processor import RetryableError
from port_ocean.utils import signal
from port_ocean.utils.signal import init_signal_handler

from core.errors import Forbidden, Refused, Unauthorized, Unavailable
from core.rate_limit import LONGEST_PAUSE_SECONDS
from core.trouble import current_report
from framework import event_manager
from framework.event_manager import EVENT_SECONDS, EVENT_WORKERS, OrderedEventManager
from framework.event_outcome import CURRENT, Outcome
from framework.known_event import KnownEvent
from integration import JiraOctopusIntegration
from webhook_processors.jira import SprintWebhookProcessor

REFUSED = "what Port refuses"


def config(**settings: float) -> IntegrationConfiguration:
    return IntegrationConfiguration(
        port={"client_id": "x", "client_secret": "x"},  # type: ignore[arg-type]
        integration={"identifier": "x", "type": "x"},  # type: ignore[arg-type]
        event_listener={"type": "ONCE"},  # type: ignore[arg-type]
        **settings,  # type: ignore[arg-type]
    )


def entity(identifier: str) -> Entity:
    return Entity(identifier=identifier, blueprint="x", title=None, icon=None)


class Order:
    """Processes each event at once."""

    async def run(self, event: Any, processors: Any, stream: Any, process: Any) -> None:
        await process(Outcome())

    async def finish(self, process: Any) -> None:
        """Have nothing left to do."""

    def was_processed(self, event_id: str) -> bool:
        return False


class Manager(OrderedEventManager):
    """Writes to a list what the framework's own manager would send to Port."""

    def __init__(self, app: Any) -> None:
        super().__init__(Order(), app, {})
        self.written: list[Any] = []


def application(**settings: float) -> Any:
    """Return an application whose client for Port keeps what is asked of it."""
    port = SimpleNamespace(client=SimpleNamespace(is_closed=False))
    return SimpleNamespace(
        config=config(**settings),
        integration_router=APIRouter(),
        port_client=port,
        webhook_manager=None,
        execution_manager=SimpleNamespace(_webhook_manager=None),
    )


@pytest.fixture(autouse=True)
def signals() -> Iterator[None]:
    """Have the framework's handler of signals, which managers register with."""
    init_signal_handler()
    yield
    signal._signal_handler.pop()


@pytest.fixture
def manager(monkeypatch: pytest.MonkeyPatch) -> Manager:
    ours = Manager(application())

    async def write(self: Any, results: list[Any]) -> None:
        ours.written.append(names := [names_of(result) for result in results])
        if REFUSED in names:
            current.entity_topological_sorter.register_entity(entity("1"))
        await asyncio.sleep(0)

    async def disabled() -> bool:
        return False

    monkeypatch.setattr(LiveEventsMixin, "sync_raw_results", write)
    monkeypatch.setattr(event_manager, "is_lakehouse_data_enabled", disabled)
    return ours


def brought(name: str) -> WebhookEventRawResults:
    return WebhookEventRawResults([{"name": name}], [])


def names_of(result: WebhookEventRawResults) -> str:
    return str(result.updated_raw_results[0]["name"])


async def write_as_events(ours: Manager, *results: list[str]) -> list[bool]:
    """Write what some events have brought, each from a context of its own."""

    async def write(names: list[str]) -> bool:
        async with event_context(EventType.HTTP_REQUEST):
            CURRENT.set(outcome := Outcome())
            await ours.sync_raw_results([brought(name) for name in names])
            return outcome.is_written

    return await asyncio.gather(*map(write, results))


async def test_what_events_bring_at_the_same_moment_is_written_at_once(
    manager: Manager,
) -> None:
    results = ([f"{n}", "x"] for n in range(3))
    assert await write_as_events(manager, *results) == [True] * 3
    assert manager.written == [["0", "x", "1", "x", "2", "x"]]


async def test_whoever_is_written_with_what_port_refuses_learns_it(
    manager: Manager,
) -> None:
    assert await write_as_events(manager, ["fine"], [REFUSED]) == [False, False]
    assert await write_as_events(manager, ["fine"]) == [True]


async def test_a_lakehouse_gets_one_event_at_a_time(
    manager: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def enabled() -> bool:
        return True

    monkeypatch.setattr(event_manager, "is_lakehouse_data_enabled", enabled)
    outcomes = await write_as_events(manager, ["1", "x"], ["2"], [REFUSED])
    assert outcomes == [False] * 3
    assert manager.written == [["1", "x"], ["2"], [REFUSED]]


async def test_a_deletion_that_port_refuses_is_raised_after_the_others() -> None:
    deleted: list[str] = []
    asked: list[list[str]] = []

    async def search(agent: Any, query: Any, include: Any) -> list[Entity]:
        names = query["rules"][1]["value"]
        left = [n for n in names if n != "unknown" and f"x/{n}" not in deleted]
        return [*map(entity, left)]

    async def delete(
        blueprint: str, identifiers: list[str], *options: Any
    ) -> list[str]:
        asked.append(identifiers)
        if REFUSED in identifiers:
            raise httpx.ReadTimeout(REFUSED)
        deleted.extend(f"{blueprint}/{identifier}" for identifier in identifiers)
        return identifiers

    async def delete_one(entity: Entity, *options: Any) -> None:
        await delete(entity.blueprint, [entity.identifier])

    app = application()
    app.port_client.bulk_delete_entities = delete
    app.port_client.delete_entity = delete_one
    app.port_client.search_entities = search
    ours = OrderedEventManager(Order(), app, {})
    async with event_context(EventType.HTTP_REQUEST):
        current.port_app_config = PortAppConfig(resources=[])
        with pytest.raises(httpx.ReadTimeout, match=REFUSED):
            await ours._delete_entities([*map(entity, ("1", REFUSED, "unknown", "2"))])
        await ours._delete_entities([entity("3"), entity("4"), entity("3")])
    assert deleted == ["x/1", "x/2", "x/3", "x/4"]
    # Together, and singly only where that was refused; once more after the others.
    singly = [["1"], [REFUSED], ["2"], [REFUSED]]
    assert asked == [["1", REFUSED, "2"], *singly, ["3", "4"]]


async def test_live_events_are_mapped_as_resyncs_are() -> None:
    mapped_by = OrderedEventManager.EntityProcessorClass
    assert mapped_by is JiraOctopusIntegration.EntityProcessorClass


def test_both_who_hold_the_manager_get_ours() -> None:
    app = application()
    ours = OrderedEventManager.replace_in(app, Order(), {})
    assert app.webhook_manager is app.execution_manager._webhook_manager is ours


@pytest.mark.parametrize(
    ("settings", "seconds", "workers"),
    [
        ({}, EVENT_SECONDS, EVENT_WORKERS),
        ({"max_event_processing_seconds": 20.0}, 20.0, EVENT_WORKERS),
        ({"event_workers_count": 3}, EVENT_SECONDS, 3),
    ],
)
def test_what_the_user_sets_counts_more_than_our_limits(
    settings: dict[str, float], seconds: float, workers: int
) -> None:
    app = application(**settings)
    ours = OrderedEventManager(Order(), app, {})
    assert ours._max_event_processing_seconds == seconds
    assert app.config.event_workers_count == workers
    assert EVENT_SECONDS > LONGEST_PAUSE_SECONDS


async def test_the_client_for_port_is_there_before_the_workers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    happened: list[str] = []

    class Port:
        @property
        def client(self) -> Any:
            happened.append("client")
            return SimpleNamespace(is_closed=False)

    async def start(self: Any) -> None:
        happened.append("workers")

    monkeypatch.setattr(
        LiveEventsProcessorManager, "start_processing_event_messages", start
    )
    app = application()
    app.port_client = Port()
    await OrderedEventManager(Order(), app, {}).start_processing_event_messages()
    assert happened == ["client", "workers"]


async def test_shutdown_waits_for_what_is_queued_and_then_retries(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    happened: list[str] = []

    class Last(Order):
        async def finish(self, process: Any) -> None:
            happened.append("retried")

    async def process(self: Any, path: str, number: int, event: Any) -> None:
        await asyncio.sleep(0)
        happened.append(event.trace_id)

    ours = OrderedEventManager(Last(), application(), {})
    ours.register_processor("/path", SprintWebhookProcessor)
    monkeypatch.setattr(OrderedEventManager, "_process_webhook_event", process)
    for number in range(3):
        await ours._event_queues["/path"].put(WebhookEvent(str(number), {}, {}))
    worker = asyncio.create_task(ours._process_webhook_events("/path", 0))
    await ours.shutdown()
    worker.cancel()
    assert happened == ["0", "1", "2", "retried"]


async def test_shutdown_ends_with_the_grace_period(warnings: list[str]) -> None:
    class Endless(Order):
        async def finish(self, process: Any) -> None:
            await asyncio.Event().wait()

    app = application(max_wait_seconds_before_shutdown=0.01)
    await OrderedEventManager(Endless(), app, {}).shutdown()
    assert "the next start finds" in warnings[-1]


async def test_events_of_our_own_wait_until_events_are_processed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    happened: list[str] = []

    async def start(self: Any) -> None:
        happened.append("started")

    async def process(self: Any, path: str, number: int, event: Any) -> None:
        happened.append(f"{path} {event.trace_id}")

    monkeypatch.setattr(
        LiveEventsProcessorManager, "start_processing_event_messages", start
    )
    monkeypatch.setattr(OrderedEventManager, "_process_webhook_event", process)
    ours = OrderedEventManager(Order(), application(), {})
    early = asyncio.create_task(ours.process(KnownEvent("/path", {}, trace_id="1")))
    await asyncio.sleep(0)
    await ours.start_processing_event_messages()
    await early
    assert happened == ["started", "/path 1"]


async def test_a_failing_mapping_is_recorded_for_its_event() -> None:
    class Broken:
        event = WebhookEvent("1", {}, {})

        def get_live_event_log_identifiers(self, *args: Any) -> None:
            raise RuntimeError("nobody has thought of this")

    ours = OrderedEventManager(Order(), application(), {})
    CURRENT.set(outcome := Outcome())
    with pytest.raises(RuntimeError):
        await ours._process_single_event(Broken(), "/", None)  # type: ignore[arg-type]
    assert outcome.failed == [None]
    assert outcome.may_pass


@pytest.mark.parametrize("is_hidden", [False, True])
@pytest.mark.parametrize(
    ("error", "may_pass"),
    [
        (Unauthorized("expired"), True),
        (Unavailable("503"), True),
        (RetryableError("busy"), True),
        (Forbidden("no"), False),
        (Refused("no such JQL"), False),
    ],
)
async def test_only_what_another_time_may_change_is_tried_again(
    manager: Manager,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    may_pass: bool,
    is_hidden: bool,
) -> None:
    async def process(self: Any, *_: Any) -> WebhookEventRawResults:
        if is_hidden:
            current_report().lose_item({"id": "1"}, error)
            return brought("x")
        raise error

    monkeypatch.setattr(LiveEventsProcessorManager, "_process_single_event", process)
    CURRENT.set(outcome := Outcome(is_written=True))
    processor: Any = None
    with suppress(type(error)):
        await manager._process_single_event(processor, "/path", None)
    assert outcome.failed == [None]
    assert outcome.is_done != may_pass


async def test_what_trouble_hides_counts_as_failed(
    manager: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def process(self: Any, *_: Any) -> WebhookEventRawResults:
        if hides:
            current_report().lose_item({"id": "1"}, "odd")
        return brought("x")

    monkeypatch.setattr(LiveEventsProcessorManager, "_process_single_event", process)
    for hides in (False, True):
        CURRENT.set(outcome := Outcome())
        processor: Any = None
        await manager._process_single_event(processor, "/path", None)
        assert bool(outcome.failed) == hides
