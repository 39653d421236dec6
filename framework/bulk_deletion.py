"""Delete entities, a hundred in a request, and learn which ones Port does not delete.

Of a request in which one entity can't be deleted, Port deletes none, so these are tried
again singly, after all the others, and for as long as one of them leaves: what they
wait for may be gone by then.
https://docs.port.io/api-reference/delete-multiple-entities
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import batched

import httpx
from port_ocean.clients.port.client import PortClient
from port_ocean.clients.port.types import UserAgentType
from port_ocean.context.event import event
from port_ocean.core.models import Entity

from core.trouble import ODD_FORM
from framework.resync_run import Key, key_of

ENTITIES_PER_REQUEST = 100
# Singly, so many at the same time: the framework's own limit is no lower.
AT_ONCE = 20
AGENT = UserAgentType.exporter


async def bulk_delete(
    port: PortClient, entities: Iterable[Entity]
) -> dict[Key, Exception]:
    """Delete entities of any blueprints; return what is left of them, and why.

    What is gone already counts as deleted.
    """
    groups = by_blueprint({key_of(entity): entity for entity in entities}.values())
    asking = [
        _together(port, blueprint, part)
        for blueprint, group in groups.items()
        for part in batched(group, ENTITIES_PER_REQUEST)
    ]
    left = [entity for part in await asyncio.gather(*asking) for entity in part]
    count, failed = len(left), await _each(port, left)
    while 0 < len(failed) < count:
        count = len(failed)
        failed = await _each(port, [entity for entity, _ in failed])
    return {key_of(entity): error for entity, error in failed}


def by_blueprint(entities: Iterable[Entity]) -> dict[str, list[Entity]]:
    """Group entities as Port takes them."""
    groups: dict[str, list[Entity]] = defaultdict(list)
    for entity in entities:
        groups[entity.blueprint].append(entity)
    return groups


async def _together(
    port: PortClient, blueprint: str, part: Iterable[Entity]
) -> list[Entity]:
    """Delete some entities of a blueprint; return those that Port has not deleted."""
    own = {entity.identifier: entity for entity in part}
    options = event.port_app_config.get_port_request_options()
    try:
        deleted = await port.bulk_delete_entities(blueprint, [*own], options, AGENT)
    except (httpx.HTTPError, *ODD_FORM):
        return [*own.values()]
    return [entity for name, entity in own.items() if name not in deleted]


async def _each(
    port: PortClient, entities: Sequence[Entity]
) -> list[tuple[Entity, Exception]]:
    """Delete each entity by itself; return those that are left, and why."""
    places = asyncio.Semaphore(AT_ONCE)
    errors = await asyncio.gather(*(_singly(port, one, places) for one in entities))
    return [(e, why) for e, why in zip(entities, errors, strict=True) if why]


async def _singly(
    port: PortClient, entity: Entity, places: asyncio.Semaphore
) -> Exception | None:
    options = event.port_app_config.get_port_request_options()
    async with places:
        try:
            await port.delete_entity(entity, options, AGENT)
        except (httpx.HTTPError, *ODD_FORM) as error:
            return error
    return None
