"""All expressions of one mapping, evaluated for a batch of items."""

import asyncio
from collections.abc import Iterator
from typing import Any

from core.types import Item
from framework.expressions import formatted, paths_read, reduced
from framework.jq_guest import Answer, Output, guest
from framework.plain import outputs, plain
from framework.plain_steps import Odd

# Mapping blocks the event loop: other work gets a turn after so many items.
ITEMS_PER_TURN = 20


class MappingProgram:
    """The selector's query and every expression of a mapping, in its order."""

    def __init__(self, patterns: dict[str, Any], query: str) -> None:
        self.patterns, self.query = patterns, query
        self.leaves = list(_leaves(patterns))
        expressions = [query, *(text for _, text in self.leaves)]
        # What is no text is no jq either, and the framework makes null of it.
        texts = [formatted(t) if isinstance(t, str) else "null" for t in expressions]
        self._steps = [(text, plain(text)) for text in texts]
        self._left = list(dict.fromkeys(text for text, step in self._steps if not step))
        # Most of jq's time goes into handing items over: no more than what is read.
        self._paths = paths_read(self._left)

    async def run(self, items: list[Item]) -> list[Answer]:
        """Return the outputs for each item, or why the item can't be read."""
        found: list[Answer] = []
        answers = await self._by_jq(items)
        for number, (item, answer) in enumerate(zip(items, answers, strict=True)):
            if number % ITEMS_PER_TURN == 0:
                await asyncio.sleep(0)
            if not isinstance(answer, str):
                answer = await self._outputs(item, answer)
            found.append(answer)
        return found

    async def _by_jq(self, items: list[Item]) -> list[Answer]:
        if not self._left:
            return [[] for _ in items]
        paths = self._paths
        if paths is not None:
            items = [reduced(item, paths) for item in items]
        return await guest().run(self._left, items)

    async def _outputs(self, item: Item, left: list[Output]) -> Answer:
        by_jq = dict(zip(self._left, left, strict=True))
        found: list[Output] = []
        for text, step in self._steps:
            if step is None:
                found.append(by_jq[text])
                continue
            try:
                found.append(outputs(step, item))
            except Odd:
                (answer,) = await guest().run([text], [item])
                if isinstance(answer, str):
                    return answer
                found += answer
        return found


def _leaves(patterns: dict[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    """Yield path and text of every expression, in the order of the mapping."""
    for key, value in patterns.items():
        where = f"{path}.{key}" if path else key
        if isinstance(value, dict):
            yield from _leaves(value, where)
        elif isinstance(value, list):
            for part in value:
                yield from _leaves(part, where)
        else:
            yield where, value
