"""Find the entities that refer to a parent, as the mapping makes them do."""

from typing import Any

from port_ocean.clients.port.client import PortClient
from port_ocean.core.handlers.port_app_config.models import ResourceConfig

from core.site import MARKS
from core.types import Item
from framework.expressions import Paths, paths_read
from framework.jq_values import evaluate, literal_of
from framework.port_search import search
from framework.resync_run import Key, key_of


class Referring:
    """Asks Port for entities by what a parent's id becomes in them."""

    def __init__(self, port: PortClient) -> None:
        self._port = port

    async def to_parent(self, mapping: ResourceConfig, bare: Item) -> set[Key] | None:
        """Return a mapping's entities that refer to a parent.

        `bare` is an item with nothing in it but the parent's id, and the marks of its
        site. Returns None if neither a relation nor a property shows the parent, so
        that it is unknown.
        """
        blueprint = literal_of(mapping.port.entity.mappings.blueprint)
        if blueprint is None or None in bare.values():
            return None
        mappings = mapping.port.entity.mappings
        for name, value in (await _shown(mappings.relations, bare)).items():
            return await self._by_relation(blueprint, name, value)
        for name, value in (await _shown(mappings.properties, bare)).items():
            return await self._by_property(blueprint, name, value)
        return None

    async def _by_relation(self, blueprint: str, name: str, value: str) -> set[Key]:
        targets = (await self._port.get_blueprint(blueprint)).relations
        rule = {
            "operator": "relatedTo",
            "blueprint": targets[name].target,
            "value": value,
        }
        found = await search(self._port, blueprint, rule, parts=[f"relations.{name}"])
        # It also finds what is related by a long way round.
        return {key_of(e) for e in found if value in as_list(e.relations.get(name))}

    async def _by_property(self, blueprint: str, name: str, value: str) -> set[Key]:
        rule = {"property": name, "operator": "=", "value": value}
        found = await search(self._port, blueprint, rule)
        return {key_of(entity) for entity in found}


async def _shown(expressions: dict[str, Any], bare: Item) -> dict[str, str]:
    """Return what is made of a parent's id alone, the same for all its children."""
    fields = {(field,) for field in bare if field not in MARKS}
    marks = {(mark,) for mark in MARKS}
    reads = {name: _paths(text) or set() for name, text in expressions.items()}
    alone = [name for name, paths in reads.items() if paths - marks == fields]
    made = {name: as_list(await evaluate(expressions[name], bare)) for name in alone}
    return {
        name: ends[0]
        for name, ends in made.items()
        if len(ends) == 1 and isinstance(ends[0], str) and ends[0]
    }


def _paths(expression: Any) -> Paths | None:
    return paths_read([expression]) if isinstance(expression, str) else None


def as_list(value: Any) -> list[Any]:
    """Return the one or many ends of a relation."""
    return value if isinstance(value, list) else [value]
