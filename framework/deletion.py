"""Delete what live events found to be gone, as many entities in a request as may be.

The framework looks each one up, and deletes it, one after the other.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import batched

from loguru import logger
from port_ocean.clients.port.client import PortClient
from port_ocean.context.event import event
from port_ocean.core.models import Entity

from framework.bulk_deletion import bulk_delete
from framework.port_search import ENTITIES_PER_SEARCH, search_named
from framework.port_writer import reason_of
from framework.resync_run import Key, key_of
from framework.shared import given_by_others, take_back
from framework.stubs import empty, referred_to


async def delete_entities(port: PortClient, entities: Iterable[Entity]) -> None:
    """Delete entities, or empty them of what no other entity or mapping needs.

    Raises the first error that Port answers, once all of them were tried: the framework
    only logs it, and the event would count as processed.
    """
    failures: list[Exception] = []
    for blueprint, own in _rounds(entities):
        for part in batched(own, ENTITIES_PER_SEARCH):
            failures += await _try(port, blueprint, part)
    if failures:
        raise failures[0]


def _rounds(entities: Iterable[Entity]) -> Iterator[tuple[str, list[Entity]]]:
    """Yield entities by blueprint; one that comes again waits for the next round."""
    rounds: dict[tuple[int, str], list[Entity]] = {}
    seen: Counter[Key] = Counter()
    for entity in entities:
        key = key_of(entity)
        rounds.setdefault((seen[key], entity.blueprint), []).append(entity)
        seen[key] += 1
    for number, blueprint in sorted(rounds):
        yield blueprint, rounds[number, blueprint]


async def _try(
    port: PortClient, blueprint: str, entities: Sequence[Entity]
) -> list[Exception]:
    """Delete together, or else singly; return what went wrong."""
    try:
        return await _delete(port, blueprint, entities)
    except Exception as error:  # raised once all were tried
        if len(entities) == 1:
            return [error]
    return [e for entity in entities for e in await _try(port, blueprint, [entity])]


async def _delete(
    port: PortClient, blueprint: str, entities: Sequence[Entity]
) -> list[Exception]:
    """Delete entities; return what Port answers to those that it does not delete."""
    names = [entity.identifier for entity in entities]
    parts = {part for entity in entities for part in given_by_others(entity)}
    found = {e.identifier: e for e in await search_named(port, blueprint, names, parts)}
    there = [(e, found[e.identifier]) for e in entities if e.identifier in found]
    staying = await take_back(port, there)
    left = [entity for entity, _ in there if entity.identifier not in staying]
    names = [entity.identifier for entity in left]
    options = event.port_app_config.get_port_request_options()
    kept: set[str] = set()
    if names and options["create_missing_related_entities"]:
        kept = await referred_to(port, blueprint, names)
    if stubs := [entity for entity in left if entity.identifier in kept]:
        await empty(port, blueprint, stubs)
    rest = [entity for entity in left if entity.identifier not in kept]
    failed = await bulk_delete(port, rest)
    for (_, name), error in failed.items():
        logger.error(f"Port does not delete {blueprint} {name!r}: {reason_of(error)}")
    return [*failed.values()]
