"""Workers on one Redis stream deal with one object one after the other."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from port_ocean.consumers.redis_stream_consumer import RedisStreamConsumer
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from framework.event_stream import EventStream
from live_events import shared_locks
from live_events.shared_locks import hold_in_redis

pytestmark = pytest.mark.process

STREAM, GROUP = "42/live-events/raw/event-stream", "jira-octopus.shop"
# As short as a real Redis and a busy machine allow.
LOCK_SECONDS = 0.4


@pytest.fixture(autouse=True)
def haste(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let locks last a moment only."""
    monkeypatch.setattr(shared_locks, "LOCK_SECONDS", LOCK_SECONDS)
    monkeypatch.setattr(shared_locks, "RENEWAL_SECONDS", LOCK_SECONDS / 4)
    monkeypatch.setattr(shared_locks, "POLL_SECONDS", 0.005)


def consumer(redis: Redis) -> RedisStreamConsumer:
    """Return the framework's reader of a stream; making one needs a running Ocean."""
    ours = object.__new__(RedisStreamConsumer)
    ours._redis, ours._stream_key, ours._consumer_group = redis, STREAM, GROUP
    return ours


class Watch:
    """Sees who deals with what at the same time."""

    def __init__(self) -> None:
        self.running: list[str] = []
        self.most = 0

    async def deal(self, redis: Redis, *keys: str, seconds: float = 0.01) -> None:
        async with hold_in_redis(EventStream(consumer(redis)), keys):
            self.running.append(keys[0])
            self.most = max(self.most, len(self.running))
            await asyncio.sleep(seconds)
            self.running.remove(keys[0])


async def test_one_object_is_dealt_with_by_one_worker_at_a_time(redis: Redis) -> None:
    watch = Watch()
    await asyncio.gather(*(watch.deal(redis, "issue 1") for _ in range(8)))
    assert watch.most == 1
    assert await redis.keys("*lock*") == []


async def test_other_objects_do_not_wait(redis: Redis) -> None:
    watch = Watch()
    deal = (watch.deal(redis, f"issue {n}", seconds=0.2) for n in range(4))
    await asyncio.gather(*deal)
    assert watch.most == 4


async def test_several_objects_do_not_block_each_other_for_ever(redis: Redis) -> None:
    watch = Watch()
    pairs = [("a", "b"), ("b", "a")] * 3
    async with asyncio.timeout(20):
        await asyncio.gather(*(watch.deal(redis, *pair) for pair in pairs))
    assert watch.most == 1


async def test_whoever_lives_keeps_the_lock_however_long_it_takes(redis: Redis) -> None:
    watch = Watch()
    slow = asyncio.create_task(watch.deal(redis, "issue 1", seconds=3 * LOCK_SECONDS))
    await asyncio.sleep(0)
    await asyncio.gather(slow, watch.deal(redis, "issue 1"))
    assert watch.most == 1


async def test_the_lock_of_a_dead_worker_ends_by_itself(redis: Redis) -> None:
    dead = redis.lock(f"{STREAM}/{GROUP}/lock/issue 1", timeout=LOCK_SECONDS)
    assert await dead.acquire()
    async with asyncio.timeout(20):
        await Watch().deal(redis, "issue 1")


async def test_without_redis_an_event_is_dealt_with_all_the_same(
    unused_tcp_port_factory: Callable[[], int], warnings: list[str]
) -> None:
    at_once = Retry(NoBackoff(), 0)
    nobody = Redis(port=unused_tcp_port_factory(), retry=at_once)
    done = []
    async with hold_in_redis(EventStream(consumer(nobody)), ["issue 1"]):
        done.append("issue 1")
    await nobody.aclose()
    assert done
    assert len(warnings) == 1


@pytest.mark.parametrize("other", [None, object()])
async def test_what_comes_by_http_needs_no_shared_lock(other: Any) -> None:
    assert EventStream.of(other) is None
    async with hold_in_redis(None, ["issue 1"]):
        pass
