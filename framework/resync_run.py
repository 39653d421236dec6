"""What the running resync has read, lost and written, mapping by mapping."""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from port_ocean.context.event import EventType, event
from port_ocean.core.handlers.port_app_config.models import ResourceConfig
from port_ocean.core.models import Entity
from port_ocean.core.utils.entity_identifier import normalize_identifier
from port_ocean.exceptions.context import EventContextNotFoundError

from core.api import Api
from core.resource import Resource
from core.site import Site
from core.trouble import Report, Trouble
from core.types import Item
from framework.identifiers import Clashes, identifies
from framework.jq_values import evaluate

_RUN = "resync_run"
# Of so many entities, one should have a value if the expression is right.
MANY = 10
RESYNCS = {EventType.RESYNC, EventType.INCREMENTAL_RESYNC}

# Blueprint and identifier, as the framework compares entities.
type Key = tuple[str, str]


def key_of(entity: Entity) -> Key:
    """Return the key that identifies an entity."""
    return entity.blueprint, normalize_identifier(entity.identifier)


async def entity_of(mapping: ResourceConfig, item: dict[str, Any]) -> set[Key] | None:
    """Return the entity that an item becomes, None if that is unknown."""
    mappings = mapping.port.entity.mappings
    if mapping.port.items_to_parse:
        return None
    blueprint = await evaluate(mappings.blueprint, item)
    identifier = await evaluate(mappings.identifier, item)
    if not await identifies(mappings.identifier, identifier, item):
        return None
    if not blueprint or not isinstance(blueprint, str):
        return None
    return {(blueprint, normalize_identifier(identifier))}


@dataclass(frozen=True, kw_only=True)
class Product:
    """A connection to a vendor that this installation brings.

    `sign_in` raises when it can't. `identify` adds the id to what is known of an item
    by another name; it returns None if the vendor says that there is no such item. All
    sites or servers of one vendor have the same `family`.
    """

    name: str
    api: Any
    sign_in: Callable[[Any], Awaitable[None]]
    identify: Callable[[Any, Item], Awaitable[Item | None]] | None = None
    family: str = ""


@dataclass(kw_only=True, eq=False)
class Reading:
    """What the resync reads for one mapping, and what became of it.

    `not_read` says why a kind was not read at all, although nothing is wrong with it;
    `window` names the item's date and how far back the resync has read.
    """

    mapping: ResourceConfig
    resource: Resource
    api: Api | None
    report: Report
    # Where there are several sites or servers, what is read of each.
    parts: list["Reading"] = field(default_factory=list)
    # Items brought; entities made of them, sent to Port, and taken by it.
    items: int = 0
    mapped: int = 0
    sent: int = 0
    written: int = 0
    not_read: str | None = None
    window: tuple[str, datetime] | None = None
    # How many items have no identifier or no blueprint, by the name of what they lack.
    unmapped: Counter[str] = field(default_factory=Counter)
    clashes: Clashes = field(default_factory=Clashes)
    # For how many entities a part of the mapping gave null.
    nulls: Counter[str] = field(default_factory=Counter)
    # Items that `itemsToParse` gave a list for, and those for which it gave null.
    split: int = 0
    without_parts: int = 0
    # What was brought, if other mappings give something to the same entities, too.
    brought: set[Key] = field(default_factory=set)
    # What the selector's query has left out: it is proven that it isn't wanted.
    deselected: set[Key] = field(default_factory=set)
    # What Port did not take, and its reasons.
    refused: dict[Key, str] = field(default_factory=dict)
    # Of these, what is tried again at the end, when all it refers to has come, and
    # what Port gave no answer about.
    unmet: set[Key] = field(default_factory=set)
    unanswered: set[Key] = field(default_factory=set)
    # What an incremental run found to be gone, as far as it is known (raw).
    gone: list[Item] = field(default_factory=list)

    @property
    def sources(self) -> list["Reading"]:
        """Return what was read of each connection, be it one or several."""
        return self.parts or [self]

    @property
    def troubles(self) -> list[Trouble]:
        """Return the trouble with the mapping, and with each connection."""
        return [t for one in (self, *self.parts) for t in one.report.troubles]

    @property
    def hidden(self) -> list[Trouble]:
        """Return the trouble that hides items."""
        return [t for one in (self, *self.parts) for t in one.report.hidden]

    @property
    def is_settled(self) -> bool:
        """Return whether reading it again at once would bring no more."""
        return not self.unanswered and all(one.is_permanent for one in self.hidden)

    @property
    def always_empty(self) -> list[str]:
        """Return the parts of the mapping that gave null for each of many entities."""
        if self.mapped < MANY:
            return []
        return [name for name, count in self.nulls.items() if count == self.mapped]

    @property
    def is_refused(self) -> bool:
        """Return whether Port took nothing at all of what was brought."""
        is_unchanged = self.sent < self.mapped
        return bool(self.refused) and not self.written and not is_unchanged


@dataclass(eq=False)
class ResyncRun:
    """One resync; `lost` has the products whose sign-in failed, and why."""

    readings: list[Reading] = field(default_factory=list)
    products: list[Product] = field(default_factory=list)
    lost: dict[str, str] = field(default_factory=dict)
    deleted: Counter[str] = field(default_factory=Counter)
    # How many entities of a blueprint are kept, by blueprint and reason.
    kept: Counter[tuple[str, str]] = field(default_factory=Counter)
    _memories: dict[Any, dict[str, Any]] = field(default_factory=dict)

    def memory_of(self, owner: object) -> dict[str, Any]:
        """Return what somebody keeps until the resync ends, such as a client."""
        return self._memories.setdefault(owner, {})

    def reading_of(self, mapping: ResourceConfig | None) -> Reading | None:
        """Return what was read for a mapping, None if nothing was."""
        return next((r for r in self.readings if r.mapping is mapping), None)

    def sites_of(self, reading: Reading) -> list[Site]:
        """Return all sites or servers of the product that a reading is of."""
        own = [one.api for one in reading.sources if one.api is not None]
        family = {p.family for p in map(self.product_of, own) if p}
        known = [p.api.site for p in self.products if p.family in family]
        return known or [api.site for api in own]

    def product_of(self, api: Api | None) -> Product | None:
        """Return the product that a client talks to."""
        return next((p for p in self.products if p.api is api), None)

    def begin(
        self, mapping: ResourceConfig, resource: Resource, api: Api | None
    ) -> Reading:
        """Start the reading of a mapping."""
        report = Report(mapping.kind)
        reading = Reading(mapping=mapping, resource=resource, api=api, report=report)
        self.readings.append(reading)
        return reading

    def begin_each(
        self, mapping: ResourceConfig, resource: Resource, apis: Sequence[Api]
    ) -> Reading:
        """Start the reading of a mapping from as many connections as there are."""
        if len(apis) < 2:
            return self.begin(mapping, resource, next(iter(apis), None))
        reading = self.begin(mapping, resource, None)
        kind = mapping.kind
        reading.parts = [
            Reading(mapping=mapping, resource=resource, api=api, report=Report(kind))
            for api in apis
        ]
        return reading

    def troubled(self) -> Iterator[Reading]:
        """Yield what was not brought as a whole."""
        return (r for r in self.readings if r.troubles)


def current_run() -> ResyncRun | None:
    """Return the running resync, None in all other work such as live events.

    An incremental run is one, too; it compares nothing, and so deletes nothing.
    """
    try:
        if event.event_type not in RESYNCS:
            return None
    except EventContextNotFoundError:
        return None
    run: ResyncRun = event.attributes.setdefault(_RUN, ResyncRun())
    return run
