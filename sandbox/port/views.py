"""Which entities a reply has, and which parts of them."""

from collections.abc import Callable, Iterable
from itertools import islice

from sandbox.port.model import Item


def public(entity: Item) -> Item:
    """Return the entity without what only the stand-in needs."""
    return {name: value for name, value in entity.items() if name[0] != "_"}


def narrowing(include: list[str] | None) -> Callable[[Item], Item]:
    """Return what cuts an entity down to the wanted parts; a missing one is null."""
    if not include:
        return lambda entity: entity
    paths = [wanted.partition(".") for wanted in include]

    def show(entity: Item) -> Item:
        shown: Item = {}
        for part, _, name in paths:
            if name:
                shown.setdefault(part, {})[name] = entity[part].get(name)
            else:
                shown[part] = entity.get(part)
        return shown

    return show


def position(entity: Item) -> tuple[str, int]:
    """Return the place of an entity in the catalog, which lasts as long as it does."""
    return entity["blueprint"], entity["_number"]


def page_of(
    found: Iterable[Item], sent: Item, *, default: int
) -> tuple[list[Item], str | None]:
    """Return one page of what is in the order of places, and where the next starts."""
    name, _, number = (sent.get("from") or "/-1").rpartition("/")
    start = (name, int(number))
    limit = int(sent.get("limit") or default)
    page = list(islice((e for e in found if position(e) > start), limit + 1))
    if len(page) <= limit:
        return page, None
    name, last = position(page[limit - 1])
    return page[:limit], f"{name}/{last}"
