"""Do at once what several callers want at the same moment, one batch after the other.

While a batch is on its way the next one gathers; so a lonely caller never waits for
others to come, and under load the batches grow by themselves.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context, copy_context
from typing import NamedTuple


class _Wish[T, R](NamedTuple):
    """What somebody wants, where they wait for it, and the context they are in."""

    thing: T
    result: asyncio.Future[R]
    context: Context


class Together[T, R]:
    """Hands things to `work` in batches; everybody gets the result of their own."""

    def __init__(
        self,
        work: Callable[[Sequence[T]], Awaitable[Sequence[R]]],
        *,
        size: int,
        alone_after: type[Exception] = Exception,
    ) -> None:
        """Take what turns up to `size` things into as many results, in their order.

        It works in the context of who came first. A batch of several that fails with
        `alone_after` is done again, each by itself, so that nobody fails because of
        another one.
        """
        self._work = work
        self._size = size
        self._alone_after = alone_after
        self._waiting: list[_Wish[T, R]] = []
        self._running: asyncio.Task[None] | None = None

    async def do(self, thing: T) -> R:
        """Return the result for a thing; raises what the work raised."""
        result: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Wish(thing, result, copy_context()))
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

    async def _do(self, batch: list[_Wish[T, R]]) -> None:
        try:
            values = await self._work([wish.thing for wish in batch])
            results = list(zip(batch, values, strict=True))
        except Exception as error:
            if len(batch) > 1 and isinstance(error, self._alone_after):
                await asyncio.gather(*(self._do([wish]) for wish in batch))
                return
            for wish in batch:
                if not wish.result.done():
                    wish.result.set_exception(error)
        else:
            for wish, value in results:
                if not wish.result.done():
                    wish.result.set_result(value)
