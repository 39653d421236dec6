"""What jq makes of values, for the steps of which plain expressions consist.

Each step is a function of an item; what is made of other steps calls them.

https://jqlang.org/manual/
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

# Up to here jq, whose numbers are all floating-point, tells all integers apart.
EXACT = 2**53

type Plain = Callable[[Any], Any]


class Odd(Exception):
    """Raised where only jq knows what becomes of a value."""


class Failed(Exception):
    """Raised where jq raises an error."""


class Dropped(Exception):
    """Raised where jq has no output."""


def path(names: list[str]) -> Plain:
    """Evaluate `.a.b`."""

    def walk(item: Any) -> Any:
        value = item
        for name in names:
            if value is None:
                return None
            if not isinstance(value, dict):
                raise Failed
            value = value.get(name)
        return value

    return walk


def as_jq_has_it(value: Any) -> Any:
    """Return a copy of a value as jq gives it back; raises Odd."""
    if isinstance(value, str):
        if not value.isascii() and any("\ud800" <= c <= "\udfff" for c in value):
            raise Odd
        return value
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        if not -EXACT < value < EXACT:
            raise Odd
        return int(value) if value == int(value) else value
    if isinstance(value, list):
        return [as_jq_has_it(part) for part in value]
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {as_jq_has_it(k): as_jq_has_it(v) for k, v in value.items()}
    raise Odd


def dropped(item: Any) -> Any:
    """Evaluate `empty`."""
    raise Dropped


def is_true(value: Any) -> bool:
    """Return whether jq takes a value for true."""
    return value is not None and value is not False


def is_equal(left: Any, right: Any) -> bool:
    """Compare two values of which one at least holds no others; raises Odd."""
    if type(left) is type(right) is str:
        return left == right
    kinds = _kind(left), _kind(right)
    if kinds == (list, list):
        raise Odd
    return kinds[0] == kinds[1] and bool(left == right)


def _kind(value: Any) -> type:
    """Return what jq tells apart, though Python does not, or the other way round."""
    if isinstance(value, list | dict):
        return list
    if isinstance(value, int | float) and not isinstance(value, bool):
        if not -EXACT < value < EXACT:
            raise Odd
        return float
    if not isinstance(value, str | bool | None):
        raise Odd
    return type(value)


def first_true(values: list[Plain]) -> Plain:
    """Evaluate `a // b`."""
    *others, last = values

    def found(item: Any) -> Any:
        for value in others:
            try:
                output = value(item)
            except Dropped:
                continue
            except Failed:
                raise Odd from None  # some versions of jq go on, others don't
            if is_true(output):
                return output
        return last(item)

    return found


def compared(left: Plain, right: Plain, expected: bool) -> Plain:
    """Evaluate `a == b`, or `a != b` if equal values are not expected."""

    def is_so(item: Any) -> bool:
        other = right(item)  # jq begins here, too
        return is_equal(left(item), other) is expected

    return is_so


def plus(left: Any, right: Any) -> Any:
    """Add two texts, of which either may be null; raises Odd."""
    if isinstance(left, str) and isinstance(right, str):
        return left + right
    if left is None or right is None:
        return right if left is None else left
    if _kind(left) is _kind(right):
        raise Odd  # jq has rules of its own for numbers, lists and objects
    raise Failed


def added(left: Plain, right: Plain) -> Plain:
    """Evaluate `left + right`."""

    def total(item: Any) -> Any:
        more = right(item)  # jq begins here, too
        return plus(left(item), more)

    return total


def unless(value: Plain, unwanted: Any) -> Plain:
    """Evaluate `value | select(. != unwanted)`."""

    def kept(item: Any) -> Any:
        output = value(item)
        if is_equal(output, unwanted):
            raise Dropped
        return output

    return kept


def text_of(value: Plain) -> Plain:
    """Evaluate `value | tostring`; jq writes a number as it was given."""

    def text(item: Any) -> str:
        output = value(item)
        if isinstance(output, str):
            return output
        if type(output) is int:
            return str(output)
        raise Odd

    return text


def parts_of(source: Plain, is_optional: bool) -> Plain:
    """Evaluate `source[]`, or `source[]?`, which takes what is no list for empty."""

    def parts(item: Any) -> list[Any]:
        found = source(item)
        if isinstance(found, list):
            return found
        if isinstance(found, dict):
            raise Odd  # jq has an order of its own
        if not is_optional:
            raise Failed
        return []

    return parts


def collected(parts: Plain, each: Plain, before: Plain | None) -> Plain:
    """Evaluate `[parts | each]`, or `[before + (parts | each)]`."""

    def found(item: Any) -> Iterator[Any]:
        for part in parts(item):
            with suppress(Dropped):
                value = each(part)
                yield plus(before(item), value) if before else value

    return lambda item: list(found(item))


def known_or(value: Plain, known: list[Any], otherwise: Any) -> Plain:
    """Evaluate `value` if it is one of those known, else give the other literal."""
    texts = {literal for literal in known if isinstance(literal, str)}

    def guarded(item: Any) -> Any:
        output = value(item)
        if isinstance(output, str):
            return output if output in texts else otherwise
        if isinstance(output, list):
            raise Odd  # jq looks for the whole list, then
        return output if any(is_equal(output, k) for k in known) else otherwise

    return guarded
