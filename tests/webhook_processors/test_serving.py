"""The framework's manager of live events is given what it lacks."""

import asyncio
import inspect
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import APIRouter
from port_ocean.config.settings import IntegrationConfiguration
from port_ocean.context.event import EventType, event_context
from port_ocean.context.event import event as current
from port_ocean.core.handlers.entities_state_applier.port.applier import (
    HttpEntitiesStateApplier,
)
from port_ocean.core.handlers.port_app_config.models import PortAppConfig
from port_ocean.core.handlers.webhook.processor_manager import (
    LiveEventsProcessorManager,
)
from port_ocean.core.models import Entity
from port_ocean.utils.signal import SignalHandler

from core.mapping import CombinedJQEntityProcessor
from core.rate_limit import LONGEST_PAUSE_SECONDS
from webhook_processors import serving
from webhook_processors.serving import (
    EVENT_SECONDS,
    be_patient,
    delete_for_sure,
    improve,
    write_together,
)

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


def manager() -> tuple[Any, list[list[str]]]:
    """Return what stands for a manager, and what it writes, call by call."""
    written: list[list[str]] = []

    async def write(results: list[str]) -> None:
        written.append(results)
        if REFUSED in results:
            current.entity_topological_sorter.register_entity(entity("1"))
        await asyncio.sleep(0)

    async def nothing(*args: Any) -> None:
        return None

    fake = SimpleNamespace(
        sync_raw_results=write,
        start_processing_event_messages=nothing,
        _process_webhook_event=nothing,
        _process_single_event=nothing,
        EntityProcessorClass=None,
    )
    return fake, written


async def write_as_events(ours: Any, *results: list[str]) -> list[bool]:
    """Write what some events have brought, each from a context of its own."""

    async def write(brought: list[str]) -> bool:
        async with event_context(EventType.HTTP_REQUEST):
            return bool(await ours.sync_raw_results(brought))

    return await asyncio.gather(*map(write, results))


async def test_what_events_bring_at_the_same_moment_is_written_at_once() -> None:
    ours, written = manager()
    write_together(ours)
    assert await write_as_events(ours, *([f"{n}", "x"] for n in range(3))) == [True] * 3
    assert written == [["0", "x", "1", "x", "2", "x"]]


async def test_whoever_is_written_with_what_port_refuses_learns_it() -> None:
    ours, _ = manager()
    write_together(ours)
    assert await write_as_events(ours, ["fine"], [REFUSED]) == [False, False]
    assert await write_as_events(ours, ["fine"]) == [True]


async def test_a_lakehouse_gets_one_event_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def enabled() -> bool:
        return True

    monkeypatch.setattr(serving, "is_lakehouse_data_enabled", enabled)
    ours, written = manager()
    write_together(ours)
    assert await write_as_events(ours, ["1", "x"], ["2"], [REFUSED]) == [False] * 3
    assert written == [["1", "x"], ["2"], [REFUSED]]


async def test_a_deletion_that_port_refuses_is_raised_after_the_others() -> None:
    deleted: list[str] = []

    async def exists(entity: Entity) -> bool:
        return str(entity.identifier) != "unknown"

    async def delete(blueprint: str, identifiers: list[str], *options: Any) -> None:
        if REFUSED in identifiers:
            raise RuntimeError(REFUSED)
        deleted.extend(f"{blueprint}/{identifier}" for identifier in identifiers)

    ours, _ = manager()
    ours._does_entity_exists = exists
    delete_for_sure(ours, SimpleNamespace(bulk_delete_entities=delete))  # type: ignore[arg-type]
    async with event_context(EventType.HTTP_REQUEST):
        current.port_app_config = PortAppConfig(resources=[])
        with pytest.raises(RuntimeError, match=REFUSED):
            await ours._delete_entities([*map(entity, ("1", REFUSED, "unknown", "2"))])
        await ours._delete_entities([entity("3")])
    assert deleted == ["x/1", "x/2", "x/3"]


async def test_live_events_are_mapped_as_resyncs_are() -> None:
    ours, _ = manager()
    improve(ours, SimpleNamespace(client=SimpleNamespace(is_closed=False)), config())  # type: ignore[arg-type]
    assert ours.EntityProcessorClass is CombinedJQEntityProcessor


@pytest.mark.parametrize(
    ("settings", "seconds"),
    [({}, EVENT_SECONDS), ({"max_event_processing_seconds": 20.0}, 20.0)],
)
def test_an_event_outlasts_the_longest_pause_unless_the_user_says_less(
    settings: dict[str, float], seconds: float
) -> None:
    configured = config(**settings)
    ours = LiveEventsProcessorManager(
        APIRouter(),
        SignalHandler(),
        configured.max_event_processing_seconds,
        configured.max_wait_seconds_before_shutdown,
    )
    be_patient(ours, configured)
    assert ours._max_event_processing_seconds == seconds
    assert EVENT_SECONDS > LONGEST_PAUSE_SECONDS
    source = inspect.getsource(LiveEventsProcessorManager._execute_processor)
    assert "timeout=self._max_event_processing_seconds" in source


async def test_the_client_for_port_is_there_before_the_workers() -> None:
    happened: list[str] = []
    ours, _ = manager()

    async def start() -> None:
        happened.append("workers")

    class Port:
        @property
        def client(self) -> Any:
            happened.append("client")
            return SimpleNamespace(is_closed=False)

    ours.start_processing_event_messages = start
    improve(ours, Port(), config())  # type: ignore[arg-type]
    await ours.start_processing_event_messages()
    assert happened == ["client", "workers"]


def test_the_framework_still_has_what_is_replaced() -> None:
    known = LiveEventsProcessorManager
    assert hasattr(known, "EntityProcessorClass")
    assert hasattr(known, "initialize_handlers")
    for method, taken in (
        (known.start_processing_event_messages, 1),
        (known.sync_raw_results, 2),
        (known._delete_entities, 2),
        (known._does_entity_exists, 2),
    ):
        assert len(inspect.signature(method).parameters) == taken
        assert inspect.iscoroutinefunction(method)
    events = inspect.getsource(known._process_webhook_event)
    assert "await self.sync_raw_results(" in events
    applier = inspect.getsource(HttpEntitiesStateApplier.upsert)
    assert "event.entity_topological_sorter.register_entity(entity)" in applier
