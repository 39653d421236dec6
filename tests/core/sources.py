"""Sources of values that tell what became of them."""

import asyncio
from collections.abc import AsyncGenerator


class Source:
    """Count up, and tell how far it got and whether it was closed."""

    def __init__(self, count: int, error: BaseException | None = None) -> None:
        self.count = count
        self.error = error
        self.made = 0
        self.closed = False
        self.waiting = asyncio.Event()
        self.ended = asyncio.Event()

    async def values(self) -> AsyncGenerator[int]:
        try:
            for number in range(self.count):
                await asyncio.sleep(0)
                self.made += 1
                yield number
            if self.error:
                raise self.error
        finally:
            self.closed = True
            self.ended.set()

    async def stuck(self) -> AsyncGenerator[int]:
        try:
            yield 0
            self.waiting.set()
            await asyncio.Event().wait()
        finally:
            self.closed = True


async def turns(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)
