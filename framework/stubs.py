"""Empty what is gone but still referred to, so that it equals what never came.

Port would create such an entity again, empty, for whatever refers to it.
"""

import asyncio
from collections.abc import Collection, Iterable
from typing import Any

import httpx
from port_ocean.clients.port.client import PortClient
from port_ocean.clients.port.types import UserAgentType
from port_ocean.context.event import event
from port_ocean.core.models import Entity

from framework.jq_values import literal_of
from framework.port_search import search_named
from framework.port_writer import PortWriter
from framework.referring import as_list

STUB = {"identifier", "blueprint"}


async def empty(
    port: PortClient,
    blueprint: str,
    entities: list[Entity],
    kept: Collection[str] = (),
) -> int:
    """Take all content but the kept parts from entities that have any; count them.

    Parts are named as in searches: `properties.status`. Raises httpx.HTTPError if Port
    does not take some entities. An upsert without merging overrides the entire entity:
    https://docs.port.io/api-reference/create-an-entity/
    """
    full = await with_content(port, blueprint, entities)
    if full:
        stubs = [_reduced(entity, kept) for entity in full]
        options = event.port_app_config.get_port_request_options()
        writer = PortWriter(port)
        await writer.upsert_entities_in_batches(
            stubs, {**options, "merge": False}, UserAgentType.exporter, False
        )
        if writer.refused:
            number, why = len(writer.refused), next(iter(writer.refused.values()))
            raise httpx.HTTPError(f"Port empties {number} of {blueprint} not: {why}")
    return len(full)


def _reduced(entity: Entity, kept: Collection[str]) -> Entity:
    left = {
        kind: {
            n: v
            for n, v in values.items()
            if v not in (None, []) and f"{kind}.{n}" in kept
        }
        for kind, values in _contents(entity)
    }
    content = {kind: values for kind, values in left.items() if values}
    return Entity.parse_obj({**entity.dict(include=STUB), **content})


async def referred_to(
    port: PortClient, blueprint: str, identifiers: list[str]
) -> set[str]:
    """Return to which entities of a blueprint any of this integration refers directly.

    A rule may name several entities:
    https://docs.port.io/search-and-query/relation-operators
    """
    leading = await _relations_to(port, blueprint)
    if not leading:
        return set()
    blueprints = sorted({blueprint for blueprint, _ in leading})
    names = sorted({f"relations.{name}" for _, name in leading})
    related = {
        "operator": "relatedTo",
        "blueprint": blueprint,
        "value": identifiers,
    }
    of_these = {"property": "$blueprint", "operator": "in", "value": blueprints}
    found = await port.search_entities(
        UserAgentType.exporter,
        {"combinator": "and", "rules": [of_these, related]},
        ["blueprint", "identifier", *names],
    )
    # It also finds what is related by a long way round.
    ends = {
        end
        for one in found
        for leads_from, name in leading
        if leads_from == one.blueprint
        for end in as_list(one.relations.get(name))
        if isinstance(end, str)
    }
    return ends.intersection(identifiers)


async def _relations_to(port: PortClient, target: str) -> set[tuple[str, str]]:
    """Return blueprints that are mapped to, and their relations to another one."""
    mapped = {
        str(name)
        for r in event.port_app_config.resources
        if (name := literal_of(r.port.entity.mappings.blueprint)) is not None
    }
    # At once: one after the other, they hold the first deletion up for a second.
    known = await asyncio.gather(*(port.get_blueprint(name) for name in mapped))
    return {
        (name, relation)
        for name, blueprint in zip(mapped, known, strict=True)
        for relation, declared in blueprint.relations.items()
        if declared.target == target
    }


async def with_content(
    port: PortClient, blueprint: str, entities: Iterable[Entity]
) -> list[Entity]:
    """Return those of a blueprint's entities that have any value in Port."""
    names = [entity.identifier for entity in entities]
    found = await search_named(port, blueprint, names, _parts_of(blueprint))
    return [entity for entity in found if has_content(entity)]


def _parts_of(blueprint: str) -> set[str]:
    """Return what the mappings give to entities of a blueprint."""
    mapped = [r.port.entity.mappings for r in event.port_app_config.resources]
    own = [m for m in mapped if literal_of(m.blueprint) in (None, blueprint)]
    return {part for m in own for part in names_of(m.properties, m.relations)}


def names_of(properties: Iterable[str], relations: Iterable[str]) -> set[str]:
    """Return the names of parts of entities as searches use them."""
    own = {f"properties.{name}" for name in properties}
    return own | {f"relations.{name}" for name in relations}


def has_content(entity: Entity, parts: Collection[str] | None = None) -> bool:
    """Return whether an entity has a value, in some parts or in any."""
    return any(
        value not in (None, []) and (parts is None or f"{kind}.{name}" in parts)
        for kind, values in _contents(entity)
        for name, value in values.items()
    )


def _contents(entity: Entity) -> tuple[tuple[str, dict[str, Any]], ...]:
    return ("properties", entity.properties), ("relations", entity.relations)
