"""What single expressions of a mapping give, by the framework's own rules for jq."""

import re
from typing import Any

from core.types import Item
from framework.expressions import formatted
from framework.jq_guest import guest
from framework.plain import outputs, plain
from framework.plain_steps import Odd


async def evaluate(expression: Any, item: Item) -> Any:
    """Return the first output of an expression of a mapping, None if it has none."""
    if not isinstance(expression, str):
        return None
    text = formatted(expression)
    if function := plain(text):
        try:
            return next(iter(outputs(function, item)), None)
        except Odd:
            pass
    (answer,) = await guest().run([text], [item])
    found = None if isinstance(answer, str) else answer[0]
    return next(iter(found or ()), None)


async def explain(query: str, item: Item) -> str:
    """Return why an expression has no output: jq's error, if there is one."""
    caught = await evaluate(f"try (({query}\n) | empty) catch tostring", item)
    if caught:
        return str(caught)
    await guest().run([formatted(query)], [item])
    return f"{query!r} {problem_of(query) or 'gives nothing'}"


def problem_of(expression: Any) -> str | None:
    """Return what is wrong with an expression that has been evaluated and is no jq."""
    known = guest().problems
    if not known or not isinstance(expression, str):
        return None
    problem = known.get(formatted(expression))
    return f"is no jq: {in_short(problem)}" if problem else None


def in_short(problem: str) -> str:
    """Return the first words of what jq complains of."""
    first = problem.removeprefix("jq: error: ").split("\n")[0]
    return first.partition(" at <top-level>")[0]


def literal_of(expression: str) -> str | None:
    """Return the text of an expression that is one, None if it depends on the item.

    A backslash begins an interpolation, `"issue_\\(.type)"`, which is no literal.
    """
    literal = re.fullmatch(r'"([^"\\]+)"', formatted(expression).strip())
    return literal[1] if literal else None
