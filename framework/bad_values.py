"""Find the values for which Port refuses an entity, so that they cost only themselves.

Port checks an entity against the schema of its blueprint and refuses it as a whole.
Nothing is checked before Port has refused it, so no rule here is stricter than that.
https://docs.port.io/build-your-software-catalog/customize-integrations/
"""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from port_ocean.core.models import Entity

_URL = re.compile(r"[a-z][a-z0-9+.-]*://[^\s]+", re.IGNORECASE)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "number": (int, float),
    "array": (list,),
    "object": (dict,),
}


def bad_values(entity: Entity, schema: dict[str, Any]) -> list[str]:
    """Return the properties whose values a blueprint's schema does not allow."""
    known = schema.get("properties") or {}
    return [
        name
        for name, value in entity.properties.items()
        if value is not None and not _fits(known.get(name) or {}, value)
    ]


def without(entity: Entity, names: list[str]) -> Entity:
    """Return the entity with null in the place of some properties."""
    return entity.copy(
        update={"properties": {**entity.properties, **dict.fromkeys(names)}}
    )


def _fits(declared: dict[str, Any], value: Any) -> bool:
    return all(_rules(declared, value))


def _rules(declared: dict[str, Any], value: Any) -> Iterator[bool]:
    types = _TYPES.get(str(declared.get("type")))
    # To Python, booleans are numbers as well.
    is_number = types is not None and bool not in types and isinstance(value, bool)
    yield types is None or (isinstance(value, types) and not is_number)
    yield "enum" not in declared or value in declared["enum"]
    check = _FORMATS.get(str(declared.get("format")))
    yield check is None or not isinstance(value, str) or check(value)
    if isinstance(value, list):
        yield all(_fits(declared.get("items") or {}, part) for part in value)


def _is_date_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return "T" in text.upper() or " " in text


_FORMATS: dict[str, Callable[[str], bool]] = {
    "url": lambda text: _URL.fullmatch(text) is not None,
    "email": lambda text: _EMAIL.fullmatch(text) is not None,
    "date-time": _is_date_time,
    "timer": _is_date_time,
}
