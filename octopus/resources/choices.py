"""Select by names of other things, whose ids are all that an item knows."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from core.resource import Choice, Resource, fetch_all
from core.types import Api, Item
from octopus.resources.spaces import names_of
from octopus.selectors import SpaceSelector


async def chosen_ids(
    api: Api, resource: Resource, setting: str, selector: Any
) -> set[str] | None:
    """Return the ids that a setting of the selector names, or None when it is empty.

    Raises Refused for a name that nothing in the selected spaces has.
    """
    names: list[str] = getattr(selector, setting, [])
    if not names:
        return None
    choice = Choice(setting=setting, wanted=lambda _: names, names=names_of)
    known = await _known(api, resource, selector.spaces)
    return {item["Id"] for item in choice.pick(selector, known)}


async def names_of_ids(
    api: Api, resource: Resource, space_id: str, ids: set[str]
) -> dict[str, str | None]:
    """Return the names of all of a kind in a space; None for what isn't there."""
    known = await _known(api, resource, [space_id])
    names = {item["Id"]: item["Name"] for item in known}
    if not ids <= names.keys():  # one may be younger than what we remember
        known = await _known(api, resource, [space_id], anew=True)
        names = {**dict.fromkeys(ids), **{item["Id"]: item["Name"] for item in known}}
        gone = [{"Id": id_, "Name": None} for id_ in ids if names[id_] is None]
        known.extend(gone)  # what is remembered, so that nobody asks again
    return names


async def _known(
    api: Api, resource: Resource, spaces: list[str], *, anew: bool = False
) -> list[Item]:
    key = f"names of {resource.kind} in {sorted(spaces)}"
    known = None if anew else api.recall(key)
    if known is None:
        plain = replace(resource, enrich=None, accepts=lambda selector, item: True)
        selector = SpaceSelector(query="true", spaces=spaces)
        pages = fetch_all(api, plain, selector)
        known = [
            {name: item.get(name) for name in ("Id", "Name", "Slug")}
            async for page in pages
            for item in page
        ]
        api.remember(key, known)
    return known


def within(
    items: list[Item], ids: set[str] | None, of: Callable[[Item], Any]
) -> list[Item]:
    """Return the items whose `of` is, or holds, one of the ids; all for None."""
    if ids is None:
        return items
    return [item for item in items if ids & _as_set(of(item))]


def _as_set(value: Any) -> set[str]:
    return set(value or []) if isinstance(value, list | dict) else {value}
