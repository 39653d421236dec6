"""Evaluate the plain expressions of a mapping in Python, exactly as jq does.

Most expressions of most mappings are plain: a path, a literal, `.a // "none"`, texts
added up (`.a + .b`), a comparison, a choice between such, `| tostring`,
`| select(. != "")`, and a list of all these (`[.a[]?.id | tostring]`). jq's own cost is
in handing items over, some 10 µs for each expression. Whatever is not known here for
certain is left to jq: an expression that has no `plain` function, and a value for which
that function raises `Odd`.

https://jqlang.org/manual/
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from core.types import Item
from framework.expressions import ReadsEverything, Token, name_in, tokens
from framework.plain_steps import (
    EXACT,
    Dropped,
    Failed,
    Odd,
    Plain,
    added,
    as_jq_has_it,
    collected,
    compared,
    dropped,
    first_true,
    is_true,
    known_or,
    parts_of,
    path,
    text_of,
    unless,
)

LITERALS = {"null": None, "true": True, "false": False}
COMPARISONS = {"==": True, "!=": False}
PIPE, END = ("pipe", "|"), ("", "")


class _NotPlain(Exception):
    """Raised where an expression has anything that is not known here."""


@lru_cache(4096)  # the expressions of a mapping are the same for all its items
def plain(expression: str) -> Plain | None:
    """Return what evaluates an expression, None if jq has to.

    `expression` is formatted, as jq takes it. See `outputs` for how to call the result.
    """
    try:
        return _Parser(list(tokens(expression))).whole()
    except (_NotPlain, ReadsEverything):
        return None


def outputs(evaluate: Plain, item: Item) -> list[Any]:
    """Return the first output for an item, or nothing; raises Odd."""
    try:
        return [as_jq_has_it(evaluate(item))]
    except (Failed, Dropped):
        return []
    except RecursionError:
        raise Odd from None


class _Parser:
    """Reads an expression from the loosest to the tightest binding."""

    def __init__(self, found: Sequence[Token]) -> None:
        self._tokens = found
        self._next = 0

    def whole(self) -> Plain:
        value = self._guard() or self._stages(self._alternatives())
        self._expect(END)
        return value

    def _peek(self, ahead: int = 0) -> Token:
        place = self._next + ahead
        return self._tokens[place] if place < len(self._tokens) else END

    def _take(self, *wanted: str) -> bool:
        """Pass these tokens if they come next."""
        if [self._peek(n)[1] for n in range(len(wanted))] != list(wanted):
            return False
        self._next += len(wanted)
        return True

    def _expect(self, token: Token) -> None:
        if self._peek() != token:
            raise _NotPlain
        self._next += 1

    def _stages(self, value: Plain) -> Plain:
        while self._peek() == PIPE:
            self._next += 1
            if self._take("tostring"):
                value = text_of(value)
            elif self._take("select", "(", ".", "!="):
                value = unless(value, self._literal())
                self._expect(("close", ")"))
            else:
                raise _NotPlain
        return value

    def _alternatives(self) -> Plain:
        values = [self._comparison()]
        while self._take("//"):
            values.append(self._comparison())
        return values[0] if len(values) == 1 else first_true(values)

    def _comparison(self) -> Plain:
        left = self._sum()
        for operator, expected in COMPARISONS.items():
            if self._take(operator):
                return compared(left, self._sum(), expected)
        return left

    def _sum(self) -> Plain:
        value = self._term()
        while self._take("+"):
            value = added(value, self._term())
        return value

    def _term(self) -> Plain:
        if self._take("("):
            value = self._stages(self._alternatives())
            self._expect(("close", ")"))
            return value
        if self._take("empty"):
            return dropped
        if self._take("if"):
            return self._choice()
        if self._peek()[1] == "[":
            return self._collected()
        if self._peek()[0] in ("field", "dot"):
            return path(self._names())
        literal = self._literal()
        return lambda item: literal

    def _choice(self) -> Plain:
        cases = [self._case()]
        while self._take("elif"):
            cases.append(self._case())
        self._expect(("word", "else"))
        otherwise = self._alternatives()
        self._expect(("word", "end"))

        def chosen(item: Any) -> Any:
            found = (then for condition, then in cases if is_true(condition(item)))
            return next(found, otherwise)(item)

        return chosen

    def _case(self) -> tuple[Plain, Plain]:
        condition = self._alternatives()
        self._expect(("word", "then"))
        return condition, self._alternatives()

    def _collected(self) -> Plain:
        """Read `[.a[]?.b | tostring]`, also as `[.c + (.a[]?.b | tostring)]`."""
        self._expect(("open", "["))
        source, before, closing = path(self._names()), None, ["]"]
        if self._take("+"):
            closing = [")", "]"] if self._take("(") else closing
            source, before = path(self._names()), source
        self._must("[", "]")
        parts = parts_of(source, is_optional=self._take("?"))
        each = path(self._names() if self._peek()[0] == "field" else [])
        if before is None or ")" in closing:
            each = self._stages(each)
        self._must(*closing)
        return collected(parts, each, before)

    def _guard(self) -> Plain | None:
        """Read `.a as $x | if ["b", "c"] | index($x) then $x else "d" end`."""
        variable = next((text for sort, text in self._tokens if sort == "variable"), "")
        if not variable:
            return None
        value = path(self._names())
        self._must("as", variable, "|", "if", "[")
        known = [self._literal()]
        while self._take(","):
            known.append(self._literal())
        self._must("]", "|", "index", "(", variable, ")", "then", variable, "else")
        otherwise = self._literal()
        self._must("end")
        return known_or(value, known, otherwise)

    def _must(self, *wanted: str) -> None:
        if not self._take(*wanted):
            raise _NotPlain

    def _names(self) -> list[str]:
        """Read a path: `.a.b`, `.["a"]`, `.a["b"]`."""
        names: list[str] = []
        while True:
            sort, text = self._peek()
            before = 1 if sort == "dot" and not names else 0
            if sort == "field":
                self._next += 1
            elif (names or before) and self._is_index(before):
                self._next += 3 + before
                text = self._peek(-2)[1]
            else:
                break
            names.append(name_in(text))
        if not names:
            raise _NotPlain
        return names

    def _is_index(self, ahead: int = 0) -> bool:
        opening, name, closing = (self._peek(ahead + n) for n in range(3))
        return (opening[1], name[0], closing[1]) == ("[", "text", "]")

    def _literal(self) -> Any:
        sort, text = self._peek()
        self._next += 1
        if sort == "text" and "\\" not in text:
            return text[1:-1]
        if sort == "word" and text in LITERALS:
            return LITERALS[text]
        if sort == "number" and text.isdigit() and int(text) < EXACT:
            return int(text)
        raise _NotPlain
