"""The inputs of a run, checked before anything else happens."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from actions.failures import ActionFailed

STRING, BOOLEAN, ARRAY, OBJECT = "string", "boolean", "array", "jqObject"
MISSING_INPUT, WRONG_INPUT = "Input missing", "Input wrong"
_YES_NO = {"true": True, "false": False}


@dataclass(frozen=True, kw_only=True)
class Input:
    """One input, as the spec has it; `type` is one of those that Port's form offers."""

    name: str
    type: str = STRING
    required: bool = False
    default: Any = None
    # Words that name nothing in the catalog, such as a comment, a status or a branch.
    is_text: bool = False
    # What is changed: without a scope, it is something of the first connection.
    is_subject: bool = False


class Inputs:
    """The values of a run's inputs, each of the type that it was declared with."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    def __contains__(self, name: str) -> bool:
        """Tell whether there is a value."""
        return self._values.get(name) is not None

    def text(self, name: str) -> str:
        """Return a text, empty if there is none."""
        return str(self._values.get(name) or "")

    def flag(self, name: str) -> bool:
        """Return a yes or no."""
        return bool(self._values.get(name))

    def texts(self, name: str) -> list[str]:
        """Return a list of texts."""
        return list(self._values.get(name) or [])

    def object(self, name: str) -> dict[str, Any]:
        """Return an object."""
        return dict(self._values.get(name) or {})


def read_inputs(
    declared: Sequence[Input], given: Mapping[str, Any], scope: str = ""
) -> Inputs:
    """Return the inputs; raise ActionFailed for one that is missing or of another type.

    What is not declared is left out, and an empty text counts as no value. Names in the
    catalog begin with the scope of their connection, which the vendor does not know.
    """
    values = {
        one.name: _without(scope, one, _read(one, given.get(one.name)))
        for one in declared
    }
    missing = [one.name for one in declared if one.required and not values[one.name]]
    if missing:
        names = " and ".join(missing)
        raise ActionFailed(f"{names} must be given", MISSING_INPUT)
    return Inputs(values)


def names_in(
    declared: Sequence[Input], given: Mapping[str, Any]
) -> Iterator[tuple[Input, str]]:
    """Yield each name of something in the catalog, with the input that has it.

    Inputs that can't be read have none.
    """
    for one in declared:
        if one.is_text or one.type not in (STRING, ARRAY):
            continue
        try:
            found = _read(one, given.get(one.name))
        except ActionFailed:  # which `read_inputs` reports
            continue
        names = found if isinstance(found, list) else [found]
        yield from ((one, name) for name in names if name)


def _read(declared: Input, value: Any) -> Any:
    if isinstance(value, str):
        value = value.strip()
    if value is None or value == "":
        return declared.default
    try:
        found = _CONVERTED[declared.type](value)
        # Half a character, or a number that is none, can't be sent to anybody.
        json.dumps(found, ensure_ascii=False, allow_nan=False).encode()
    except (RecursionError, TypeError, ValueError):
        told = f"{declared.name} must be {_NAMES[declared.type]}"
        raise ActionFailed(told, WRONG_INPUT) from None
    return found


def _without(scope: str, declared: Input, value: Any) -> Any:
    if not scope or declared.is_text:
        return value
    if isinstance(value, list):
        return [one.removeprefix(scope) for one in value]
    return value.removeprefix(scope) if isinstance(value, str) else value


def _text(value: Any) -> str:
    # Numbers may be keys or versions; whatever has parts is a mistake in the mapping.
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise TypeError
    return str(value)


def _flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if not isinstance(value, str) or value.lower() not in _YES_NO:
        raise ValueError
    return _YES_NO[value.lower()]


def _texts(value: Any) -> list[str]:
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list):
        raise TypeError
    return [text for part in parts if (text := _text(part).strip())]


def _object(value: Any) -> dict[str, Any]:
    found = json.loads(value) if isinstance(value, str) else value
    if not isinstance(found, dict):
        raise TypeError
    return found


_CONVERTED = {STRING: _text, BOOLEAN: _flag, ARRAY: _texts, OBJECT: _object}
_NAMES = {
    STRING: "a text",
    BOOLEAN: "true or false",
    ARRAY: "a list of texts",
    OBJECT: "a JSON object",
}
