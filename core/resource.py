"""A kind is one `Resource`; `fetch_all` and `fetch_one` are the only way to its items.

Resync and live events share both functions, hence an item that arrives live equals the
same item from a resync.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from core.errors import ApiError, Gone, MalformedReply, NotFound, Refused
from core.paging import Paging, SinglePage
from core.pipeline import fan_out, in_batches, prefetch
from core.types import Api, Item, Params

SINGLE_PAGE = SinglePage()

# What the user set for a kind: a pydantic model of `<vendor>/selectors.py`. That of a
# kind with a parent also understands what the parent's declaration reads.
type Selector = Any
type Enrich = Callable[[Api, list[Item], Selector], Awaitable[list[Item]]]
type ListWith = Callable[[Api, Selector, Item], AsyncGenerator[list[Item]]]
type GetWith = Callable[[Api, Item, Selector], Awaitable[Item | None]]


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Let a selector pick from a short list by name, and refuse names that fit nothing.

    Without that refusal a misspelt name would select nothing, and all would be deleted.
    """

    setting: str
    wanted: Callable[[Selector], list[str]]
    names: Callable[[Item], set[str]]

    def pick(self, selector: Selector, items: list[Item]) -> list[Item]:
        """Return the chosen items, or all; raise Refused for a name that fits none."""
        wanted = {name.casefold() for name in self.wanted(selector)}
        if not wanted:
            return items
        names = [{name.casefold() for name in self.names(item)} for item in items]
        unknown = wanted.difference(*names)
        if unknown:
            raise Refused(
                f"selector.{self.setting} names {', '.join(sorted(unknown))}: no such"
                " name is visible to this credential"
            )
        return [i for i, own in zip(items, names, strict=True) if own & wanted]


@dataclass(frozen=True, kw_only=True)
class Resource:
    """Declare where the items of a kind are and which of them the selector accepts.

    Paths are relative to the API's base and may name fields of the parent (`list_path`)
    or of the item (`item_path`), as in `api/{SpaceId}/releases/{Id}`.
    """

    kind: str
    id_field: str
    list_path: str = ""
    item_path: str = ""
    paging: Paging = SINGLE_PAGE
    query: Callable[[Selector], Params] = lambda selector: {}
    accepts: Callable[[Selector, Item], bool] = lambda selector, item: True
    # Makes this a list short enough to be kept whole and to choose from by name.
    choice: Choice | None = None
    # Adds `__` keys to a batch, be it a page of a list or a single item, and leaves out
    # what only a look-up shows not to be selected.
    enrich: Enrich | None = None
    # The item's date, where the selector's look-back leaves older items out.
    dated_by: str | None = None

    parent: "Resource | None" = None
    # The item's field that holds its parent's id, where an item has exactly one parent.
    parent_field: str | None = None
    # The reply by which a parent says that it has no such children, by declaration.
    refused_by: Callable[[ApiError], bool] = lambda error: False

    # For kinds that don't fit: plain coroutines instead of the paths above.
    list_with: ListWith | None = None
    get_with: GetWith | None = None


async def fetch_all(
    api: Api, resource: Resource, selector: Selector
) -> AsyncGenerator[list[Item]]:
    """Yield every accepted item in batches, each item once, while reading ahead.

    Raises ApiError when a list can't be read to its end, and Incomplete, after all the
    others came, when that concerns some parents only.
    """
    async with aclosing(in_batches(_batches(api, resource, selector))) as batches:
        if resource.parent is None or resource.parent_field is not None:
            async for batch in batches:
                yield batch
            return
        seen: set[Any] = set()  # an item may hang on several parents
        async for batch in batches:
            rows = _by_id(resource, batch).items()
            fresh = {id_: item for id_, item in rows if id_ not in seen}
            seen.update(fresh)
            if fresh:
                yield list(fresh.values())


async def fetch_one(
    api: Api, resource: Resource, ref: Item, selector: Selector
) -> Item | None:
    """Return the item that `ref` names, or None when it is gone or not selected.

    `ref` holds the fields that `item_path` needs.
    """
    try:
        item = await _get(api, resource, ref, selector)
    except (NotFound, Gone):
        return None
    if item is None or not await _is_accepted(api, resource, item, selector):
        return None
    return next(iter(await _enriched(api, resource, [item], selector)), None)


async def fetch_parents(
    api: Api, parent: Resource, selector: Selector, *, anew: bool = False
) -> list[Item]:
    """Return the accepted items of a kind that others hang on, read once per resync."""
    key = f"{parent.kind} {sorted(parent.query(selector).items())}"
    found = None if anew else api.recall(key)
    if found is None:
        pages = _pages(api, parent, selector, {})
        found = [item async for page in pages for item in _by_id(parent, page).values()]
        api.remember(key, found)
    if parent.choice is not None:
        found = parent.choice.pick(selector, found)
    return [item for item in found if parent.accepts(selector, item)]


async def _is_accepted(
    api: Api, resource: Resource, item: Item, selector: Selector
) -> bool:
    """Tell whether a resync would have brought this item."""
    if not resource.accepts(selector, item):
        return False
    if resource.choice is not None and resource.choice.wanted(selector):
        chosen = await fetch_parents(api, resource, selector, anew=True)
        return item[resource.id_field] in {i[resource.id_field] for i in chosen}
    if resource.parent is None or resource.parent_field is None:
        return True
    wanted = str(item[resource.parent_field])  # Jira has numbers for projects here
    for anew in (False, True):  # the item may belong to a parent of today
        parents = await fetch_parents(api, resource.parent, selector, anew=anew)
        if wanted in {str(parent[resource.parent.id_field]) for parent in parents}:
            return True
    return False


def _batches(
    api: Api, resource: Resource, selector: Selector
) -> AsyncGenerator[list[Item]]:
    if resource.choice is not None:
        return _read_choice(api, resource, selector)
    if resource.parent is None:
        return prefetch(_read_list(api, resource, selector, {}))
    return fan_out(
        _each_parent(api, resource.parent, selector),
        lambda parent: _read_list(api, resource, selector, parent),
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
        yield await _enriched(api, resource, chosen, selector)


async def _read_list(
    api: Api, resource: Resource, selector: Selector, parent: Item
) -> AsyncGenerator[list[Item]]:
    """Yield one list's accepted, enriched items, without repeats at page borders."""
    previous: set[Any] = set()
    try:
        async with aclosing(_pages(api, resource, selector, parent)) as pages:
            async for page in pages:
                rows = _by_id(resource, page)
                fresh = [item for id_, item in rows.items() if id_ not in previous]
                previous = set(rows)
                accepted = [i for i in fresh if resource.accepts(selector, i)]
                if accepted:
                    accepted = await _enriched(api, resource, accepted, selector)
                if accepted:
                    yield accepted
    except ApiError as error:
        if not resource.refused_by(error):
            raise


def _pages(
    api: Api, resource: Resource, selector: Selector, parent: Item
) -> AsyncGenerator[list[Item]]:
    if resource.list_with is not None:
        return resource.list_with(api, selector, parent)
    path = _fill(resource.list_path, parent)
    return api.pages(path, resource.paging, resource.query(selector))


async def _get(
    api: Api, resource: Resource, ref: Item, selector: Selector
) -> Item | None:
    if resource.get_with is not None:
        return await resource.get_with(api, ref, selector)
    path = _fill(resource.item_path, ref)
    item: Item = await api.get(path, resource.query(selector))
    return item


async def _enriched(
    api: Api, resource: Resource, items: list[Item], selector: Selector
) -> list[Item]:
    if resource.enrich is None:
        return items
    return await resource.enrich(api, items, selector)


def _by_id(resource: Resource, page: list[Item]) -> dict[Any, Item]:
    try:
        return {item[resource.id_field]: item for item in page}
    except (KeyError, TypeError) as error:
        message = f"{resource.kind}: an item without {resource.id_field!r} in the list"
        raise MalformedReply(message) from error


def _fill(path: str, fields: Item) -> str:
    """Put fields into a path, encoded, so that no value can change where it leads."""
    filled = path.format_map({k: quote(str(v), safe="") for k, v in fields.items()})
    if not {"", ".", ".."}.isdisjoint(filled.split("/")):
        raise Refused(f"{path} can't be filled in: {filled!r} leads elsewhere")
    return filled
