"""Put a new version of an entity together from what is sent and what is known."""

from collections.abc import Callable
from typing import Any

from sandbox.port.model import Item, Key, Rejected

# Of a blueprint and a query, the identifiers of what fits.
type Finder = Callable[[str, Item], list[str]]

# What a user changes; the rest of an entity is kept by Port.
CONTENT = ("title", "icon", "team", "properties", "relations")


def resolved(blueprint: Item, sent: Item, find: Finder) -> Item:
    """Return what is sent with identifiers for searches; one that fails is null."""
    identifier, team = sent.get("identifier"), sent.get("team")
    if isinstance(identifier, dict):
        identifier = _only(find(blueprint["identifier"], identifier))
    if isinstance(team, dict):
        sent = {**sent, "team": find("_team", team)}
    relations = dict(sent.get("relations") or {})
    for name, value in relations.items():
        relation = blueprint["relations"].get(name)
        if isinstance(value, dict) and relation is not None:
            found = find(relation["target"], value)
            relations[name] = found if relation["many"] else next(iter(found), None)
    return {**sent, "identifier": identifier, "relations": relations}


def _only(found: list[str]) -> str:
    if len(found) != 1:
        message = f"the identifier's query finds {len(found)} entities"
        raise Rejected(404, "not_found", message)
    return found[0]


def merged(found: Item | None, sent: Item) -> Item:
    """Return what is sent, and where it is silent, what was found."""
    old = found or {}
    team = sent.get("team", old.get("team")) or []
    return {
        "identifier": sent["identifier"],
        "title": sent.get("title", old.get("title")),
        "icon": sent.get("icon", old.get("icon")),
        "team": [team] if isinstance(team, str) else team,
        "properties": {**old.get("properties", {}), **(sent.get("properties") or {})},
        "relations": {**old.get("relations", {}), **(sent.get("relations") or {})},
    }


def with_defaults(blueprint: Item, entity: Item) -> Item:
    """Return a new entity with the blueprint's defaults where it is silent."""
    defaults = {
        name: schema["default"]
        for name, schema in blueprint["schema"]["properties"].items()
        if "default" in schema
    }
    return {**entity, "properties": {**defaults, **entity["properties"]}}


def known_parts(blueprint: Item, entity: Item) -> Item:
    """Return what is left of an entity's values when its blueprint has changed."""
    names = {
        "properties": blueprint["schema"]["properties"],
        "relations": blueprint["relations"],
    }
    return {
        part: {name: v for name, v in entity[part].items() if name in known}
        for part, known in names.items()
    }


def is_changed(found: Item | None, entity: Item) -> bool:
    """Tell whether saving the entity makes a difference."""
    return found is None or any(entity[part] != found[part] for part in CONTENT)


def without(blueprint: Item, relations: Item, gone: Key) -> Item:
    """Return the relations of an entity after another one was deleted."""
    target, identifier = gone
    names = {n for n, r in blueprint["relations"].items() if r["target"] == target}
    return {
        name: _without(value, identifier) if name in names else value
        for name, value in relations.items()
    }


def _without(value: Any, identifier: str) -> Any:
    if isinstance(value, list):
        return [each for each in value if each != identifier]
    return None if value == identifier else value
