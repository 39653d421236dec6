"""Find the entities that depended on an object that is gone.

The vendor no longer lists them, and sends no event for each of them.
"""

from typing import Any

from port_ocean.context.event import event
from port_ocean.context.ocean import ocean
from port_ocean.core.handlers.port_app_config.models import ResourceConfig
from port_ocean.core.models import Entity

from core.types import Item
from framework.jq_values import evaluate
from framework.port_search import search
from framework.referring import as_list
from live_events.belonging import RELATIONS


async def remove_dependents(
    resource: ResourceConfig, like: Item, owner_kind: str, owner: Item
) -> int:
    """Delete the entities of a mapping that refer to an owner; return how many."""
    found = await find_dependents(resource, like, owner_kind, owner)
    await remove_entities(found)
    return len(found)


async def remove_entities(entities: list[Entity]) -> None:
    """Delete some entities of the catalog."""
    if entities:
        await ocean.unregister(entities)


async def find_dependents(
    resource: ResourceConfig, like: Item, owner_kind: str, owner: Item
) -> list[Entity]:
    """Return the entities of a mapping that refer to an owner.

    `like` is an item as this mapping gets them, with nothing but its owner in it: what
    the mapping's relations make of it shows which of them leads to the owner.
    """
    found: dict[tuple[str, str], Entity] = {}
    for owning in event.port_app_config.resources:
        mapped = owning.port.entity.mappings
        identifier = await evaluate(mapped.identifier, owner)
        if owning.kind == owner_kind and identifier is not None:
            parts = await _referring(resource, like, mapped.blueprint, identifier)
            found |= {(entity.blueprint, entity.identifier): entity for entity in parts}
    return list(found.values())


async def _referring(
    resource: ResourceConfig, like: Item, owner_blueprint: Any, owner: Any
) -> list[Entity]:
    mappings = resource.port.entity.mappings
    relations = [
        name
        for name, expression in mappings.relations.items()
        if owner in as_list(await evaluate(expression, like))
    ]
    if not relations:
        return []
    blueprint = await evaluate(mappings.blueprint, like)
    related = {
        "operator": "relatedTo",
        "blueprint": await evaluate(owner_blueprint, like),
        "value": owner,
    }
    found = await search(ocean.port_client, blueprint, related, parts=RELATIONS)
    return [entity for entity in found if _refers(entity, relations, owner)]


def _refers(entity: Entity, relations: list[str], owner: Any) -> bool:
    """Return whether an entity leads to the owner itself, not by a long way round."""
    return any(owner in as_list(entity.relations.get(name)) for name in relations)
