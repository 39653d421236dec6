"""Take rows of replies as they come: with fields that are null or missing."""

from collections.abc import Collection, Iterable
from typing import Any

from core.errors import MalformedReply
from core.trouble import current_report
from core.types import Item
from core.values import required


def id_of(row: Item) -> str:
    """Return the id of a row as text, which replies have as a number, too."""
    return str(row.get("id"))


def has_strangers(rows: Iterable[Any], ids: Collection[str]) -> bool:
    """Return whether rows came that were not asked for by id, such as one without."""
    asked = {*ids}
    return any(not isinstance(row, dict) or id_of(row) not in asked for row in rows)


def sound(rows: Iterable[Any], *keys: str) -> list[Item]:
    """Return the rows that have these fields; the others are recorded as trouble."""
    kept = []
    for row in rows:
        if isinstance(row, dict) and all(
            type(row.get(key)) in (str, int) for key in keys
        ):
            kept.append(row)
        else:
            error = MalformedReply(f"a row without {' or '.join(keys)}")
            current_report().lose_item(row, error)
    return kept


def known(item: Item, key: str) -> Any:
    """Return a field that a selector needs; raise LookupError if it has no value.

    An item must not count as left out if it is unknown whether it is selected.
    """
    if item.get(key) is None:
        raise LookupError(f"no {key}")
    return item[key]


def is_wanted(wanted: bool | None, item: Item, key: str) -> bool:
    """Return whether a yes-or-no field is as the selector wants it; None wants both.

    Raises ValueError if it is neither.
    """
    if wanted is None:
        return True
    value = item.get(key)
    if not isinstance(value, bool):
        raise ValueError(f"{key} is {value!r}")
    return value is wanted


def is_among(wanted: Collection[str], item: Item, key: str) -> bool:
    """Return whether a field has one of the wanted values; none at all wants each."""
    return not wanted or required(item, key) in wanted
