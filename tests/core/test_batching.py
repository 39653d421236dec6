"""What is wanted at the same moment is done in one go, and nobody suffers by it."""

import asyncio
from collections.abc import Sequence
from contextvars import ContextVar

import pytest

from core.batching import Batcher
from core.errors import ApiError, Refused


class Work:
    """Doubles numbers, batch by batch; refuses some, and waits while it is told to."""

    def __init__(self, *refused: int, error: Exception | None = None) -> None:
        self.batches: list[list[int]] = []
        self.may_go_on = asyncio.Event()
        self.may_go_on.set()
        self._refused = set(refused)
        self._error = error or Refused("no")

    async def __call__(self, numbers: Sequence[int]) -> list[int]:
        self.batches.append([*numbers])
        await self.may_go_on.wait()
        if self._refused & set(numbers):
            raise self._error
        return [number * 2 for number in numbers]


async def others_went_on() -> None:
    """Let all tasks come as far as they do without anything else happening."""
    for _ in range(3):
        await asyncio.sleep(0)


async def test_who_comes_alone_does_not_wait_for_others() -> None:
    work = Work()
    batcher = Batcher(work, size=10)
    assert await batcher.submit(1) == 2
    assert await batcher.submit(2) == 4
    assert work.batches == [[1], [2]]


async def test_who_comes_during_a_batch_goes_in_the_next_one() -> None:
    work = Work()
    work.may_go_on.clear()
    batcher = Batcher(work, size=3)
    callers = [asyncio.create_task(batcher.submit(1))]
    await others_went_on()
    callers += [asyncio.create_task(batcher.submit(number)) for number in range(2, 7)]
    await others_went_on()
    work.may_go_on.set()
    assert await asyncio.gather(*callers) == [2, 4, 6, 8, 10, 12]
    assert work.batches == [[1], [2, 3, 4], [5, 6]]


async def test_a_batch_runs_in_the_context_of_who_came_first_in_it() -> None:
    asked_by: ContextVar[str] = ContextVar("asked_by")
    seen: list[str] = []
    work = Work()
    work.may_go_on.clear()

    async def note(numbers: Sequence[int]) -> list[int]:
        seen.append(asked_by.get())
        return await work(numbers)

    batcher = Batcher(note, size=10)

    async def ask(name: str) -> int:
        asked_by.set(name)
        return await batcher.submit(1)

    first = asyncio.create_task(ask("first"))
    await others_went_on()
    others = [asyncio.create_task(ask(name)) for name in ("second", "third")]
    await others_went_on()
    work.may_go_on.set()
    await asyncio.gather(first, *others)
    assert seen == ["first", "second"]


async def test_nobody_fails_because_of_another_one() -> None:
    work = Work(2)
    batcher = Batcher(work, size=10, split_on=Refused)
    results = await asyncio.gather(
        *map(batcher.submit, (1, 2, 3)), return_exceptions=True
    )
    assert [type(result) for result in results] == [int, Refused, int]
    assert work.batches == [[1, 2, 3], [1], [2], [3]]


async def test_trouble_that_concerns_everybody_is_not_repeated() -> None:
    work = Work(2, error=ApiError("down"))
    batcher = Batcher(work, size=10, split_on=Refused)
    results = await asyncio.gather(
        *map(batcher.submit, (1, 2, 3)), return_exceptions=True
    )
    assert [str(result) for result in results] == ["down"] * 3
    assert work.batches == [[1, 2, 3]]
    assert await batcher.submit(5) == 10


async def test_who_gives_up_takes_nobody_along() -> None:
    work = Work()
    work.may_go_on.clear()
    batcher = Batcher(work, size=10)
    first, second = (asyncio.create_task(batcher.submit(number)) for number in (1, 2))
    await others_went_on()
    first.cancel()
    work.may_go_on.set()
    assert await second == 4
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_results_that_do_not_fit_are_an_error_and_no_silence() -> None:
    async def forget(numbers: Sequence[int]) -> list[int]:
        return []

    with pytest.raises(ValueError, match="shorter"):
        await Batcher(forget, size=10).submit(1)
