"""Tell the sites or servers of a product apart: which of them a mapping brings, and
whose an entity is, by its identifier.
"""

import re
from collections.abc import Collection, Iterable, Sequence

from port_ocean.core.handlers.port_app_config.models import ResourceConfig

from core.api import Api
from core.resource import Resource
from core.site import FIRST, MARKS, NAME_FORM, Site
from core.types import Item
from framework.expressions import reads_any
from framework.resync_run import Key, Reading
from framework.scopes import is_scoped
from framework.selectors import selected, serves

# What a scope looks like. Neither product has ids of that form.
_SCOPE = re.compile(rf"(?:{NAME_FORM}/){{1,2}}")
# What differs from site to site in items.
_TELLING = (*MARKS, "__siteUrl", "__url", "self")


def tells_sites_apart(mapping: ResourceConfig) -> bool:
    """Return whether equal ids of different sites become different entities."""
    return is_scoped(mapping.port.entity.mappings.identifier)


def brought_sites(
    mapping: ResourceConfig, resource: Resource, sites: Sequence[Site]
) -> list[Site]:
    """Return from which of several sites a mapping brings anything.

    Of those that it would mix up, because equal ids become one entity, it is the first.
    """
    wanted = [site for site in sites if serves(mapping.selector, site)]
    mappings = mapping.port.entity.mappings
    named = reads_any([mappings.identifier, mappings.blueprint], _TELLING)
    return wanted if named or resource.is_of_any_site else wanted[:1]


def sources_of(
    mapping: ResourceConfig, resource: Resource, apis: Sequence[Api]
) -> tuple[list[Api], dict[str, str]]:
    """Return the connections that a mapping brings, and why it leaves out others.

    Raises Refused if the selector names one that there is not.
    """
    wanted = selected(mapping.selector, apis)
    sites = brought_sites(mapping, resource, [api.site for api in wanted])
    left_out = {
        api.site.label: mixed_up(mapping, sites[0], api.site)
        for api in wanted
        if api.site not in sites
    }
    return [api for api in wanted if api.site in sites], left_out


def mixed_up(mapping: ResourceConfig, first: Site, other: Site) -> str:
    """Say why a site is left out, and what to do about it."""
    identifier = mapping.port.entity.mappings.identifier
    return (
        f"not brought: equal ids of {first.label} and {other.label} would become one"
        f" entity. Let the identifier {identifier!r} begin with `.__scope + `, and the"
        " relations to the same product, or give selector.sites one name"
    )


def scope_of(reading: Reading) -> str:
    """Return what the identifiers of a connection begin with."""
    return reading.api.site.scope if reading.api is not None else ""


def marked(reading: Reading, item: Item) -> Item:
    """Return an item that tells from where it was read."""
    return reading.api.site.mark(item) if reading.api is not None else item


def own_keys(reading: Reading, sites: Iterable[Site], keys: Iterable[Key]) -> set[Key]:
    """Return those of some entities that belong to the connection of a reading.

    `sites` are all of its product. Where the mapping does not tell them apart, an
    entity may belong to any of them.
    """
    own, scopes = scope_of(reading), {site.scope for site in sites}
    is_only = reading.api is None or not {*scopes} - {own}
    if is_only or not tells_sites_apart(reading.mapping):
        return {*keys}
    return {key for key in keys if _longest(key[1], scopes) == own}


def of_nobody(sites: Iterable[Site], key: Key) -> str | None:
    """Return how the connection of an entity was called if there is none (any more).

    That can be told only if the mapping tells sites apart.
    """
    scopes = {site.name: site.scope for site in sites}
    if (found := _SCOPE.match(key[1])) is None:
        return None if not scopes or FIRST.name in scopes else FIRST.label
    return None if found[0] in scopes.values() else found[0].strip("/")


def _longest(identifier: str, scopes: Collection[str]) -> str:
    """Return the scope that an identifier begins with; what has none is the first's."""
    fitting = [scope for scope in scopes if identifier.startswith(scope)]
    return max(fitting, key=len, default=min(scopes, key=len))
