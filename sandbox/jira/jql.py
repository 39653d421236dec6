"""Read JQL and turn it into a condition and an order.

Grammar: `clause ((AND | OR) clause)* [ORDER BY field [ASC|DESC], …]`, where a clause is
`NOT clause`, `(…)`, or `field operator operand`. Whatever Jira refuses is a JqlError
with Jira's words.
"""

import re
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NoReturn

from sandbox.company import Item

MOST_ORDER_FIELDS = 7
OPERATORS = ("=", "!=", ">", "<", ">=", "<=", "~", "!~", "in", "is")
_TOKEN = re.compile(
    r"""\s*(?:
        (?P<quoted>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')
      | (?P<plain>>=|<=|!=|!~|[=~<>(),]|[^\s()=!<>~,"']+)
      | (?P<reserved>\S)
    )""",
    re.VERBOSE,
)


class JqlError(Exception):
    """JQL that Jira refuses; the message is Jira's."""


@dataclass(frozen=True)
class Token:
    """A word, a sign or a value in JQL; a quoted number is a text."""

    text: str
    quoted: bool = False


@dataclass(frozen=True)
class Condition:
    """What an issue has to be like; `only` are ids beyond which nothing can fit."""

    fits: Callable[[Item], bool]
    only: frozenset[str] | None = None


# Returns the condition of one clause: field, operator, operands.
type Compare = Callable[[str, str, list[Token]], Condition]


@dataclass(frozen=True)
class Query:
    """What JQL selects and how it is ordered: pairs of field and descending."""

    condition: Condition
    order: list[tuple[str, bool]]


def parse(jql: str, compare: Compare) -> Query:
    """Return the query; `compare` knows fields and values, this module the grammar."""
    return _Parser(deque(_tokens(jql)), compare).query()


def _tokens(jql: str) -> Iterator[Token]:
    for match in _TOKEN.finditer(jql.rstrip()):
        if match["reserved"]:
            raise JqlError(
                f"Error in the JQL Query: The character '{match['reserved']}' is a"
                f" reserved JQL character. (line 1, character {match.end()})"
            )
        if match["quoted"]:
            yield Token(re.sub(r"\\(.)", r"\1", match["quoted"][1:-1]), quoted=True)
        else:
            yield Token(match["plain"])


@dataclass
class _Parser:
    """Take tokens from the left, by one method for each rule of the grammar."""

    tokens: deque[Token]
    compare: Compare

    def query(self) -> Query:
        if not self.tokens or (self._is_next("ORDER") and self._is_next("BY", ahead=1)):
            raise JqlError(
                "Unbounded JQL queries are not allowed here. Please add a search"
                " restriction to your query."
            )
        condition, order = self._any(), self._order()
        if self.tokens:
            self._refuse("either 'OR' or 'AND'", self._take())
        return Query(condition, order)

    def _is_next(self, *words: str, ahead: int = 0) -> bool:
        """Tell whether a coming token is one of these words; quoted text is no word."""
        if ahead >= len(self.tokens):
            return False
        token = self.tokens[ahead]
        return not token.quoted and token.text.upper() in words

    def _take(self) -> Token:
        if not self.tokens:
            raise JqlError(
                "Error in the JQL Query: Expecting either a value, list or function"
                " before the end of the query."
            )
        return self.tokens.popleft()

    def _take_if(self, *words: str) -> bool:
        """Take the next token and return True if it is one of these words."""
        return self._is_next(*words) and bool(self._take())

    def _expect(self, word: str) -> None:
        if not self._take_if(word):
            self._refuse(f"'{word}'", self._take())

    def _refuse(self, expected: str, token: Token) -> NoReturn:
        raise JqlError(
            f"Error in the JQL Query: Expecting {expected} but got '{token.text}'."
        )

    def _any(self) -> Condition:
        parts = [self._all()]
        while self._take_if("OR", "||"):
            parts.append(self._all())
        if len(parts) == 1:
            return parts[0]
        return Condition(lambda issue: any(part.fits(issue) for part in parts))

    def _all(self) -> Condition:
        parts = [self._clause()]
        while self._take_if("AND", "&&"):
            parts.append(self._clause())
        if len(parts) == 1:
            return parts[0]
        only = next((part.only for part in parts if part.only), None)
        return Condition(lambda issue: all(part.fits(issue) for part in parts), only)

    def _clause(self) -> Condition:
        if self._take_if("NOT"):
            inner = self._clause()
            return Condition(lambda issue: not inner.fits(issue))
        if self._take_if("("):
            inner = self._any()
            self._expect(")")
            return inner
        name, operator = self._take().text, self._operator()
        if operator in ("in", "not in"):
            return self.compare(name, operator, self._list())
        return self.compare(name, operator, [self._value()])

    def _operator(self) -> str:
        token = self._take()
        sign = token.text.lower()
        if sign == "not" and self._take_if("IN"):
            return "not in"
        if sign == "is" and self._take_if("NOT"):
            return "is not"
        if sign not in OPERATORS:
            self._refuse("operator", token)
        return sign

    def _list(self) -> list[Token]:
        # A function brings a list, so it stands without brackets.
        if self._is_next("(", ahead=1):
            return [self._value()]
        self._expect("(")
        values = [self._value()]
        while self._take_if(","):
            values.append(self._value())
        self._expect(")")
        return values

    def _value(self) -> Token:
        token = self._take()
        if not token.quoted and token.text in ("(", ")", ",", "="):
            self._refuse("either a value, list or function", token)
        if token.quoted or not self._take_if("("):
            return token
        arguments = ""
        while not self._take_if(")"):
            arguments += self._take().text
        return Token(f"{token.text}({arguments})")

    def _order(self) -> list[tuple[str, bool]]:
        order: list[tuple[str, bool]] = []
        if not self._take_if("ORDER"):
            return order
        self._expect("BY")
        while not order or self._take_if(","):
            name = self._take().text.lower()
            order.append((name, self._is_next("DESC")))
            self._take_if("ASC", "DESC")
        if len(order) > MOST_ORDER_FIELDS:
            raise JqlError(
                f"The maximum number of order by fields is {MOST_ORDER_FIELDS}."
            )
        return order
