"""Read values of raw items, whatever form they have (pure)."""

import re
from datetime import UTC, datetime
from typing import Any

from core.types import Item

# Vendors write "never" as the first or the last year there is.
FIRST_YEAR, LAST_YEAR = 1970, 9998


def text(value: Any) -> str | None:
    """Return a text that is not empty, None for anything else."""
    return value if isinstance(value, str) and value else None


def objects(value: Any) -> list[Item]:
    """Return the objects in a list, none for anything else."""
    parts = value if isinstance(value, list) else []
    return [part for part in parts if isinstance(part, dict)]


def child(item: Any, name: str) -> Item:
    """Return the object under a name, an empty one for anything else."""
    value = item.get(name) if isinstance(item, dict) else None
    return value if isinstance(value, dict) else {}


def required(item: Item, name: str) -> str:
    """Return the text that a decision depends on; raise ValueError without one."""
    value = text(item.get(name))
    if value is None:
        raise ValueError(f"{name} is {item.get(name)!r}")
    return value


def moment(value: Any) -> datetime | None:
    """Return a date with its time; None for what is none, or stands for "never"."""
    if not isinstance(value, str) or value[10:11] != "T":
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def iso_time(timestamp: float | None) -> str | None:
    """Return Unix time as a date with its time, in UTC; None for none."""
    if timestamp is None:
        return None
    return datetime.fromtimestamp(timestamp, UTC).isoformat(timespec="milliseconds")


def with_dates(item: Item, *names: str) -> Item:
    """Return the item with null in place of what should be a date and is none."""
    odd = [n for n in names if item.get(n) is not None and moment(item[n]) is None]
    return {**item, **dict.fromkeys(odd)} if odd else item


def matching(value: Any, pattern: str) -> str | None:
    """Return the value as text if it wholly matches, None for anything else."""
    found = str(value) if isinstance(value, str | int) else ""
    return found if re.fullmatch(pattern, found) else None


def at(payload: Any, *path: str) -> Any:
    """Return what is at a path of a body, None where the shape is another one."""
    for name in path:
        payload = payload.get(name) if isinstance(payload, dict) else None
    return payload
