"""Search for the entities that this integration has brought to Port.

https://docs.port.io/search-and-query/
"""

from collections.abc import Collection, Iterable
from itertools import batched
from typing import Any

from port_ocean.clients.port.client import PortClient
from port_ocean.clients.port.types import UserAgentType
from port_ocean.core.models import Entity

type Rule = dict[str, Any]

# As many as the framework compares in one search.
ENTITIES_PER_SEARCH = 50
IDENTITY = ("blueprint", "identifier")


async def search(
    port: PortClient, blueprint: str, *rules: Rule, parts: Collection[str] = ()
) -> list[Entity]:
    """Return the entities of a blueprint that match all rules.

    Of their content they have only the named parts, such as `properties.status`.
    Raises httpx.HTTPStatusError.
    """
    own: Rule = {"property": "$blueprint", "operator": "=", "value": blueprint}
    query = {"combinator": "and", "rules": [own, *rules]}
    include = [*IDENTITY, *sorted(parts)]
    return await port.search_entities(UserAgentType.exporter, query, include)


async def search_named(
    port: PortClient,
    blueprint: str,
    identifiers: Iterable[str],
    parts: Collection[str] = (),
) -> list[Entity]:
    """Return those of some entities that are there, by their identifiers."""
    found: list[Entity] = []
    for some in batched(identifiers, ENTITIES_PER_SEARCH):
        rule = {"property": "$identifier", "operator": "in", "value": [*some]}
        found += await search(port, blueprint, rule, parts=parts)
    return found
