"""Whether what a mapping makes of an item identifies anything.

An expression may give a text where it should give none: `.idd | tostring` gives "null"
for each item, which would leave one entity of them all.
"""

from functools import lru_cache
from itertools import pairwise
from typing import Any

from core.site import SCOPE
from core.types import Item
from framework.expressions import (
    Paths,
    ReadsEverything,
    formatted,
    name_in,
    paths_read,
    tokens,
)
from framework.jq_values import evaluate

# The first two names of each path; None where only jq knows what is read.
type Known = frozenset[tuple[str, ...]] | None


async def identifies(expression: Any, value: Any, item: Item) -> bool:
    """Return whether a value that an expression gave for an item identifies anything.

    A scope alone does not, nor does what an item without any field would give.
    """
    if not value or value == item.get(SCOPE):
        return False
    if not lacks_any(item, needed_paths(expression), or_unsure=True):
        return True
    bare = {SCOPE: item[SCOPE]} if SCOPE in item else {}
    return bool(value != await evaluate(expression, bare))


def lacks_any(item: Item, paths: Known, *, or_unsure: bool = False) -> bool:
    """Return whether an item lacks one of the fields that an expression reads.

    It may be that a part of a field is read, or anything: `or_unsure` counts that.
    """
    if paths is None:
        return or_unsure
    values = [(path, _at(item, path)) for path in paths]
    return any(
        value is None or (or_unsure and len(path) > 1 and isinstance(value, dict))
        for path, value in values
    )


def all_paths(expression: Any) -> Known:
    """Return the paths that an expression reads, but for the scope."""
    return _paths(expression)[0] if isinstance(expression, str) else None


def needed_paths(expression: Any) -> Known:
    """Return the paths that an expression reads and names no alternative for.

    Who writes `.team // "nobody"`, or asks with `if`, has thought of what is missing.
    """
    return _paths(expression)[1] if isinstance(expression, str) else None


@lru_cache(1024)  # the expressions of a mapping are the same for all its items
def _paths(expression: str) -> tuple[Known, Known]:
    paths = paths_read([expression])
    if paths is None:
        return None, None
    known = frozenset(paths - {(SCOPE,)})
    return known, known - _optional(expression)


def _optional(expression: str) -> Paths:
    """Return the paths that are followed by `// "text"`, or are asked for by `if`."""
    found: Paths = set()
    path: tuple[str, ...] = ()
    before, is_asked = "", False
    parts = [*_tokens(expression), ("", "")]
    for (sort, text), (next_sort, _) in pairwise(parts):
        if sort == "field":
            path = (*path, name_in(text)) if before == "field" else (name_in(text),)
        has_default = text == "//" and before == "field" and next_sort == "text"
        if path and (has_default or (is_asked and sort != "field")):
            found.add(path[:2])
        if text in ("if", "elif", "then"):
            is_asked = text != "then"
        if sort != "field":
            path = ()
        before = sort
    return found


def _tokens(expression: str) -> list[tuple[str, str]]:
    try:
        return [*tokens(formatted(expression))]
    except ReadsEverything:
        return []


def _at(item: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        item = item.get(name) if isinstance(item, dict) else None
    return item
