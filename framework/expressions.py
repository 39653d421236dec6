"""Find which parts of an item a mapping's expressions read, to request no others.

An expression that might read anything else counts as reading everything: only what
starts from a plain path, such as `.fields.labels | map(ascii_downcase)`, is understood.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from typing import Any

from port_ocean.core.handlers.entity_processor.jq_entity_processor_sync import (
    JQEntityProcessorSync,
)

# These neither read the whole item nor hand it on.
KEYWORDS = {"and", "or", "null", "true", "false", "empty"}
HANDS_ON = {"word", "recurse", "assign", "close"}
# What ends a part of a condition.
CONDITION = {"then", "elif", "else", "end"}
CLOSING = {"(": ")", "[": "]", "{": "}"}
_TOKEN = re.compile(
    r"""(?P<blank>\s+|\#[^\n]*)
    |(?P<field>\.(?:[A-Za-z_]\w*|"(?:\\.|[^"\\])*"))
    |(?P<recurse>\.\.)
    |(?P<number>\d+(?:\.\d+)?)
    |(?P<dot>\.)
    |(?P<text>"(?:\\.|[^"\\])*")
    |(?P<variable>\$\w+)
    |(?P<word>@?[A-Za-z_]\w*(?:::\w+)*)
    |(?P<open>[(\[{])
    |(?P<close>[)\]}])
    |(?P<assign>(?:\||//|[-+*/%])=|(?<![=!<>])=(?!=))
    |(?P<pipe>\|)
    |(?P<operator>==|!=|<=|>=|//|[-+*/%<>,:;?])""",
    re.VERBOSE | re.ASCII,
)
# What an index or a field may follow.
TERMS = {"field", "close", "variable", "text", "optional"}
_INTERPOLATED = re.compile(r'\\\(([^()"\\]*)\)')

type Token = tuple[str, str]
# The first two names of each path from the item; one where nothing narrower is known.
type Paths = set[tuple[str, ...]]


class ReadsEverything(Exception):
    """Raised where an expression may read any field."""


def paths_read(expressions: Iterable[str]) -> Paths | None:
    """Return the paths that some expressions read, None if it may be anything."""
    found: Paths = set()
    try:
        for expression in expressions:
            found |= _Reader(formatted(expression)).read()
    except ReadsEverything:
        return None
    return found


@lru_cache(4096)  # the expressions of a mapping are the same for all its items
def formatted(expression: str) -> str:
    """Return an expression as the framework gives it to jq, with double quotes."""
    text: str = JQEntityProcessorSync._format_filter(expression)
    return text


def reads_any(mapped: Any, keys: Collection[str]) -> bool:
    """Return whether a part of a mapping may read one of these keys of an item.

    A key of something in it has dots: `item.id`.
    """
    return any(_may_read(text, key) for text in expressions_in(mapped) for key in keys)


@lru_cache(4096)  # the expressions of a mapping are the same for all its items
def _may_read(expression: str, key: str) -> bool:
    paths, own = paths_read([expression]), tuple(key.split("."))
    return paths is None or any(path[: len(own)] == own[: len(path)] for path in paths)


def reduced(item: dict[str, Any], paths: Paths) -> dict[str, Any]:
    """Return what these paths lead to, and nothing else of the item."""
    kept: dict[str, Any] = {}
    for name, *narrower in sorted(paths):  # the shorter path first, which is all of it
        part = item.get(name)
        if not narrower or not isinstance(part, dict):
            if name in item:
                kept[name] = part
        elif kept.get(name) is not part:
            within = kept.setdefault(name, {})
            if narrower[0] in part:
                within[narrower[0]] = part[narrower[0]]
    return kept


def expressions_in(mapping: Any) -> Iterator[str]:
    """Yield every expression of a mapping, however deep."""
    if isinstance(mapping, str):
        yield mapping
    elif isinstance(mapping, dict | list):
        parts = mapping.values() if isinstance(mapping, dict) else mapping
        for part in parts:
            yield from expressions_in(part)


class _Reader:
    """Walks over one expression, as far as `.` is still the item."""

    def __init__(self, expression: str) -> None:
        self._tokens = list(tokens(expression))
        self._next = 0
        self._found: Paths = set()

    def read(self) -> Paths:
        self._expression({""})
        return self._found

    def _take(self) -> Token:
        if self._next > len(self._tokens):
            raise ReadsEverything  # something is not closed
        token = self._peek()
        self._next += 1
        return token

    def _peek(self) -> Token:
        return self._tokens[self._next] if self._next < len(self._tokens) else ("", "")

    def _expression(self, closing: Collection[str], at_root: bool = True) -> str:
        """Read up to a token that closes, and return that."""
        outside, before, brace = at_root, "", "}" in closing
        is_key = brace
        while True:
            sort, text = self._take()
            if is_key and sort in ("word", "text"):
                self._key(text)
            elif text in closing:
                return text
            elif sort == "pipe":
                at_root = False
            elif brace and text in (",", ":"):
                at_root, is_key = outside, text == ","
            elif sort == "open" or text == "if":
                self._nested(text, at_root)
                sort = "close"
            elif at_root:
                self._root(sort, text, before)
            before = "optional" if text == "?" else sort

    def _key(self, text: str) -> None:
        """Pass the key of an object; `{key}` is short for `{key: .key}`."""
        if self._peek() != ("operator", ":"):
            raise ReadsEverything
        self._interpolations(text)

    def _nested(self, opening: str, at_root: bool) -> None:
        """Read what is in brackets, or a condition, whose parts have one input."""
        if opening != "if":
            self._expression({CLOSING[opening]}, at_root)
            return
        part, has_else = opening, False
        while part != "end":
            part = self._expression(CONDITION, at_root)
            has_else |= part == "else"
        if at_root and not has_else:
            raise ReadsEverything  # without an else it hands the item on

    def _root(self, sort: str, text: str, before: str) -> None:
        """Read one token whose input is the item."""
        if sort == "field" and before not in TERMS:
            self._path(name_in(text))
        elif sort == "dot" and before not in TERMS:
            self._path(self._index())
        elif sort == "text":
            self._interpolations(text)
        elif sort == "word" and text == "as":
            self._binding()
        elif sort in HANDS_ON and text not in KEYWORDS:
            raise ReadsEverything

    def _path(self, name: str) -> None:
        """Note the first two names of a path from the item."""
        if self._peek() == ("operator", "?"):
            self._take()
        sort, text = self._peek()
        if sort == "field":
            self._found.add((name, name_in(text)))
        elif self._is_index():
            self._found.add((name, self._index()))
        else:
            self._found.add((name,))

    def _is_index(self) -> bool:
        ahead = self._tokens[self._next : self._next + 3]
        shape = [ahead[0][1], ahead[1][0], ahead[2][1]] if len(ahead) == 3 else []
        return shape == ["[", "text", "]"]

    def _index(self) -> str:
        """Return the name in `["name"]`."""
        if not self._is_index():
            raise ReadsEverything
        self._next += 3
        return name_in(self._tokens[self._next - 2][1])

    def _binding(self) -> None:
        """Pass `as $name |`, after which the input is still the item."""
        if [self._take()[0], self._take()[0]] != ["variable", "pipe"]:
            raise ReadsEverything

    def _interpolations(self, text: str) -> None:
        inner = _INTERPOLATED.findall(text)
        if len(inner) != text.count("\\("):
            raise ReadsEverything
        for expression in inner:
            self._found |= _Reader(expression).read()


def tokens(expression: str) -> Iterator[Token]:
    """Yield sort and text of each token; raises ReadsEverything for what is none."""
    position = 0
    while position < len(expression):
        match = _TOKEN.match(expression, position)
        if match is None:
            raise ReadsEverything
        position = match.end()
        if match.lastgroup and match.lastgroup != "blank":
            yield match.lastgroup, match.group()


def name_in(text: str) -> str:
    """Return the name in `.name`, `."name"` or `"name"`; raises ReadsEverything."""
    name = text.removeprefix(".").strip('"')
    if "\\" in name:
        raise ReadsEverything
    return name
