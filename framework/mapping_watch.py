"""Notice what a mapping makes nothing of, and leave out what is not known.

The framework counts such items and goes on; their entities would be deleted, or their
values overwritten with null.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from loguru import logger
from port_ocean.context.event import event
from port_ocean.core.handlers.entity_processor.models import MappedEntity
from port_ocean.core.handlers.port_app_config.models import ResourceConfig
from port_ocean.core.utils.entity_identifier import normalize_identifier
from port_ocean.exceptions.context import EventContextNotFoundError

from core.trouble import INCOMPLETE, Report, name_of
from core.types import Item
from framework.expressions import expressions_in, paths_read, reads_any, reduced
from framework.identifiers import Clashes, identifies, lacks_any, needed_paths
from framework.items_to_parse import ITEMS_TO_PARSE
from framework.resync_run import Key, Reading, current_run, entity_of
from framework.scopes import clear_bare_scopes
from framework.shared import is_shared

type Outcome = tuple[list[MappedEntity], list[Exception]]
# In an entity: a name, or a part and a name in it.
type Place = tuple[str, ...]

NEEDED = ("identifier", "blueprint")
# By these a message names an item.
NAMES = {("key",), ("name",), ("Name",), ("id",), ("Id",)}
# Parts of a mapping that hold one expression for each name.
NESTED = ("properties", "relations")


@dataclass
class MappingWatch:
    """What one batch of items makes of a mapping."""

    mapping: ResourceConfig
    report: Report
    is_resync: bool
    is_shared: bool
    unmapped: Counter[str] = field(default_factory=Counter)
    deselected: set[Key] = field(default_factory=set)
    mapped: int = 0
    # For how many of them an expression gives null, by its place in the mapping.
    nulls: Counter[str] = field(default_factory=Counter)
    # What is mapped, where other mappings give something to the same entities, too.
    brought: set[Key] = field(default_factory=set)
    # Whether the mapping may read a value, by its name in an item.
    _reads: dict[str, bool] = field(default_factory=dict)
    # Places in an entity that these unknown values hide.
    _hidden: dict[tuple[str, ...], set[Place]] = field(default_factory=dict)
    # What the identifier's expression makes of nothing, by the scope of the items.
    _nothing: dict[Any, Any] = field(default_factory=dict)
    # Those of all batches.
    clashes: Clashes = field(default_factory=Clashes)
    # Parts of the mapping whose values were given up.
    lost: set[str] = field(default_factory=set)

    async def settled(
        self, items: list[Item], outcomes: list[Outcome]
    ) -> list[Outcome]:
        """Return the outcomes without errors and without what is not known."""
        return [
            (await self._settled_one(item, *outcome), [])
            for item, outcome in zip(items, outcomes, strict=True)
        ]

    async def _settled_one(
        self, item: Item, entities: list[MappedEntity], errors: list[Exception]
    ) -> list[MappedEntity]:
        if errors:
            self._lose(item, str(errors[0]).split("\n")[0])
            return []
        checked = [await self._checked(item, entity) for entity in entities]
        return [entity for entity in checked if entity is not None]

    def can_lose(self, where: str, reason: str) -> bool:
        """Record a value that can't be computed, if the entity may come without it."""
        if not event.port_app_config.enable_merge_entity:
            return False  # only whole entities come
        if where not in self.lost:
            self.lost.add(where)
            self.report.lose_value(where, reason)
        return True

    async def _checked(self, item: Item, mapped: MappedEntity) -> MappedEntity | None:
        unknown = self._read_of(item.get(INCOMPLETE, ()))
        if unknown and not self._is_placed(item, unknown):
            return None
        if not mapped.did_entity_pass_selector:
            if self.is_resync:
                self.deselected |= await entity_of(self.mapping, item) or set()
            return mapped
        if unnamed := await self._unnamed(item, mapped.entity):
            self.unmapped[unnamed] += 1
            return None
        clear_bare_scopes(mapped.entity.get("relations", {}), item)
        self.mapped += 1
        self.nulls.update(mapped.misconfigurations.keys())
        if self.is_shared:
            identifier, blueprint = (mapped.entity[name] for name in NEEDED)
            self.brought.add((blueprint, normalize_identifier(identifier)))
            if mapped.entity.get("title") is None:
                # A merge keeps the one that another mapping gives.
                mapped.entity.pop("title", None)
        return self._without(unknown, mapped) if unknown else mapped

    async def _unnamed(self, item: Item, entity: dict[str, Any]) -> str | None:
        """Return what an entity lacks to be named; an identifier may be a search."""
        identifier, blueprint = (entity.get(name) for name in NEEDED)
        expression = self.mapping.port.entity.mappings.identifier
        if not await identifies(expression, identifier, item, self._nothing):
            return "identifier"
        if not isinstance(blueprint, str) or not blueprint:
            return "blueprint"
        is_parsed = self.mapping.port.items_to_parse
        if not is_parsed and lacks_any(item, needed_paths(expression)):
            self.clashes.note((blueprint, normalize_identifier(identifier)), item)
        return None

    def _read_of(self, unknown: Iterable[str]) -> list[str]:
        """Return what the mapping reads of what is not known."""
        for name in unknown:
            if name not in self._reads:
                mapping = self.mapping
                parts = [mapping.port.entity.mappings.dict(), mapping.selector.query]
                self._reads[name] = reads_any(parts, [name])
        return [name for name in unknown if self._reads[name]]

    def _is_placed(self, item: Item, unknown: list[str]) -> bool:
        """Return whether it is known which entity the item becomes, if any."""
        mappings = self.mapping.port.entity.mappings
        if reads_any([getattr(mappings, name) for name in NEEDED], unknown):
            self.report.lose_kind(f"the identifier of {name_of(item)} is not known")
            return False
        if reads_any(self.mapping.selector.query, unknown):
            self._lose(item, "whether it is selected is not known")
            return False
        if not event.port_app_config.enable_merge_entity:
            self._lose(item, "without enableMergeEntity only whole ones come")
            return False
        return True

    def _lose(self, item: Item, reason: str) -> None:
        """Record an item, of which no more is kept than what names it."""
        mappings = self.mapping.port.entity.mappings.dict(include=set(NEEDED))
        paths = paths_read(expressions_in(mappings))
        small = item if paths is None else reduced(item, paths | NAMES)
        self.report.lose_item(small, reason)

    def _without(self, unknown: list[str], mapped: MappedEntity) -> MappedEntity:
        """Return the entity without what an expression makes of unknown values."""
        hidden = self._hidden_by(tuple(unknown))
        known = {k: v for k, v in mapped.entity.items() if (k,) not in hidden}
        for part in NESTED:
            if part in known:
                values = known[part].items()
                known[part] = {k: v for k, v in values if (part, k) not in hidden}
        return MappedEntity(known, True, {})

    def _hidden_by(self, unknown: tuple[str, ...]) -> set[Place]:
        """Return the places in an entity whose expressions read an unknown value."""
        if unknown not in self._hidden:
            mappings = self.mapping.port.entity.mappings.dict(exclude_unset=True)
            nested = {part: mappings.pop(part, None) or {} for part in NESTED}
            texts: dict[Place, Any] = {(name,): mappings[name] for name in mappings}
            for part, inner in nested.items():
                texts |= {(part, name): inner[name] for name in inner}
            self._hidden[unknown] = {
                place for place, text in texts.items() if reads_any(text, unknown)
            }
        return self._hidden[unknown]


def _is_shared(mapping: ResourceConfig) -> bool:
    try:
        return is_shared(mapping)
    except EventContextNotFoundError:  # without a mapping around it, it is alone
        return False


_CURRENT: ContextVar[MappingWatch | None] = ContextVar("mapping_watch", default=None)


@contextmanager
def watching(mapping: ResourceConfig) -> Iterator[None]:
    """Watch the mapping of a batch, and add what was seen to what the resync knows."""
    run = current_run()
    reading = run.reading_of(mapping) if run else None
    report = reading.report if reading else Report(mapping.kind)
    shared = _is_shared(mapping)
    watch = MappingWatch(mapping, report, reading is not None, shared)
    if reading:
        watch.clashes = reading.clashes
    token = _CURRENT.set(watch)
    try:
        yield
    finally:
        _CURRENT.reset(token)
    if reading:
        reading.unmapped += watch.unmapped
        reading.deselected |= watch.deselected
        reading.brought |= watch.brought
        reading.mapped += watch.mapped
        reading.nulls += watch.nulls
    else:
        for what in watch.unmapped:
            complaint = _complaint(mapping, what, watch.unmapped)
            logger.warning(f"{mapping.kind}: {complaint}")


def current_watch() -> MappingWatch | None:
    """Return the watch of the batch that is mapped just now."""
    return _CURRENT.get()


def record_unmapped(reading: Reading) -> None:
    """Record that items of a kind have become nothing, which hides all of the kind."""
    if reading.without_parts and not reading.split:
        reading.unmapped[ITEMS_TO_PARSE] += reading.without_parts
    for what in reading.unmapped:
        complaint = _complaint(reading.mapping, what, reading.unmapped)
        reading.report.lose_kind(complaint)
    if reading.clashes.are_found:
        identifier = reading.mapping.port.entity.mappings.identifier
        complaint = (
            f"{identifier!r} reads what the items lack, and is the same for some"
        )
        reading.report.lose_kind(complaint)


def _complaint(mapping: ResourceConfig, what: str, unmapped: Counter[str]) -> str:
    mappings = mapping.port.entity.mappings
    expressions = {
        ITEMS_TO_PARSE: mapping.port.items_to_parse,
        "identifier": mappings.identifier,
        "blueprint": mappings.blueprint,
    }
    return f"{unmapped[what]} items have no {what}: {expressions[what]!r} gives none"
