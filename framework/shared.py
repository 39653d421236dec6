"""Blueprints that several mappings write to: each takes back what it wrote, no more.

A merge keeps what others wrote, but the framework deletes whole entities: those that no
mapping brings. So an entity that one mapping no longer brings, and another one does,
keeps the other's values and loses its own.
"""

from collections.abc import Iterable

from port_ocean.clients.port.client import PortClient
from port_ocean.context.event import event
from port_ocean.core.handlers.port_app_config.models import ResourceConfig
from port_ocean.core.models import Entity

from framework.jq_values import literal_of
from framework.port_search import search, search_named
from framework.resync_run import Key, key_of
from framework.stubs import empty, has_content, names_of

# So many entities are named in searches; of more, all with content are found.
MOST_NAMED = 1000


def parts_of(mapping: ResourceConfig) -> set[str]:
    """Return what a mapping gives to its entities, by the names that searches use."""
    mappings = mapping.port.entity.mappings
    return names_of(mappings.properties, mappings.relations)


def own_parts(mapping: ResourceConfig) -> set[str]:
    """Return what no other mapping gives to the blueprint of this one."""
    return parts_of(mapping) - _of_others(mapping)


def is_shared(mapping: ResourceConfig) -> bool:
    """Return whether other mappings give something else to the same entities."""
    return bool(_of_others(mapping) - parts_of(mapping))


def _of_others(mapping: ResourceConfig) -> set[str]:
    blueprint = literal_of(mapping.port.entity.mappings.blueprint)
    return {
        part
        for other in event.port_app_config.resources
        if other is not mapping
        and blueprint is not None
        and literal_of(other.port.entity.mappings.blueprint) == blueprint
        for part in parts_of(other)
    }


def given_to(blueprint: str | None) -> set[str]:
    """Return what all mappings give to the entities of a blueprint."""
    return {
        part
        for mapping in event.port_app_config.resources
        if literal_of(mapping.port.entity.mappings.blueprint) == blueprint
        for part in parts_of(mapping)
    }


def given_by_others(gone: Entity) -> set[str]:
    """Return what other mappings give to the blueprint of an entity that is gone.

    Of what is gone, its own mapping leaves the names without values.
    """
    return given_to(gone.blueprint) - names_of(gone.properties, gone.relations)


async def take_back(
    port: PortClient, there: Iterable[tuple[Entity, Entity]]
) -> set[str]:
    """Take from entities what their mappings gave, if there is more in them.

    Takes each entity of a blueprint that is gone, with what Port has of it. Returns the
    identifiers of those that other mappings had given something, so that they stay.
    """
    by_others: dict[frozenset[str], list[Entity]] = {}
    for gone, full in there:
        others = given_by_others(gone)
        if has_content(full, others):
            by_others.setdefault(frozenset(others), []).append(gone)
    for parts, entities in by_others.items():
        await empty(port, entities[0].blueprint, entities, parts)
    return {entity.identifier for own in by_others.values() for entity in own}


async def written_by(
    port: PortClient, mapping: ResourceConfig, keys: Iterable[Key], brought: int = 0
) -> set[Key]:
    """Return those of some entities that have in Port what only this mapping gives.

    `brought` is how many entities have it at least: too many to find them all, if the
    others are fewer.
    """
    wanted, own = {*keys}, own_parts(mapping)
    found = await _find(port, mapping, wanted, own, own, brought)
    return {key_of(e) for e in found if has_content(e, own)} & wanted


async def written_by_others(
    port: PortClient, mapping: ResourceConfig, keys: Iterable[Key]
) -> set[Key]:
    """Return those of some entities that have in Port what other mappings give, and
    nothing that this one gives.
    """
    wanted, given = {*keys}, parts_of(mapping)
    others = _of_others(mapping) - given
    found = await _find(port, mapping, wanted, others, given | others)
    mine = {key_of(entity) for entity in found if has_content(entity, given)}
    return {key_of(e) for e in found if has_content(e, others)} & wanted - mine


async def _find(
    port: PortClient,
    mapping: ResourceConfig,
    wanted: set[Key],
    having: set[str],
    parts: set[str],
    number: int = 0,
) -> list[Entity]:
    """Return wanted entities that may have any of some parts, and perhaps others."""
    blueprint = str(literal_of(mapping.port.entity.mappings.blueprint))
    if len(wanted) <= max(MOST_NAMED, number):
        names = sorted(identifier for _, identifier in wanted)
        return await search_named(port, blueprint, names, parts)
    # Searches know whether a property is empty, but not whether a relation is.
    sorts = (part.partition(".") for part in sorted(having))
    names = [name for sort, _, name in sorts if sort == "properties"]
    rules = [{"property": name, "operator": "isNotEmpty"} for name in names]
    if not rules:
        return []
    return await search(
        port, blueprint, {"combinator": "or", "rules": rules}, parts=parts
    )
