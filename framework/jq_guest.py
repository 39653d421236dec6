"""Run jq in a process of its own, which is ended if an expression takes too long.

An expression of a mapping is a guest: it sees an item and nothing of this process. What
it costs is an item's value, not other work.
"""

import atexit
import json
import os
from collections import Counter
from collections.abc import Sequence
from time import monotonic
from typing import Any, Protocol

from loguru import logger
from port_ocean.core.utils.json_compat import make_json_compatible

from core.types import Item
from framework.environment import is_environment_open
from framework.jq_process import JqProcess
from framework.jq_worker import CPU_SECONDS

# Enough for what a request costs besides (0.1 ms) to be little for each item.
ITEMS_PER_REQUEST = 50
# An item may be odd; an expression that fails for so many is not asked for a while.
CHANCES = 3
GIVEN_UP_SECONDS = 3600.0

# The first output or nothing; None if that took too long.
type Output = list[Any] | None
# What the expressions give for an item, or why the item is none.
type Answer = list[Output] | str


class GivenUp(Exception):
    """Raised for an item whose entity depends on what was given up."""


class Link(Protocol):
    """The way to a worker."""

    async def ask(self, *messages: bytes) -> bytes | None:
        """Return the reply, None if the worker was ended instead."""

    def close(self) -> None:
        """End the worker, whatever it does."""


class JqGuest:
    """Evaluates expressions that only jq understands, and gives some of them up."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._failures: Counter[str] = Counter()
        self._given_up: dict[str, float] = {}
        self._named: set[str] = set()
        # Expressions that don't compile, and why, in jq's own words.
        self.problems: dict[str, str] = {}

    async def run(self, expressions: Sequence[str], items: list[Item]) -> list[Answer]:
        """Return what formatted expressions give for each item, in their order.

        Raises RuntimeError if the process that runs jq can't be started.
        """
        answers: list[Answer] = []
        for start in range(0, len(items), ITEMS_PER_REQUEST):
            part = items[start : start + ITEMS_PER_REQUEST]
            answers += await self._run_part(expressions, part)
        return answers

    async def _run_part(
        self, expressions: Sequence[str], items: list[Item]
    ) -> list[Answer]:
        wanted = [text for text in expressions if not self._is_given_up(text)]
        if not wanted:
            return [[None for _ in expressions] for _ in items]
        is_single = len(wanted) == len(items) == 1
        found = None if is_single else await self._ask(wanted, items)
        if found is None:
            return [await self._singly(expressions, item) for item in items]
        return [
            answer if isinstance(answer, str) else _placed(expressions, wanted, answer)
            for answer in found
        ]

    async def _singly(self, expressions: Sequence[str], item: Item) -> Answer:
        """Find out which expression can't be evaluated for an item."""
        outputs: list[Output] = []
        for text in expressions:
            if self._is_given_up(text):
                outputs.append(None)
                continue
            found = await self._ask([text], [item])
            if found is None:
                self._fail(text)
                outputs.append(None)
            elif isinstance(found[0], str):
                return found[0]
            else:
                outputs += found[0]
        return outputs

    async def _ask(self, wanted: list[str], items: list[Item]) -> list[Answer] | None:
        messages = [json.dumps(wanted), "\n".join(map(_text_of, items))]
        reply = await self._link.ask(*(message.encode() for message in messages))
        if reply is None:
            return None
        answers, problems = json.loads(reply)
        self.problems |= problems
        for text, problem in problems.items():
            self._name(text, f"is no jq: {problem}")
        found: list[Answer] = answers
        return found

    def close(self) -> None:
        """End the worker."""
        self._link.close()

    def _fail(self, text: str) -> None:
        self._failures[text] += 1
        if self._failures[text] >= CHANCES:
            self._given_up[text] = monotonic() + GIVEN_UP_SECONDS
            self._named.discard(text)
            self._name(text, f"is given up for an hour: {limits()}")

    def _is_given_up(self, text: str) -> bool:
        until = self._given_up.get(text)
        if until is not None and monotonic() > until:
            del self._given_up[text], self._failures[text]
            return False
        return until is not None

    def _name(self, text: str, what: str) -> None:
        if text not in self._named:
            self._named.add(text)
            logger.warning(f"The expression {text!r} {what}")


def limits() -> str:
    """Say why an expression is given up."""
    return f"it takes more than {CPU_SECONDS:g} s or too much memory"


def _placed(
    expressions: Sequence[str], wanted: list[str], outputs: list[Output]
) -> list[Output]:
    if len(wanted) == len(expressions):
        return outputs
    found = dict(zip(wanted, outputs, strict=True))
    return [found.get(text) for text in expressions]


def _text_of(item: Item) -> str:
    try:
        return json.dumps(item)
    except TypeError:
        return json.dumps(make_json_compatible(item))


# By process: a forked one has the objects of the other, but not its threads.
_GUESTS: dict[int, JqGuest] = {}


def guest() -> JqGuest:
    """Return the one of this process."""
    if os.getpid() not in _GUESTS:
        use_guest(JqGuest(JqProcess(environment=is_environment_open())))
        atexit.register(end_guest)
    return _GUESTS[os.getpid()]


def use_guest(own: JqGuest) -> None:
    """Have this process use another one."""
    end_guest()
    _GUESTS[os.getpid()] = own


def end_guest() -> None:
    """End the worker of this process, if it has one."""
    if own := _GUESTS.pop(os.getpid(), None):
        own.close()
