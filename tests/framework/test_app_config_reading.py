"""The mapping is read once at a time, whoever needs it, and whatever happens."""

import asyncio
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from port_ocean.context.event import EventType, event_context
from port_ocean.context.event import event as current
from port_ocean.core.handlers.port_app_config.models import PortAppConfig

from framework.app_config_reading import SharedReading

EVENTS = 50


class Port:
    """Answers when it is told to, or fails."""

    def __init__(self) -> None:
        self.asked = 0
        self.answers = asyncio.Event()
        self.error: Exception | None = None

    async def get_current_integration(self) -> dict[str, Any]:
        self.asked += 1
        await self.answers.wait()
        if self.error:
            raise self.error
        return {"config": {"resources": [], "deleteDependentEntities": True}}


@pytest.fixture
def port() -> Port:
    return Port()


@pytest.fixture
def handler(port: Port) -> SharedReading:
    settings = SimpleNamespace(port=SimpleNamespace(port_app_config_cache_ttl=60))
    context = SimpleNamespace(config=settings, port_client=port)
    return SharedReading(context)


async def needed_by(handler: SharedReading) -> PortAppConfig:
    """Return the mapping as an event sees it that has just asked for it."""
    async with event_context(EventType.HTTP_REQUEST):
        await handler.get_port_app_config()
        return current.port_app_config


async def in_flight(handler: SharedReading, number: int) -> list[asyncio.Task[Any]]:
    tasks = [asyncio.create_task(needed_by(handler)) for _ in range(number)]
    for _ in range(10):
        await asyncio.sleep(0)
    return tasks


async def test_events_of_one_moment_share_a_request(
    handler: SharedReading, port: Port
) -> None:
    tasks = await in_flight(handler, EVENTS)
    port.answers.set()
    first, *others = await asyncio.gather(*tasks)
    assert first.delete_dependent_entities
    assert all(other is first for other in others)
    assert await needed_by(handler) is first
    assert port.asked == 1


async def test_an_error_is_for_all_who_wait_and_for_nobody_else(
    handler: SharedReading, port: Port
) -> None:
    port.error = httpx.ConnectError("Port is down")
    tasks = await in_flight(handler, EVENTS)
    port.answers.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert results == [port.error] * EVENTS
    port.error = None
    assert (await needed_by(handler)).resources == []
    assert port.asked == 2


async def test_who_is_cancelled_takes_nobody_along(
    handler: SharedReading, port: Port
) -> None:
    first, second = await in_flight(handler, 2)
    first.cancel()
    await asyncio.wait([first])
    port.answers.set()
    assert (await second).resources == []
    assert port.asked == 1


async def test_who_wants_it_fresh_gets_it_fresh(
    handler: SharedReading, port: Port
) -> None:
    port.answers.set()
    before = await needed_by(handler)
    async with event_context(EventType.RESYNC):
        after = await handler.get_port_app_config(use_cache=False)
    assert after is not before
    assert await needed_by(handler) is after
    assert port.asked == 2
