"""Read JQL and turn it into a predicate and an order.

Grammar: `clause ((AND | OR) clause)* [ORDER BY field [ASC|DESC], …]`, where a clause is
`NOT clause`, `(…)`, or `field operator operand`. Whatever Jira refuses is a JqlError
with Jira's words.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from sandbox.company import Item

type Predicate = Callable[[Item], bool]
# Returns the predicate of one clause: field, operator, operands.
type Compare = Callable[[str, str, list["Operand"]], Predicate]

MOST_ORDER_FIELDS = 7
_TOKEN = re.compile(
    r"""\s*(?:
        (?P<quoted>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')
      | (?P<sign>>=|<=|!=|!~|[=~<>(),])
      | (?P<word>[^\s()=!<>~,"']+)
    )""",
    re.VERBOSE,
)


class JqlError(Exception):
    """JQL that Jira refuses; the message is Jira's."""


@dataclass(frozen=True)
class Operand:
    """A value in JQL; a quoted number is a text."""

    text: str
    quoted: bool = False


@dataclass(frozen=True)
class Query:
    """What JQL selects and how it is ordered: pairs of field and descending."""

    matches: Predicate
    bounded: bool
    order: tuple[tuple[str, bool], ...]
    # Ids of issues that the query names.
    named: tuple[str, ...] = ()


@dataclass
class _Tokens:
    """Read tokens one after the other."""

    items: list[Operand] = field(default_factory=list)
    at: int = 0

    def peek(self, ahead: int = 0) -> str:
        """Return a coming word in upper case, "" at the end; quoted text is no word."""
        position = self.at + ahead
        if position >= len(self.items) or self.items[position].quoted:
            return ""
        return self.items[position].text.upper()

    def take(self, expected: str = "") -> Operand:
        """Return the next token; raise JqlError if it is missing or another."""
        if self.at >= len(self.items):
            raise JqlError(
                "Error in the JQL Query: Expecting either a value, list or function"
                " before the end of the query."
            )
        token = self.items[self.at]
        if expected and (token.quoted or token.text.upper() != expected):
            raise JqlError(
                f"Error in the JQL Query: Expecting '{expected}' but got"
                f" '{token.text}'. (line 1, character {self.at + 1})"
            )
        self.at += 1
        return token

    @property
    def done(self) -> bool:
        """Whether nothing is left."""
        return self.at >= len(self.items)


def _tokenize(jql: str) -> _Tokens:
    tokens, at = _Tokens(), 0
    text = jql.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise JqlError(
                f"Error in the JQL Query: The character '{text[at:].strip()[:1]}' is a"
                f" reserved JQL character. (line 1, character {at + 1})"
            )
        quoted = match["quoted"]
        if quoted:
            value = re.sub(r"\\(.)", r"\1", quoted[1:-1])
            tokens.items.append(Operand(value, quoted=True))
        else:
            tokens.items.append(Operand(match["sign"] or match["word"]))
        at = match.end()
    return tokens


def parse(jql: str, compare: Compare) -> Query:
    """Return the query; `compare` knows fields and values, this module the grammar."""
    tokens = _tokenize(jql)
    bounded = not tokens.done and not (
        tokens.peek() == "ORDER" and tokens.peek(1) == "BY"
    )
    matches: Predicate = lambda issue: True  # noqa: E731
    if bounded:
        matches = _any(tokens, compare)
    order = _order(tokens)
    if not tokens.done:
        token = tokens.take()
        raise JqlError(
            f"Error in the JQL Query: Expecting either 'OR' or 'AND' but got"
            f" '{token.text}'. (line 1, character {tokens.at})"
        )
    return Query(matches, bounded, order)


def _any(tokens: _Tokens, compare: Compare) -> Predicate:
    parts = [_all(tokens, compare)]
    while tokens.peek() in ("OR", "||"):
        tokens.take()
        parts.append(_all(tokens, compare))
    return parts[0] if len(parts) == 1 else lambda i: any(part(i) for part in parts)


def _all(tokens: _Tokens, compare: Compare) -> Predicate:
    parts = [_clause(tokens, compare)]
    while tokens.peek() in ("AND", "&&"):
        tokens.take()
        parts.append(_clause(tokens, compare))
    return parts[0] if len(parts) == 1 else _Every(parts)


class _Every:
    """Matches what all parts match."""

    def __init__(self, parts: list[Predicate]) -> None:
        self._parts = parts
        self.only = next(filter(None, map(only_ids, parts)), None)

    def __call__(self, issue: Item) -> bool:
        return all(part(issue) for part in self._parts)


class OneOf:
    """Matches some issues that are named by their ids."""

    def __init__(self, ids: Iterable[str]) -> None:
        self.only = frozenset(ids)

    def __call__(self, issue: Item) -> bool:
        return issue["id"] in self.only


def only_ids(matches: Predicate) -> frozenset[str] | None:
    """Return ids beyond which nothing can match, so that nobody needs to look."""
    ids: frozenset[str] | None = getattr(matches, "only", None)
    return ids


def _clause(tokens: _Tokens, compare: Compare) -> Predicate:
    if tokens.peek() == "NOT":
        tokens.take()
        inner = _clause(tokens, compare)
        return lambda issue: not inner(issue)
    if tokens.peek() == "(":
        tokens.take()
        inner = _any(tokens, compare)
        tokens.take(")")
        return inner
    name = tokens.take()
    operator = _operator(tokens)
    return compare(name.text, operator, _operands(tokens, operator))


def _operator(tokens: _Tokens) -> str:
    sign = tokens.take().text.lower()
    if sign == "not" and tokens.peek() == "IN":
        tokens.take()
        return "not in"
    if sign == "is" and tokens.peek() == "NOT":
        tokens.take()
        return "is not"
    if sign not in ("=", "!=", ">", "<", ">=", "<=", "~", "!~", "in", "is"):
        raise JqlError(
            f"Error in the JQL Query: Expecting operator but got '{sign}'. The valid"
            " operators are '=', '!=', '<', '>', '<=', '>=', '~', '!~', 'IN', 'NOT IN',"
            f" 'IS' and 'IS NOT'. (line 1, character {tokens.at})"
        )
    return sign


def _operands(tokens: _Tokens, operator: str) -> list[Operand]:
    # A function brings the list that `in` wants, so it stands without brackets.
    if operator not in ("in", "not in") or tokens.peek(1) == "(":
        return [_value(tokens)]
    tokens.take("(")
    values = [_value(tokens)]
    while tokens.peek() == ",":
        tokens.take()
        values.append(_value(tokens))
    tokens.take(")")
    return values


def _value(tokens: _Tokens) -> Operand:
    token = tokens.take()
    if not token.quoted and token.text in ("(", ")", ",", "="):
        raise JqlError(
            "Error in the JQL Query: Expecting either a value, list or function but got"
            f" '{token.text}'. (line 1, character {tokens.at})"
        )
    if tokens.peek() == "(" and not token.quoted:
        # A function: its name and, where it has any, its arguments.
        arguments: list[Any] = [tokens.take().text]
        while tokens.peek() != ")":
            arguments.append(tokens.take().text)
        arguments.append(tokens.take(")").text)
        return Operand(token.text + "".join(arguments))
    return token


def _order(tokens: _Tokens) -> tuple[tuple[str, bool], ...]:
    if tokens.done or tokens.peek() != "ORDER":
        return ()
    tokens.take()
    tokens.take("BY")
    order = []
    while True:
        name = tokens.take().text
        descending = tokens.peek() == "DESC"
        if tokens.peek() in ("ASC", "DESC"):
            tokens.take()
        order.append((name.lower(), descending))
        if tokens.peek() != ",":
            break
        tokens.take()
    if len(order) > MOST_ORDER_FIELDS:
        raise JqlError(f"The maximum number of order by fields is {MOST_ORDER_FIELDS}.")
    return tuple(order)
