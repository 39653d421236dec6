"""Select by names of other things, whose ids are all that an item knows."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from humps import camelize

from core.api import Api
from core.errors import ApiError, Refused, Unauthorized
from core.fetch import fetch_parents
from core.resource import Choice, Resource, fill
from core.trouble import UNKNOWN, Missing, current_report
from core.types import Item
from core.values import text
from octopus.resources.spaces import SPACE, names_of
from octopus.selectors import SpaceSelector

# What is kept of what can be named.
KEPT = ("Id", "Name", "Slug", "ParentEnvironmentId")


@dataclass(frozen=True)
class Chosen:
    """The ids that a selector names, and the spaces whose names can't be read."""

    ids: frozenset[str]
    unread: Mapping[str, ApiError]


async def chosen_ids(
    api: Api, resource: Resource, setting: str, selector: Any
) -> Chosen | None:
    """Return what a setting of the selector names, or None when it is empty.

    Raises Refused for a name that nothing in the selected spaces has, and ApiError when
    that is unknown.
    """
    names: list[str] = list(getattr(selector, setting, []))
    if not names:
        return None
    own = SpaceSelector(query="true", spaces=selector.spaces)
    spaces = [space["Id"] for space in await fetch_parents(api, SPACE, own)]
    work = (_read_names(api, resource, space) for space in spaces)
    found = await asyncio.gather(*work)
    read = zip(spaces, found, strict=True)
    unread = {space: error for space, error in read if isinstance(error, ApiError)}
    known = [item for part in found if isinstance(part, list) for item in part]
    choice = Choice(setting=camelize(setting), wanted=lambda _: names, names=names_of)
    try:
        chosen = choice.pick(selector, known)
    except Refused:
        if unread:
            raise next(iter(unread.values())) from None
        raise
    return Chosen(frozenset(item["Id"] for item in chosen), unread)


async def rows_of_ids(
    api: Api, resource: Resource, space_id: str, ids: set[str]
) -> dict[str, Item | Missing | None]:
    """Return what is known of all of a kind in a space; None for what isn't there.

    Where a row has no id, what isn't there is Missing, for it may be that row. Raises
    ApiError when they can't be read.
    """
    known = await _names_in(api, resource, space_id)
    rows = _by_id(known)
    if not ids <= rows.keys():  # one may be younger than what we remember
        known = await _names_in(api, resource, space_id, refresh=True)
        fresh = _by_id(known)
        if None in fresh:
            what = f"names of {resource.kind} in {space_id}"
            current_report().lose_value(what, "a row without 'Id'")
            return {**dict.fromkeys(ids, UNKNOWN), **fresh}
        rows = {**dict.fromkeys(ids), **fresh}
        gone = [{"Id": id_} for id_ in ids - fresh.keys()]
        known.extend(gone)  # in the cache, so that it is not requested again
    return rows


def _by_id(rows: list[Item]) -> dict[str, Item | Missing | None]:
    """Return rows by id; of what is gone there is nothing but the id."""
    return {row["Id"]: row if len(row) > 1 else None for row in rows}


async def _read_names(
    api: Api, resource: Resource, space_id: str
) -> list[Item] | ApiError:
    try:
        return await _names_in(api, resource, space_id)
    except Unauthorized:
        raise
    except ApiError as error:
        return error


async def _names_in(
    api: Api, resource: Resource, space_id: str, *, refresh: bool = False
) -> list[Item]:
    """Return ids, names and parents of all of a kind in a space, once per resync.

    Of a row that is no object with an id, all of them are None.
    """
    key = _key(resource.kind, space_id)
    known = None if refresh else api.recall(key)
    if known is None:
        pages = _pages(api, resource, space_id)
        try:
            known = [_named(item) async for page in pages for item in page]
        except ApiError as error:
            api.remember(key, error)
            raise
        api.remember(key, known)
    return known


def keep_names(api: Api, kind: str, space_id: str, rows: list[Any]) -> None:
    """Keep a whole list of a kind in a space, so that its names need no request."""
    api.remember(_key(kind, space_id), [_named(row) for row in rows])


def _key(kind: str, space_id: str) -> str:
    return f"names of {kind} in {space_id}"


def _pages(api: Api, resource: Resource, space_id: str) -> AsyncGenerator[list[Item]]:
    if resource.list_with is not None:
        return resource.list_with(api, None, {"Id": space_id})
    return api.pages(fill(resource.list_path, {"Id": space_id}), resource.paging)


def _named(row: Any) -> Item:
    has_id = isinstance(row, dict) and text(row.get("Id"))
    return {name: row.get(name) if has_id else None for name in KEPT}


def within(
    items: list[Item], chosen: Chosen | None, of: Callable[[Item], Any]
) -> list[Item]:
    """Return the items whose `of` is, or holds, one of the chosen ids; all for None.

    Raises the ApiError that keeps an item's space from being judged. `of` raises
    ValueError for an item without them.
    """
    if chosen is None:
        return items
    for item in items:
        if error := chosen.unread.get(str(item.get("SpaceId"))):
            raise error
    return [item for item in items if chosen.ids & _as_set(of(item))]


def _as_set(value: Any) -> set[str]:
    return set(value) if isinstance(value, list) else {value}
