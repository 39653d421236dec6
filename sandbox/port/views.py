"""Which entities a reply has, and which parts of them."""

from collections.abc import Callable, Iterable

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


def page_of(
    found: Iterable[Item], sent: Item, *, default: int
) -> tuple[list[Item], str | None]:
    """Return one page in a lasting order, and from where the next one goes on."""
    start = sent.get("from") or ""
    limit = int(sent.get("limit") or default)
    keyed = ((f"{e['blueprint']}/{e['identifier']}", e) for e in found)
    rest = sorted((pair for pair in keyed if pair[0] > start), key=lambda p: p[0])
    page = rest[:limit]
    return [e for _, e in page], page[-1][0] if len(rest) > limit else None
