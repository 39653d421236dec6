"""Say what Port would not accept in an entity."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from sandbox.port.model import Item

IDENTIFIER = re.compile(r"[A-Za-z0-9@_.+:\\/=-]+")
_URL = re.compile(r"[a-z][a-z0-9+.-]*://[^\s]+", re.IGNORECASE)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
# As in RFC 3339, but the colon of the zone may be missing, which Jira makes use of.
_DATE_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)",
    re.IGNORECASE,
)
_IPV4 = re.compile(r"(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}")


def _is_date_time(text: str) -> bool:
    parts = _DATE_TIME.fullmatch(text)
    try:
        return bool(parts and datetime.fromisoformat("T".join(parts.groups())))
    except ValueError:
        return False


def _fits(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda text: pattern.fullmatch(text) is not None


FORMATS: dict[str, Callable[[str], bool]] = {
    "url": _fits(_URL),
    "email": _fits(_EMAIL),
    "date-time": _is_date_time,
    "timer": _is_date_time,
    "ipv4": _fits(_IPV4),
}
TYPES: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "number": lambda v: isinstance(v, int | float) and not isinstance(v, bool),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}
_LIMITS: dict[str, Callable[[Any, Any], bool]] = {
    "enum": lambda value, allowed: value in allowed,
    "pattern": lambda value, pattern: re.search(pattern, value) is not None,
    "minLength": lambda value, limit: len(value) >= limit,
    "maxLength": lambda value, limit: len(value) <= limit,
    "minimum": lambda value, limit: value >= limit,
    "maximum": lambda value, limit: value <= limit,
    "minItems": lambda value, limit: len(value) >= limit,
    "maxItems": lambda value, limit: len(value) <= limit,
}


def problems(blueprint: Item, entity: Item) -> Iterator[str]:
    """Yield each reason to refuse the entity; null clears and is always fine."""
    yield from identifier_problems(entity["identifier"])
    for name in ("title", "icon"):
        if not isinstance(entity[name], str | None):
            yield f"{name} must be string, not {entity[name]!r}"
    if not _is_reference(entity["team"], many=True):
        yield f"team must be names of teams, not {entity['team']!r}"
    yield from _property_problems(blueprint["schema"], entity["properties"])
    yield from _relation_problems(blueprint["relations"], entity["relations"])


def identifier_problems(identifier: Any) -> Iterator[str]:
    """Yield what is wrong with the identifier of an entity."""
    if not isinstance(identifier, str):
        yield f"identifier must be string, not {identifier!r}"
    elif not IDENTIFIER.fullmatch(identifier):
        yield f"identifier {identifier!r} must match {IDENTIFIER.pattern}"


def _property_problems(schema: Item, properties: Item) -> Iterator[str]:
    known = schema["properties"]
    for name, value in properties.items():
        if name not in known:
            yield f"properties.{name}: the blueprint has no such property"
        elif value is not None:
            yield from _value_problems(f"properties.{name}", known[name], value)
    for name in schema["required"]:
        if properties.get(name) is None:
            yield f"properties.{name} is required"


def _value_problems(where: str, schema: Item, value: Any) -> Iterator[str]:
    kind = schema.get("type")
    # The elements of an array need no declared type.
    if kind is not None and not TYPES[kind](value):
        yield f"{where} must be {kind}, not {value!r}"
        return
    for name, limit in schema.items():
        if name in _LIMITS and not _LIMITS[name](value, limit):
            meaning = "one of" if name == "enum" else f"within {name}"
            yield f"{where} must be {meaning} {limit}, not {value!r}"
    fits = FORMATS.get(schema.get("format", ""))
    if fits is not None and isinstance(value, str) and not fits(value):
        yield f"{where} must be a {schema['format']}, not {value!r}"
    if isinstance(value, list) and "items" in schema:
        for number, element in enumerate(value):
            yield from _value_problems(f"{where}[{number}]", schema["items"], element)


def _is_reference(value: Any, *, many: bool) -> bool:
    if many and isinstance(value, list):
        return all(isinstance(element, str) for element in value)
    return value is None or (isinstance(value, str) and not many)


def _relation_problems(known: Item, relations: Item) -> Iterator[str]:
    for name, value in relations.items():
        if name not in known:
            yield f"relations.{name}: the blueprint has no such relation"
        elif not _is_reference(value, many=known[name]["many"]):
            wanted = "a list of identifiers" if known[name]["many"] else "one"
            yield f"relations.{name} must be {wanted}, not {value!r}"
    for name, relation in known.items():
        if relation["required"] and not relations.get(name):
            yield f"relations.{name} is required"
