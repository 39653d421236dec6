"""Find in the catalog what hung on something that is gone.

The vendor can't tell any more, and no event comes for each of them.
"""

from typing import Any

from port_ocean.clients.port.types import UserAgentType
from port_ocean.context.event import event
from port_ocean.context.ocean import ocean
from port_ocean.core.handlers.entity_processor.jq_entity_processor_sync import (
    JQEntityProcessorSync,
)
from port_ocean.core.handlers.port_app_config.models import ResourceConfig
from port_ocean.core.models import Entity

from core.types import Item

INCLUDED = ["blueprint", "identifier", "relations"]


async def remove_dependents(
    resource: ResourceConfig, like: Item, owner_kind: str, owner: Item
) -> int:
    """Delete the entities of a mapping that refer to an owner; return how many.

    `like` is an item as this mapping gets them, with nothing but its owner in it: what
    the mapping's relations make of it shows which of them leads to the owner.
    """
    removed = 0
    for owning in event.port_app_config.resources:
        mapped = owning.port.entity.mappings
        identifier = evaluate(mapped.identifier, owner)
        if owning.kind == owner_kind and identifier is not None:
            found = await _referring(resource, like, mapped.blueprint, identifier)
            if found:
                await ocean.unregister(found)
            removed += len(found)
    return removed


async def _referring(
    resource: ResourceConfig, like: Item, owner_blueprint: Any, owner: Any
) -> list[Entity]:
    mappings = resource.port.entity.mappings
    relations = [
        name
        for name, expression in mappings.relations.items()
        if owner in as_list(evaluate(expression, like))
    ]
    if not relations:
        return []
    query = {
        "combinator": "and",
        "rules": [
            {
                "property": "$blueprint",
                "operator": "=",
                "value": evaluate(mappings.blueprint, like),
            },
            {
                "operator": "relatedTo",
                "blueprint": evaluate(owner_blueprint, like),
                "value": owner,
            },
        ],
    }
    found = await ocean.port_client.search_entities(
        UserAgentType.exporter, query, INCLUDED
    )
    return [entity for entity in found if _refers(entity, relations, owner)]


def _refers(entity: Entity, relations: list[str], owner: Any) -> bool:
    """Tell whether an entity leads to the owner itself, not by a long way round."""
    return any(owner in as_list(entity.relations.get(name)) for name in relations)


def evaluate(expression: Any, item: Item) -> Any:
    """Return the first output of an expression of a mapping, None if it has none."""
    try:
        # It also keeps expressions from the environment, unless that is allowed.
        return JQEntityProcessorSync._compile(expression).input_value(item).first()
    except (ValueError, TypeError, StopIteration):  # no text, no jq, no output
        return None


def as_list(value: Any) -> list[Any]:
    """Return the one or many ends of a relation."""
    return value if isinstance(value, list) else [value]
