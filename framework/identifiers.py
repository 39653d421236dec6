"""Whether what a mapping makes of an item identifies anything.

An expression may give a text where it should give none: `.idd | tostring` gives "null"
for each item, which would leave one entity of them all.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from core.site import SCOPE
from core.trouble import name_of
from core.types import Item
from framework.expressions import Paths, formatted, paths_read
from framework.jq_values import evaluate

_PATH = re.compile(r"(?:\.[A-Za-z_]\w*)+", re.ASCII)
_WITH_DEFAULT = re.compile(rf'({_PATH.pattern})\s*//\s*"', re.ASCII)
_CONDITION = re.compile(r"\b(?:el)?if\b(.*?)\bthen\b", re.DOTALL)

# The first two names of each path; None where only jq knows what is read.
type Known = frozenset[tuple[str, ...]] | None


@dataclass
class Clashes:
    """Whether items that lack a part of their identifier have the same one."""

    are_found: bool = False
    _items: dict[tuple[str, str], str] = field(default_factory=dict)

    def note(self, key: tuple[str, str], item: Item) -> None:
        """Note such an item, and the entity that it becomes."""
        own = name_of(item)
        self.are_found |= self._items.setdefault(key, own) != own


async def identifies(
    expression: Any, value: Any, item: Item, known: dict[Any, Any] | None = None
) -> bool:
    """Return whether a value that an expression gave for an item identifies anything.

    A scope alone does not, nor does what an item without any field would give; `known`
    keeps that for one expression, by the scopes of items.
    """
    scope = item.get(SCOPE)
    if not value or value == scope:
        return False
    if not lacks_any(item, needed_paths(expression), or_unsure=True):
        return True
    known = {} if known is None else known
    if scope not in known:
        bare = {SCOPE: scope} if SCOPE in item else {}
        known[scope] = await evaluate(expression, bare)
    return bool(value != known[scope])


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
    text = formatted(expression)
    found = _WITH_DEFAULT.findall(text)
    for condition in _CONDITION.findall(text):
        found += _PATH.findall(condition)
    return {tuple(path.split(".")[1:3]) for path in found}


def _at(item: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        item = item.get(name) if isinstance(item, dict) else None
    return item
