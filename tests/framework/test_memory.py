"""What a client remembers: in a resync until it ends, else for some minutes."""

from collections.abc import Callable

import pytest
from port_ocean.context.event import EventType, event_context

from core.errors import Unauthorized, Unavailable
from framework.memory import ERROR_MEMORY_SECONDS, MEMORY_SECONDS, Memory


@pytest.fixture
def wait(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    now = 50.0
    monkeypatch.setattr("framework.memory.time.monotonic", lambda: now)

    def later(seconds: float) -> None:
        nonlocal now
        now += seconds

    return later


def test_live_events_remember_a_list_until_it_is_old_or_forgotten(
    wait: Callable[[float], None],
) -> None:
    memory = Memory()

    assert memory.recall("spaces") is None
    memory.remember("spaces", [])
    assert memory.recall("spaces") == []
    wait(MEMORY_SECONDS - 1)
    assert memory.recall("spaces") == []
    wait(1)
    assert memory.recall("spaces") is None

    assert memory._lately
    memory.remember("projects", [])
    assert list(memory._lately) == ["projects"]
    memory.remember("spaces", [{"Id": "S1"}])
    assert memory.recall("spaces") == [{"Id": "S1"}]
    memory.forget()
    assert memory.recall("spaces") is None


async def test_a_resync_remembers_for_itself_until_it_ends(
    wait: Callable[[float], None],
) -> None:
    memory = Memory()

    memory.remember("spaces", [{"Id": "old"}])
    async with event_context(EventType.RESYNC):
        assert memory.recall("spaces") is None
        memory.remember("spaces", [{"Id": "new"}])
        wait(100 * MEMORY_SECONDS)
        assert memory.recall("spaces") == [{"Id": "new"}]
        memory.remember("projects", [{"Id": "P"}])
    assert memory.recall("spaces") is None
    assert memory.recall("projects") == [{"Id": "P"}]
    async with event_context(EventType.RESYNC):
        assert memory.recall("spaces") is None


async def test_a_resync_remembers_an_error_unless_it_is_a_lost_credential(
    wait: Callable[[float], None],
) -> None:
    memory = Memory()

    memory.remember("spaces", Unavailable("down"))
    assert memory.recall("spaces") is None  # a live event is retried
    async with event_context(EventType.RESYNC):
        memory.remember("spaces", Unauthorized("expired"))
        assert memory.recall("spaces") is None
        memory.remember("spaces", Unavailable("down"))
        with pytest.raises(Unavailable, match="down"):
            memory.recall("spaces")
        wait(ERROR_MEMORY_SECONDS)
        assert memory.recall("spaces") is None
