"""Ask the vendor for some of what is missing before very much is deleted."""

from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any

from port_ocean.clients.port.client import PortClient
from port_ocean.core.handlers.entities_state_applier.port.get_related_entities import (
    get_related_entities,
)
from port_ocean.core.handlers.port_app_config.models import ResourceConfig
from port_ocean.core.models import Entity

from core.api import Api
from core.errors import ApiError
from core.fetch import fetch_one, fetch_parents
from core.trouble import ODD_FORM
from core.types import Item
from framework.bulk_deletion import by_blueprint
from framework.jq_values import evaluate, literal_of
from framework.port_search import search_named
from framework.protection import Kept
from framework.resync_run import Key, Reading, ResyncRun, entity_of, key_of
from framework.scopes import field_of, is_scoped
from framework.sources import marked, own_keys, scope_of
from framework.stubs import names_of, with_content

# Fewer entities than these may go where their vendor can't be asked.
MANY = 20
CANNOT_BE_ASKED = "cannot be asked"
# So many of the missing are asked for singly.
SAMPLE = 20
# An item of unknown parent is searched in each; with more parents it is kept.
MOST_PARENTS = 10
SETTING = "allowLargeDeletions"


class Confirmation:
    """Keeps a kind of which more than half is missing, unless its vendor confirms it.

    A list may lack what is there, and look complete all the same.
    """

    def __init__(self, run: ResyncRun, port: PortClient) -> None:
        self._run = run
        self._port = port

    async def keep(
        self, kept: Kept, before: Iterable[Entity], after: list[Entity]
    ) -> None:
        """Add what is missing of a blueprint if that can't be confirmed."""
        for blueprint, group in by_blueprint(before).items():
            keys = {key_of(entity) for entity in group}
            for readings, own in self._of_each_site(self._readings(blueprint), keys):
                missing = self._missing(kept, blueprint, own)
                if len(missing) * 2 > len(own):
                    await self._confirm(kept, readings, missing, len(own), after)

    async def keep_of(self, kept: Kept, reading: Reading, had: set[Key]) -> None:
        """Add what one of several mappings lacks of the entities that it had before."""
        for parts, own in self._of_each_site([reading], had):
            missing = {
                key: entity
                for key, entity in kept.missing.items()
                if key in own - kept.reasons.keys() - reading.deselected
            }
            if len(missing) * 2 > len(own):
                await self._ask(kept, parts, missing, len(own))

    def _of_each_site(
        self, all_: list[Reading], keys: set[Key]
    ) -> Iterator[tuple[list[Reading], set[Key]]]:
        """Yield who reads some of the entities: one site may lose all that it has."""
        parts: dict[frozenset[Key], list[Reading]] = {}
        for reading in all_:
            for part in reading.sources:
                own = frozenset(own_keys(part, self._run.sites_of(part), keys))
                parts.setdefault(own, []).append(part)
        yield from ((readings, {*own}) for own, readings in parts.items())

    def _missing(self, kept: Kept, blueprint: str, keys: set[Key]) -> dict[Key, Entity]:
        """Return what would be deleted and was not left out by a selector's query."""
        unwanted = {key for r in self._readings(blueprint) for key in r.deselected}
        return {
            key: entity
            for key, entity in kept.missing.items()
            if key in keys and key not in kept.reasons and key not in unwanted
        }

    def _readings(self, blueprint: str) -> list[Reading]:
        return [
            reading
            for reading in self._run.readings
            if literal_of(reading.mapping.port.entity.mappings.blueprint)
            in (None, blueprint)
        ]

    async def _confirm(
        self,
        kept: Kept,
        readings: list[Reading],
        missing: dict[Key, Entity],
        total: int,
        after: list[Entity],
    ) -> None:
        missing = await self._with_content(missing, after)
        if len(missing) * 2 > total:
            await self._ask(kept, readings, missing, total)

    async def _ask(
        self,
        kept: Kept,
        readings: list[Reading],
        missing: dict[Key, Entity],
        total: int,
    ) -> None:
        (blueprint, _), *_ = missing
        reason = await self._reason_to_keep(readings, missing, is_many=total >= MANY)
        if reason:
            left = total - len(missing)
            message = (
                f"of {total} entities of {blueprint} {left} are left, but {reason}."
                f" The others are kept; {SETTING} lets them go"
            )
            kept.keep(missing, message)
            readings[0].report.lose_kind(message)

    async def _with_content(
        self, missing: dict[Key, Entity], after: list[Entity]
    ) -> dict[Key, Entity]:
        """Leave out what others refer to and what never had any content."""
        related = await get_related_entities(after, self._port)
        referred = {key_of(entity) for entity in related} & missing.keys()
        stubs = [missing[key] for key in referred]
        if not stubs:
            return missing
        full = await with_content(self._port, stubs[0].blueprint, stubs)
        empty = referred - {key_of(entity) for entity in full}
        return {key: missing[key] for key in missing.keys() - empty}

    async def _reason_to_keep(
        self, readings: list[Reading], missing: dict[Key, Entity], *, is_many: bool
    ) -> str | None:
        """Return why the missing are kept: one is there or, of many, nobody tells."""
        keys = sorted(missing)
        step = max(1, len(keys) // SAMPLE)
        for key in keys[::step][:SAMPLE]:
            answers = [await self._is_gone(reading, *key) for reading in readings]
            if False in answers:
                return f"{key[1]}, which the list lacks, is still there"
            if None in answers or (is_many and CANNOT_BE_ASKED in answers):
                return f"the vendor does not say whether {key[1]} is gone"
        return None

    async def _is_gone(
        self, reading: Reading, blueprint: str, identifier: str
    ) -> bool | str | None:
        """Ask the vendor for one item; None if it does not say, or CANNOT_BE_ASKED."""
        api, selector = reading.api, reading.mapping.selector
        if api is None:
            return CANNOT_BE_ASKED
        try:
            async for ref in self._refs(reading, api, blueprint, identifier):
                found = await fetch_one(api, reading.resource, ref, selector)
                if isinstance(found, dict) and await _is_wanted(
                    reading.mapping, marked(reading, found), (blueprint, identifier)
                ):
                    return False
        except _CannotBeAsked:
            return CANNOT_BE_ASKED
        except (ApiError, *ODD_FORM):
            return None
        return True

    async def _refs(
        self, reading: Reading, api: Api, blueprint: str, identifier: str
    ) -> AsyncIterator[Item]:
        """Yield references to an item: one for each parent where that isn't known."""
        known: Item | None = await self._known(reading, blueprint, identifier)
        if known and reading.resource.id_field not in known:
            known = await self._identified(reading, known)
        if known is None:
            return
        parent, field = reading.resource.parent, reading.resource.parent_field
        if parent is None or field is None or field in known:
            yield known
            return
        selector = reading.mapping.selector
        parents = await fetch_parents(api, parent, selector)
        if not 0 < len(parents) <= MOST_PARENTS:
            raise _CannotBeAsked
        for item in parents:
            yield {**known, field: item[parent.id_field]}

    async def _identified(self, reading: Reading, known: Item) -> Item | None:
        """Let the product find the id of an item; return None if it is gone."""
        product = self._run.product_of(reading.api)
        if product is None or product.identify is None:
            raise _CannotBeAsked
        return await product.identify(reading.api, known)

    async def _known(self, reading: Reading, blueprint: str, identifier: str) -> Item:
        """Return the fields of an item that its entity shows, as plain paths do."""
        mapping = reading.mapping
        mappings = mapping.port.entity.mappings
        field = field_of(mappings.identifier)
        if field is None or mapping.port.items_to_parse:
            raise _CannotBeAsked
        relations = mappings.relations.items()
        plain = {name: f for name, text in relations if (f := field_of(text))}
        parts = names_of((), plain)
        found = await search_named(self._port, blueprint, [identifier], parts)
        ends = found[0].relations if found else {}
        scope = scope_of(reading)
        shown = {
            plain[name]: _without_scope(mappings.relations[name], end, scope)
            for name, end in ends.items()
            if name in plain and end
        }
        return {**shown, field: _without_scope(mappings.identifier, identifier, scope)}


def _without_scope(expression: Any, value: Any, scope: str) -> Any:
    """Return what is in the item: an expression may put the scope before it."""
    if isinstance(value, str) and is_scoped(expression):
        return value.removeprefix(scope)
    return value


class _CannotBeAsked(Exception):
    """Raised where the identifier does not hold the vendor's id."""


async def _is_wanted(mapping: ResourceConfig, item: Item, key: Key) -> bool:
    """Return whether a resync should have brought this item under this identifier."""
    if await evaluate(mapping.selector.query, item) is not True:
        return False
    made = await entity_of(mapping, item)
    return made is None or key in made
