"""Read one list of a kind: its pages, what the selector accepts, what we add."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from core.api import Api
from core.errors import MalformedReply
from core.resource import Resource, Selector, fill
from core.trouble import ODD_FORM, current_report
from core.types import Item


def read_list(
    api: Api, resource: Resource, selector: Selector, parent: Item
) -> AsyncGenerator[list[Item]]:
    """Return one list's accepted, enriched and related items."""
    pages = _read_each(api, resource, selector, parent)
    if resource.relate is None:
        return pages
    return resource.relate(api, pages, selector)


async def _read_each(
    api: Api, resource: Resource, selector: Selector, parent: Item
) -> AsyncGenerator[list[Item]]:
    """Yield one list's accepted, enriched items, without repeats at page borders."""
    previous: set[Any] = set()
    kept: list[Item] | None = [] if resource.is_shared else None
    async with aclosing(pages_of(api, resource, selector, parent)) as pages:
        async for page in pages:
            rows = by_id(resource, page)
            if kept is not None:
                kept += rows.values()
                if len(rows) < len(page):  # other kinds have to meet an odd row, too
                    kept = None
            fresh = [item for id_, item in rows.items() if id_ not in previous]
            previous = set(rows)
            own = [item for item in fresh if _is_of(resource, parent, item)]
            accepted = [i for i in own if _accepts(resource, selector, i)]
            if accepted and (
                found := await enriched(api, resource, accepted, selector)
            ):
                yield found
    if kept is not None:
        await api.confirm_identity()
        api.remember(key_of_list(resource, selector), kept)


def key_of_list(resource: Resource, selector: Selector) -> str:
    """Return the key by which a whole list is kept."""
    return f"{resource.kind} {sorted(resource.query(selector).items())}"


def pages_of(
    api: Api, resource: Resource, selector: Selector, parent: Item
) -> AsyncGenerator[list[Item]]:
    if resource.list_with is not None:
        return resource.list_with(api, selector, parent)
    path = fill(resource.list_path, parent)
    return api.pages(path, resource.paging, resource.query(selector))


def _is_of(resource: Resource, parent: Item, item: Item) -> bool:
    """Return whether an item is its parent's by its own word, if it has any.

    Otherwise the server has not taken notice of what was asked for.
    """
    named = item.get(resource.parent_field or "")
    if resource.parent is None or not isinstance(named, str | int) or not named:
        return True
    asked = parent[resource.parent.id_field]
    if str(named) != str(asked):
        what = f"{resource.parent_field} is {named}, although {asked} was asked for"
        current_report().lose_item(item, MalformedReply(what))
        return False
    return True


def _accepts(resource: Resource, selector: Selector, item: Item) -> bool:
    try:
        return resource.accepts(selector, item)
    except ODD_FORM as error:
        current_report().lose_item(item, error)
        return False


async def enriched(
    api: Api, resource: Resource, items: list[Item], selector: Selector
) -> list[Item]:
    """Enrich a batch; one that fails for an odd item is halved down to that item."""
    if resource.enrich is None:
        return items
    try:
        return await resource.enrich(api, items, selector)
    except ODD_FORM as error:
        if len(items) == 1:
            current_report().lose_item(items[0], error)
            return []
    half = len(items) // 2
    parts = (items[:half], items[half:])
    found = [await enriched(api, resource, part, selector) for part in parts]
    return [item for part in found for item in part]


def by_id(resource: Resource, page: list[Item]) -> dict[Any, Item]:
    """Return a page's items by their ids; a row without one is lost."""
    found: dict[Any, Item] = {}
    for item in page:
        try:
            found[item[resource.id_field]] = item
        except ODD_FORM:
            current_report().lose_item(item, f"a row without {resource.id_field!r}")
    return found
