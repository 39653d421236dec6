"""Whether what a mapping makes of an item identifies anything.

An expression may give a text where it should give none: `.idd | tostring` gives "null"
for each item, which would leave one entity of them all.
"""

from collections.abc import Collection
from functools import lru_cache
from typing import Any

from core.site import SCOPE
from core.types import Item
from framework.expressions import ReadsEverything, formatted, paths_read, tokens
from framework.jq_values import evaluate

# Who writes one of these has thought of what is missing.
ALTERNATIVES = {"//", "if"}


async def of_nothing(expression: Any, item: Item) -> Any:
    """Return what an identifier's expression makes of an item that has only its scope.

    None if it is the same for all items by intention.
    """
    if not isinstance(expression, str) or is_meant_for_any(expression):
        return None
    return await evaluate(expression, {SCOPE: item[SCOPE]} if SCOPE in item else {})


@lru_cache(256)  # the expressions of a mapping are the same for all its items
def is_meant_for_any(expression: str) -> bool:
    """Return whether an expression reads no field, or says what to take instead."""
    try:
        texts = {text for _, text in tokens(formatted(expression))}
    except ReadsEverything:
        return False
    return paths_read([expression]) == set() or not ALTERNATIVES.isdisjoint(texts)


def is_identifier(value: Any, item: Item, nothing: Any = None) -> bool:
    """Return whether a value of an item identifies anything.

    A scope alone does not, nor does `nothing`, what an item without fields gives.
    """
    return bool(value) and value not in (item.get(SCOPE), nothing)


def lacks_any(item: Item, expression: Any) -> bool:
    """Return whether an item lacks a field that an expression reads."""
    paths = paths_read([expression]) if isinstance(expression, str) else None
    return any(_at(item, path) is None for path in paths or () if path != (SCOPE,))


def _at(item: Any, path: Collection[str]) -> Any:
    for name in path:
        item = item.get(name) if isinstance(item, dict) else None
    return item
