"""Bring the items of a kind: all of them, or one.

Resync and live events share these functions, hence an item that arrives live equals the
same item from a resync. What an item, or a parent, can't be read for is recorded as
trouble (core/trouble.py), and the rest comes.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from core.api import Api
from core.errors import ApiError, MalformedReply, Unauthorized
from core.lists import by_id, enriched, key_of_list, pages_of, read_list
from core.lookup import Absent, get_own
from core.pipeline import fan_out, in_batches, prefetch
from core.resource import Resource, Selector, fill
from core.trouble import ODD_FORM, current_report
from core.types import Item


async def fetch_all(
    api: Api, resource: Resource, selector: Selector
) -> AsyncGenerator[list[Item]]:
    """Yield every accepted item in batches, each item once, while reading ahead.

    Raises ApiError, after all that could be read, when the list of the kind or of its
    parents can't be read to its end, and Unauthorized at once.
    """
    async with aclosing(in_batches(_batches(api, resource, selector))) as batches:
        if resource.parent is None or resource.parent_field is not None:
            async for batch in batches:
                await api.confirm_identity()
                yield batch
        else:
            seen: set[Any] = set()  # an item may belong to several parents
            async for batch in batches:
                rows = by_id(resource, batch).items()
                fresh = {id_: item for id_, item in rows if id_ not in seen}
                seen.update(fresh)
                if fresh:
                    await api.confirm_identity()
                    yield list(fresh.values())
    await api.confirm_identity()


async def fetch_one(
    api: Api, resource: Resource, ref: Item, selector: Selector
) -> Item | Absent:
    """Return the item that `ref` names, or why there is none by the vendor's answer.

    `ref` holds the fields that `item_path` needs. Raises ApiError when the vendor does
    not say, or returns something that can't be an item.
    """
    try:
        item = await _get_selected(api, resource, ref, selector)
    except ODD_FORM as error:
        raise MalformedReply(f"{resource.kind} {ref}: {error!r}") from error
    # Before it is taken for absent, or a lookup for it for empty.
    await api.confirm_identity()
    return item


async def fetch_parents(
    api: Api, parent: Resource, selector: Selector, *, refresh: bool = False
) -> list[Item]:
    """Return the accepted items of a parent kind, read once per resync.

    Raises ApiError unless the list was read to its end.
    """
    key = key_of_list(parent, selector)
    found = None if refresh else api.recall(key)
    if found is None:
        found = await _read_parents(api, parent, selector, key)
    if parent.choice is not None:
        found = parent.choice.pick(selector, found)
    return [item for item in found if parent.accepts(selector, item)]


async def _read_parents(
    api: Api, parent: Resource, selector: Selector, key: str
) -> list[Item]:
    pages = pages_of(api, parent, selector, {})
    try:
        found = [item async for page in pages for item in by_id(parent, page).values()]
        await api.confirm_identity()
    except ApiError as error:
        api.remember(key, error)
        raise
    api.remember(key, found)
    return found


async def _get_selected(
    api: Api, resource: Resource, ref: Item, selector: Selector
) -> Item | Absent:
    item = await _get(api, resource, ref, selector)
    if isinstance(item, Absent):
        return item
    _check_asked(resource, ref, item)
    if not await _is_accepted(api, resource, item, selector):
        return Absent.NOT_SELECTED
    if resource.enrich is None:
        return item
    kept = await resource.enrich(api, [item], selector)
    if resource.relate is not None:
        pages = resource.relate(api, _page(kept), selector)
        kept = [related async for page in pages for related in page]
    return kept[0] if kept else Absent.NOT_SELECTED


async def _page(items: list[Item]) -> AsyncGenerator[list[Item]]:
    yield items


async def _get(
    api: Api, resource: Resource, ref: Item, selector: Selector
) -> Item | Absent:
    if resource.get_with is not None:
        return await resource.get_with(api, ref, selector)
    return await get_own(api, fill(resource.item_path, ref))


def _check_asked(resource: Resource, ref: Item, item: Item) -> None:
    """Raise MalformedReply for another item, or parent, than was asked for."""
    parent = resource.parent_field
    is_named = resource.get_with or f"{{{parent}}}" in resource.item_path
    for field in (resource.id_field, *([parent] if parent and is_named else [])):
        asked, found = (one.get(field) for one in (ref, item))
        if asked is not None and str(found).casefold() != str(asked).casefold():
            what = f"{field} of {resource.kind} is {found!r}"
            raise MalformedReply(f"{what}, although {asked} was asked for")


async def _is_accepted(
    api: Api, resource: Resource, item: Item, selector: Selector
) -> bool:
    """Return whether a resync would bring it; raise if lists leave out its parent."""
    if not resource.accepts(selector, item):
        return False
    if resource.choice is not None and resource.choice.wanted(selector):
        chosen = await fetch_parents(api, resource, selector, refresh=True)
        return item[resource.id_field] in {i[resource.id_field] for i in chosen}
    if resource.parent is None or resource.parent_field is None:
        return True
    named = item[resource.parent_field]
    if type(named) not in (str, int):  # Jira has numbers for projects here
        raise MalformedReply(f"{resource.parent_field} of {resource.kind} is {named!r}")
    wanted = str(named)
    for refresh in (False, True):  # the item may belong to a parent of today
        parents = await fetch_parents(api, resource.parent, selector, refresh=refresh)
        if wanted in {str(parent[resource.parent.id_field]) for parent in parents}:
            return True
    await _confirm_unlisted(api, resource.parent, wanted, selector)
    return False


async def _confirm_unlisted(
    api: Api, parent: Resource, id_: str, selector: Selector
) -> None:
    """Raise MalformedReply if a parent is there, although its list lacks it."""
    if parent.choice is not None and parent.choice.wanted(selector):
        return  # it is listed, but under a name that nobody wants
    ref = {parent.id_field: id_}
    if not isinstance(await fetch_one(api, parent, ref, selector), Absent):
        raise MalformedReply(f"the list of {parent.kind} leaves out {id_}")


def _batches(
    api: Api, resource: Resource, selector: Selector
) -> AsyncGenerator[list[Item]]:
    if resource.choice is not None:
        return _read_choice(api, resource, selector)
    if resource.parent is None:
        return prefetch(read_list(api, resource, selector, {}))
    return fan_out(
        _each_parent(api, resource.parent, selector),
        lambda parent: _read_of_parent(api, resource, selector, parent),
        what=f"{resource.kind} lists (one for each {resource.parent.kind})",
    )


async def _each_parent(
    api: Api, parent: Resource, selector: Selector
) -> AsyncGenerator[Item]:
    for item in await fetch_parents(api, parent, selector):
        yield item


async def _read_choice(
    api: Api, resource: Resource, selector: Selector
) -> AsyncGenerator[list[Item]]:
    if chosen := await fetch_parents(api, resource, selector):
        yield await enriched(api, resource, chosen, selector)


async def _read_of_parent(
    api: Api, resource: Resource, selector: Selector, parent: Item
) -> AsyncGenerator[list[Item]]:
    """Yield the items of a parent; trouble costs no more than these."""
    try:
        async with aclosing(read_list(api, resource, selector, parent)) as pages:
            async for page in pages:
                yield page
    except Unauthorized:
        raise
    except (ApiError, *ODD_FORM) as error:
        if not (isinstance(error, ApiError) and resource.refused_by(error)):
            current_report().lose_parent(parent, error)
