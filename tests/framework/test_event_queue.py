"""What was accepted and is not processed is bounded, and known."""

import copy
import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from port_ocean.core.handlers.webhook.webhook_event import (
    WebhookEvent,
    WebhookRequestAdapter,
)

from framework.event_queue import MAX_BYTES, EventQueue, memory_of
from tests.framework.posting import Vendor

SHAPES: dict[str, Any] = {
    "one text": "x" * 100_000,
    "items": [{"id": n, "name": f"item {n}", "ok": True} for n in range(2_000)],
    "fields": {f"customfield_{n}": {"value": str(n)} for n in range(2_000)},
    "empty objects": [{} for _ in range(10_000)],
}


def event(id_: str, size: int = 0) -> WebhookEvent:
    body = {"id": id_, "text": "x" * size}
    posted = WebhookRequestAdapter(json.dumps(body).encode(), {})
    return WebhookEvent("trace", body, {}, original_request=posted)


def queue(*processed: str, **limits: int) -> EventQueue:
    return EventQueue(Vendor(), set(processed).__contains__, **limits)


async def test_an_event_takes_room_until_it_is_processed() -> None:
    ours = queue(max_bytes=500)
    await ours.put(event("1", size=200))
    assert not ours.has_room(100)
    taken = await ours.get()
    assert not ours.has_room(100)
    ours.done(taken)
    assert ours.has_room(100)


@given(st.lists(st.integers(0, 400), min_size=1, max_size=20))
async def test_no_more_is_accepted_than_there_is_room_for(sizes: list[int]) -> None:
    ours = queue(max_events=5, max_bytes=1_000)
    accepted: list[int] = []
    for number, size in enumerate(sizes):
        coming = event(str(number), size)
        posted: Any = coming._original_request
        taken = memory_of(await posted.body())
        if ours.has_room(taken):
            await ours.put(coming)
            accepted.append(taken)
    assert len(accepted) <= 5
    assert len(accepted) == 1 or sum(accepted) <= 1_000
    while await ours.size():
        ours.done(await ours.get())
    assert ours.has_room(MAX_BYTES)


async def test_room_is_kept_for_what_is_on_its_way() -> None:
    ours = queue(max_events=1)
    with ours.reserve(10):
        assert not ours.has_room(0)
    assert ours.has_room(0)


async def test_an_event_is_known_while_it_waits_and_once_it_was_processed() -> None:
    ours = queue("processed")
    await ours.put(event("waits"))
    assert ours.knows("waits") and ours.knows("processed")
    ours.done(await ours.get())
    assert not ours.knows("waits")


async def test_a_closed_queue_accepts_nothing() -> None:
    ours = queue()
    ours.close()
    assert not ours.has_room(0)


async def test_an_event_that_came_another_way_is_no_trouble() -> None:
    ours = queue()
    ours.done(event("from a stream"))
    assert ours.has_room(0)


async def test_a_body_is_not_copied_for_each_kind() -> None:
    ours = queue()
    await ours.put(event("1"))
    payload = (await ours.get()).payload
    assert copy.deepcopy(payload) is payload == {"id": "1", "text": ""}


@pytest.mark.parametrize("shape", SHAPES)
def test_memory_is_estimated_well_enough(shape: str) -> None:
    body = json.dumps({"x": SHAPES[shape]}).encode()
    tracemalloc.start()
    parsed = json.loads(body)
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert parsed
    assert 0.5 < memory_of(body) / (len(body) + taken) < 3
