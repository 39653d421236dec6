"""Locks that all workers share which read their events from one Redis stream.

Each of them keeps the order of its own events; but one of two workers may read an
object first and write it last. The lock of an object is in Redis, beside the stream.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any

from loguru import logger
from redis.exceptions import LockError, RedisError

from framework.event_stream import EventStream

# So long the objects of a worker that died wait; one that lives renews its locks.
LOCK_SECONDS = 15.0
RENEWAL_SECONDS = LOCK_SECONDS / 3
# Between two attempts to take a lock: a tenth of what an event usually takes.
POLL_SECONDS = 0.02


@asynccontextmanager
async def hold_in_redis(
    stream: EventStream | None, keys: Iterable[str]
) -> AsyncIterator[None]:
    """Hold the locks of all keys in the stream's Redis; without a stream, none."""
    async with AsyncExitStack() as held:
        if stream is not None:
            # In the same order everywhere, which rules out a deadlock.
            for key in sorted(set(keys)):
                await held.enter_async_context(_hold(stream, key))
        yield


@asynccontextmanager
async def _hold(stream: EventStream, key: str) -> AsyncIterator[None]:
    """Hold one lock; without Redis, go on: a late write is better than a lost event."""
    name = f"{stream.prefix}/lock/{key}"
    lock = stream.redis.lock(name, timeout=LOCK_SECONDS, sleep=POLL_SECONDS)
    try:
        await lock.acquire()
    except RedisError as error:
        logger.warning(
            f"An event is processed without a lock, perhaps out of order: {error}"
        )
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
