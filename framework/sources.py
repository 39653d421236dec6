"""Tell which site or server an entity belongs to, by its identifier."""

import re
from collections.abc import Collection, Iterable

from port_ocean.core.handlers.port_app_config.models import ResourceConfig

from core.types import Item
from framework.resync_run import Key, Reading
from framework.scopes import is_scoped

# What a scope looks like. Neither product has ids of that form.
_SCOPE = re.compile(r"(?:[a-z][a-z0-9-]{0,29}/){1,2}")


def tells_sites_apart(mapping: ResourceConfig) -> bool:
    """Return whether equal ids of different sites become different entities."""
    return is_scoped(mapping.port.entity.mappings.identifier)


def scope_of(reading: Reading) -> str:
    """Return what the identifiers of a connection begin with."""
    return reading.api.site.scope if reading.api is not None else ""


def marked(reading: Reading, item: Item) -> Item:
    """Return an item that tells from where it was read."""
    return reading.api.site.mark(item) if reading.api is not None else item


def own_keys(
    reading: Reading, scopes: Collection[str], keys: Iterable[Key]
) -> set[Key]:
    """Return those of some entities that belong to the connection of a reading.

    `scopes` are those of all connections. Where the mapping does not tell them apart,
    an entity may belong to any of them.
    """
    own = scope_of(reading)
    is_only = reading.api is None or not {*scopes} - {own}
    if is_only or not tells_sites_apart(reading.mapping):
        return {*keys}
    return {key for key in keys if _longest(key[1], scopes) == own}


def of_nobody(mapping: ResourceConfig, scopes: Collection[str], key: Key) -> str | None:
    """Return the scope of an entity if no connection has it (any more)."""
    if not tells_sites_apart(mapping):
        return None
    found = _SCOPE.match(key[1])
    if found is None or any(scope and key[1].startswith(scope) for scope in scopes):
        return None
    return found[0]


def _longest(identifier: str, scopes: Collection[str]) -> str:
    """Return the scope that an identifier begins with; what has none is the first's."""
    fitting = [scope for scope in scopes if identifier.startswith(scope)]
    return max(fitting, key=len, default=min(scopes, key=len))
