"""Batch what several callers ask for at the same moment, as data loaders do.

While a batch is on its way the next one gathers; so a lonely caller never waits for
others to come, and under load the batches grow by themselves.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context, copy_context
from typing import NamedTuple


class _Request[T, R](NamedTuple):
    """What a caller asks for, where it waits, and the context it is in."""

    value: T
    result: asyncio.Future[R]
    context: Context


class Batcher[T, R]:
    """Hand values to `work` in batches; each caller gets its own result."""

    def __init__(
        self,
        work: Callable[[Sequence[T]], Awaitable[Sequence[R]]],
        *,
        size: int,
        split_on: type[Exception] = Exception,
    ) -> None:
        """Take what turns up to `size` values into as many results, in their order.

        It works in the context of the first caller. A batch of several that fails with
        `split_on` is done again, one value at a time, so that no caller fails because
        of another one.
        """
        self._work = work
        self._size = size
        self._split_on = split_on
        self._waiting: list[_Request[T, R]] = []
        self._running: asyncio.Task[None] | None = None

    async def submit(self, value: T) -> R:
        """Return the result for a value; raises what the work raised."""
        result: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Request(value, result, copy_context()))
        if self._running is None:
            self._start()
        return await result

    def _start(self) -> None:
        # Not in the caller's task: who is cancelled must not take others along.
        context = self._waiting[0].context
        self._running = asyncio.create_task(self._run(), context=context)

    async def _run(self) -> None:
        batch = self._waiting[: self._size]
        del self._waiting[: self._size]
        try:
            await self._do(batch)
        finally:
            self._running = None
        if self._waiting:
            self._start()

    async def _do(self, batch: list[_Request[T, R]]) -> None:
        try:
            values = await self._work([request.value for request in batch])
            results = list(zip(batch, values, strict=True))
        except Exception as error:  # whatever it is, it is for those who asked
            if len(batch) > 1 and isinstance(error, self._split_on):
                await asyncio.gather(*(self._do([request]) for request in batch))
                return
            for request in batch:
                if not request.result.done():
                    request.result.set_exception(error)
        else:
            for request, value in results:
                if not request.result.done():
                    request.result.set_result(value)
