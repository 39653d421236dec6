"""How the expressions of a mapping put a scope before the ids of a vendor.

Items carry `__scope`, with which the identifiers of their connection begin. It is empty
for the first connection of a product, and such as `emea/` for another.
"""

import re
from typing import Any

from core.site import SCOPE
from core.types import Item
from framework.expressions import ReadsEverything, formatted, tokens

_PREFIX = rf"\s*\.{SCOPE}\s*\+\s*"
_STAGE = r'\s*(?://\s*empty|\|\s*tostring|\|\s*select\(\.\s*!=\s*(?:null|"[^"\\]*")\))'
_FIELD = re.compile(
    rf"(?:{_PREFIX})?(?P<open>\()?\s*\.(?P<name>[A-Za-z_]\w*)"
    rf"(?:{_STAGE})*\s*(?(open)\))\s*",
    re.ASCII,
)


def field_of(expression: Any) -> str | None:
    """Return the field that an expression hands on, be it behind the scope or not.

    It may be handed on as text, and left out if it is null or another one value.
    """
    if not isinstance(expression, str):
        return None
    found = _FIELD.fullmatch(formatted(expression))
    return found["name"] if found else None


def is_scoped(expression: Any) -> bool:
    """Return whether the values of an expression begin with the scope.

    They are texts, `.__scope + .id`, or lists of them, `[.__scope + .ids[]]`.
    """
    if not isinstance(expression, str):
        return False
    try:
        texts = [text for _, text in tokens(formatted(expression))]
    except ReadsEverything:
        return False
    return texts[texts[:1] == ["["] :][:2] == [f".{SCOPE}", "+"]


def clear_bare_scopes(relations: dict[str, Any], item: Item) -> None:
    """Take out the ends of relations that are a scope with nothing behind it."""
    scope = item.get(SCOPE)
    if scope is None:
        return
    for name, ends in relations.items():
        if ends == scope:
            relations[name] = None
        elif isinstance(ends, list) and scope in ends:
            relations[name] = [end for end in ends if end != scope]
