"""Do at once what several callers want at the same moment, one batch after the other.

While a batch is on its way the next one gathers; so a lonely caller never waits for
others to come, and under load the batches grow by themselves.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence


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

        A batch of several that fails with `alone_after` is done again one by one, so
        that nobody fails because of another one.
        """
        self._work = work
        self._size = size
        self._alone_after = alone_after
        self._waiting: list[tuple[T, asyncio.Future[R]]] = []
        self._running: asyncio.Task[None] | None = None

    async def do(self, thing: T) -> R:
        """Return the result for a thing; raises what the work raised."""
        result: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((thing, result))
        if self._running is None:
            # Not in the caller's task: who is cancelled must not take others along.
            self._running = asyncio.create_task(self._run())
        return await result

    async def _run(self) -> None:
        try:
            while self._waiting:
                batch = self._waiting[: self._size]
                del self._waiting[: self._size]
                await self._do(batch)
        finally:
            self._running = None

    async def _do(self, batch: list[tuple[T, asyncio.Future[R]]]) -> None:
        try:
            values = await self._work([thing for thing, _ in batch])
            results = list(zip(batch, values, strict=True))
        except self._alone_after as error:
            if len(batch) == 1:
                _tell(batch, error)
                return
            for alone in batch:
                await self._do([alone])
        except Exception as error:
            _tell(batch, error)
        else:
            for (_, result), value in results:
                if not result.done():
                    result.set_result(value)


def _tell[T, R](batch: list[tuple[T, asyncio.Future[R]]], error: Exception) -> None:
    for _, result in batch:
        if not result.done():
            result.set_exception(error)
