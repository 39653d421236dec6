"""Tell whether the catalog has an object under another parent than an event says.

Octopus answers that one space has no such document although another one has it. So
whoever may post the events of one space could have documents of any other deleted.
"""

from typing import Any

from port_ocean.context.ocean import ocean
from port_ocean.core.handlers.port_app_config.models import ResourceConfig
from port_ocean.core.models import Entity

from core.site import SCOPE
from core.types import Item
from framework.jq_values import evaluate
from framework.port_search import search_named
from framework.referring import as_list

RELATIONS = ["relations"]


async def is_elsewhere(resource: ResourceConfig, gone: Item, parent: Item) -> bool:
    """Return whether the entity of what is gone leads to another parent.

    `gone` has the object's ids, `parent` the one that names its parent. The answer is
    False if no relation of the mapping leads to the parent, or the entity has none.
    """
    mapped = resource.port.entity.mappings
    identifier = await evaluate(mapped.identifier, gone)
    if identifier is None or not await _relations(resource, parent):
        return False
    blueprint = await evaluate(mapped.blueprint, gone)
    found = await search_named(ocean.port_client, blueprint, [identifier], RELATIONS)
    return len(await not_elsewhere(found, resource, parent)) < len(found)


async def not_elsewhere(
    entities: list[Entity], resource: ResourceConfig, parent: Item
) -> list[Entity]:
    """Return those of a mapping's entities that lead to no other parent."""
    wanted = await _relations(resource, parent)
    return [
        entity
        for entity in entities
        if not any(_differs(entity.relations.get(n), end) for n, end in wanted.items())
    ]


async def _relations(resource: ResourceConfig, parent: Item) -> dict[str, str]:
    """Return where a mapping's relations lead that depend on the parent alone."""
    found: dict[str, str] = {}
    nothing = {SCOPE: parent.get(SCOPE)}
    for name, expression in resource.port.entity.mappings.relations.items():
        end = await evaluate(expression, parent)
        if isinstance(end, str) and end != await evaluate(expression, nothing):
            found[name] = end
    return found


def _differs(end: Any, wanted: str) -> bool:
    return bool(end) and wanted not in as_list(end)
