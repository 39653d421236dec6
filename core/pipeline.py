"""Bounded concurrency in front of the framework's one-batch-at-a-time loop."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator
from contextlib import aclosing, contextmanager
from typing import Any

from core.errors import ApiError, Incomplete, Unauthorized

# Parents read side by side: fewer than the requests that the limiter lets through.
MAX_PARENTS_AT_ONCE = 8
# The framework does much for each batch, however small: many parents have few items.
BATCH_SIZE = 100
# Batches that wait for the framework: enough to hide the network, few for memory.
MAX_WAITING_BATCHES = 4


async def in_batches[T](
    source: AsyncGenerator[list[T]], size: int = BATCH_SIZE
) -> AsyncGenerator[list[T]]:
    """Yield the same items in lists of at least `size`, but for the last one.

    What came before an ApiError is yielded before that is raised.
    """
    waiting: list[T] = []
    try:
        async with aclosing(source):
            async for batch in source:
                waiting = [*waiting, *batch]
                if len(waiting) >= size:
                    yield waiting
                    waiting = []
    except ApiError:
        if waiting:
            yield waiting
        raise
    if waiting:
        yield waiting


async def prefetch[T](
    source: AsyncGenerator[T], depth: int = MAX_WAITING_BATCHES
) -> AsyncGenerator[T]:
    """Yield what `source` yields while it already works on the next `depth` values.

    Closing this generator ends the source as well.
    """
    queue: asyncio.Queue[T] = asyncio.Queue(depth)
    async with aclosing(_drain(queue, _fill(queue, source))) as values:
        async for value in values:
            yield value


async def fan_out[P, T](
    parents: AsyncGenerator[P],
    read: Callable[[P], AsyncGenerator[T]],
    *,
    what: str,
    workers: int = MAX_PARENTS_AT_ONCE,
    depth: int = MAX_WAITING_BATCHES,
) -> AsyncGenerator[T]:
    """Yield what `read` yields for every parent, in no particular order.

    A parent that fails with an ApiError doesn't stop the others; at the end Incomplete
    is raised, so that nothing is deleted because of it. If the parents themselves end
    with one, that is raised once all others are read. Unauthorized stops everything.
    Closing this generator ends the parents and what is read for them as well.
    """
    queue: asyncio.Queue[T] = asyncio.Queue(depth)
    failures: list[ApiError] = []
    stopped: list[ApiError] = []
    source, turn = _until_error(parents, stopped), asyncio.Lock()

    async def work() -> None:
        while True:
            async with turn:
                try:
                    parent = await anext(source)
                except StopAsyncIteration:
                    return
            with _kept(failures):
                await _fill(queue, read(parent))

    everything = _together([work() for _ in range(workers)])
    async with aclosing(source), aclosing(_drain(queue, everything)) as values:
        async for value in values:
            yield value
    if failures:
        raise Incomplete(what, [*failures, *stopped])
    if stopped:
        raise stopped[0]


async def _until_error[P](
    parents: AsyncGenerator[P], stopped: list[ApiError]
) -> AsyncGenerator[P]:
    """Yield the parents, and keep what ends them before their time."""
    with _kept(stopped):
        async with aclosing(parents):
            async for parent in parents:
                yield parent


@contextmanager
def _kept(errors: list[ApiError]) -> Iterator[None]:
    """Keep an error for later, but for the one that stops everything."""
    try:
        yield
    except Unauthorized:
        raise
    except ApiError as error:
        errors.append(error.with_traceback(None))


async def _fill[T](queue: "asyncio.Queue[T]", source: AsyncGenerator[T]) -> None:
    async with aclosing(source):
        async for value in source:
            await queue.put(value)


async def _together(works: list[Coroutine[Any, Any, None]]) -> None:
    """Run all; the first failure cancels the rest and is raised as it is."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        await asyncio.gather(*tasks)
    finally:
        await _cancel(*tasks)


async def _drain[T](
    queue: "asyncio.Queue[T]", work: Coroutine[Any, Any, None]
) -> AsyncGenerator[T]:
    """Yield the queue's values until `work` is done; then raise what it raised."""
    producer = asyncio.ensure_future(work)
    try:
        while not (producer.done() and queue.empty()):
            value = asyncio.ensure_future(queue.get())
            either = (value, producer)
            try:
                await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            finally:
                await _cancel(value)  # takes nothing from the queue unless it is done
            if not value.cancelled():
                yield value.result()
        await producer
    finally:
        await _cancel(producer)


async def _cancel(*tasks: "asyncio.Future[Any]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
