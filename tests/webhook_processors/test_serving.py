"""The framework's manager of live events is given what it lacks."""

import asyncio
import inspect
from types import SimpleNamespace
from typing import Any

from port_ocean.core.handlers.webhook.processor_manager import (
    LiveEventsProcessorManager,
)

from core.mapping import CombinedJQEntityProcessor
from webhook_processors.serving import improve, write_together


def manager() -> tuple[Any, list[list[str]]]:
    """Return what stands for a manager, and what it writes, call by call."""
    written: list[list[str]] = []

    async def write(results: list[str]) -> None:
        written.append(results)
        await asyncio.sleep(0)

    async def nothing(*args: Any) -> None:
        return None

    fake = SimpleNamespace(
        sync_raw_results=write,
        start_processing_event_messages=nothing,
        _process_webhook_event=nothing,
        EntityProcessorClass=None,
    )
    return fake, written


async def test_what_events_bring_at_the_same_moment_is_written_at_once() -> None:
    ours, written = manager()
    write_together(ours)
    await asyncio.gather(*(ours.sync_raw_results([f"{n}", "x"]) for n in range(3)))
    assert written == [["0", "x", "1", "x", "2", "x"]]


async def test_live_events_are_mapped_as_resyncs_are() -> None:
    ours, _ = manager()
    improve(ours, SimpleNamespace(client=SimpleNamespace(is_closed=False)))  # type: ignore[arg-type]
    assert ours.EntityProcessorClass is CombinedJQEntityProcessor


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
    improve(ours, Port())  # type: ignore[arg-type]
    await ours.start_processing_event_messages()
    assert happened == ["client", "workers"]


def test_the_framework_still_has_what_is_replaced() -> None:
    known = LiveEventsProcessorManager
    assert hasattr(known, "EntityProcessorClass")
    assert hasattr(known, "initialize_handlers")
    for method, taken in (
        (known.start_processing_event_messages, 1),
        (known.sync_raw_results, 2),
    ):
        assert len(inspect.signature(method).parameters) == taken
        assert inspect.iscoroutinefunction(method)
    events = inspect.getsource(known._process_webhook_event)
    assert "await self.sync_raw_results(" in events
