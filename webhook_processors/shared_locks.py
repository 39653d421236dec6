"""Locks that all workers share which read their events from one Redis stream.

Each of them keeps the order of its own events; but one of two workers may read an
object first and write it last. The lock of an object is in Redis, beside the stream.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any

from loguru import logger
from port_ocean.consumers.redis_stream_consumer import RedisStreamConsumer
from redis.exceptions import LockError, RedisError

# For so long the objects of a worker that died wait; one that lives renews its locks.
LOCK_SECONDS = 15.0
RENEWAL_SECONDS = LOCK_SECONDS / 3
# Between two looks whether a lock is free: a tenth of what an event usually takes.
LOOK_SECONDS = 0.02


@asynccontextmanager
async def hold_in_redis(consumer: Any, keys: Iterable[str]) -> AsyncIterator[None]:
    """Hold the locks of all keys in the consumer's Redis, if it has one."""
    async with AsyncExitStack() as held:
        if isinstance(consumer, RedisStreamConsumer):
            # In the same order everywhere, so that nobody waits in a circle.
            for key in sorted(set(keys)):
                await held.enter_async_context(_hold(consumer, key))
        yield


@asynccontextmanager
async def _hold(consumer: RedisStreamConsumer, key: str) -> AsyncIterator[None]:
    """Hold one lock; without Redis, go on: a late write is better than a lost event."""
    name = f"{consumer._stream_key}/{consumer._consumer_group}/lock/{key}"
    redis = consumer._require_redis()
    lock = redis.lock(name, timeout=LOCK_SECONDS, sleep=LOOK_SECONDS)
    try:
        await lock.acquire()
    except RedisError as error:
        logger.warning(f"An event is dealt with out of order, without a lock: {error}")
        yield
        return
    renewal = asyncio.create_task(_renew(lock))
    try:
        yield
    finally:
        renewal.cancel()
        with suppress(LockError, RedisError):
            await lock.release()


async def _renew(lock: Any) -> None:
    while True:
        await asyncio.sleep(RENEWAL_SECONDS)
        with suppress(LockError, RedisError):
            await lock.reacquire()
