"""Decide which entities a resync keeps although it did not bring them."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

from port_ocean.clients.port.client import PortClient
from port_ocean.core.handlers.port_app_config.models import ResourceConfig
from port_ocean.core.models import Entity

from core.trouble import Trouble
from framework.identifiers import all_paths, lacks_any
from framework.jq_values import literal_of
from framework.port_search import search
from framework.referring import Referring
from framework.resync_run import Key, Reading, ResyncRun, entity_of, key_of
from framework.shared import is_shared, written_by_others
from framework.sources import marked, of_nobody, own_keys, tells_sites_apart

# Each hidden parent costs a search in Port; of more, the whole kind is kept.
MOST_PARENTS = 25
OTHER_TIME = "older than what was read"


@dataclass
class Kept:
    """The missing entities, and why some of them are kept."""

    missing: dict[Key, Entity]
    reasons: dict[Key, str] = field(default_factory=dict)

    def keep(self, keys: Iterable[Key], reason: str) -> None:
        """Keep what is missing of these; the first reason stays."""
        for key in keys:
            if key in self.missing:
                self.reasons.setdefault(key, reason)

    def only(self, keys: Iterable[Key]) -> "Kept":
        """Return some of the missing, to decide about these alone."""
        return Kept({key: self.missing[key] for key in keys if key in self.missing})

    def add(self, part: "Kept") -> None:
        """Keep what a part of the missing keeps."""
        for key, reason in part.reasons.items():
            self.keep([key], reason)

    def keep_all(self, blueprint: str | None, reason: str) -> None:
        """Keep all entities of a blueprint, or, for None, of whatever blueprint."""
        self.keep(self.missing_of(blueprint), reason)

    def is_needless(self, blueprint: str | None) -> bool:
        """Return whether nothing more of a blueprint can be deleted anyway."""
        return all(key in self.reasons for key in self.missing_of(blueprint))

    def missing_of(self, blueprint: str | None) -> list[Key]:
        """Return what is missing of a blueprint, or, for None, of all."""
        return [key for key in self.missing if blueprint in (None, key[0])]


def _id(reading: Reading, trouble: Trouble) -> Any:
    """Return the id by which the hidden items refer to their parent."""
    parent, found = reading.resource.parent, trouble.parent or {}
    if trouble.field or parent is None:
        return found.get("Id") or found.get("id")
    return found.get(parent.id_field)


class Protection:
    """Keeps what the troubles of a resync hide."""

    def __init__(self, run: ResyncRun, port: PortClient) -> None:
        self._run = run
        self._port = port
        self._referring = Referring(port)

    async def keep(self, kept: Kept, mappings: Iterable[ResourceConfig]) -> None:
        """Add what can't be known to be gone, mapping by mapping.

        A mapping that shares its blueprint has no say about what others have written.
        """
        for mapping in mappings:
            blueprint = literal_of(mapping.port.entity.mappings.blueprint)
            if kept.is_needless(blueprint):
                continue
            if not is_shared(mapping):
                await self._keep_of(kept, mapping, blueprint)
                continue
            missing = kept.missing_of(blueprint)
            of_others = await written_by_others(self._port, mapping, missing)
            own = kept.only(key for key in missing if key not in of_others)
            await self._keep_of(own, mapping, blueprint)
            kept.add(own)

    async def _keep_of(
        self, kept: Kept, mapping: ResourceConfig, blueprint: str | None
    ) -> None:
        reading = self._run.reading_of(mapping)
        if reading is None:
            kept.keep_all(blueprint, f"{mapping.kind} was not read")
            return
        kept.keep(reading.refused, "Port refused its new state")
        if reading.parts:
            await self._keep_hidden(kept, reading, blueprint)
        for part in reading.sources:
            missing = kept.missing_of(blueprint)
            own = kept.only(own_keys(part, self._run.sites_of(part), missing))
            await self._keep_of_one(own, part, blueprint)
            kept.add(own)

    async def _keep_of_one(
        self, kept: Kept, reading: Reading, blueprint: str | None
    ) -> None:
        """Add what one connection hides of its entities."""
        if reading.not_read is not None:
            kept.keep_all(blueprint, reading.not_read)
            return
        await self._keep_hidden(kept, reading, blueprint)
        await self._keep_older(kept, reading, blueprint)

    async def _keep_hidden(
        self, kept: Kept, reading: Reading, blueprint: str | None
    ) -> None:
        hidden = reading.report.hidden
        parents = [t for t in hidden if t.item is None and t.parent is not None]
        whole = [t for t in hidden if t.item is None and t.parent is None]
        if len(parents) > MOST_PARENTS:
            whole += parents[:1]
        for trouble in hidden:
            if whole:
                kept.keep_all(blueprint, whole[0].reason)
                return
            keys = await self._keys(reading, trouble)
            if keys is None:
                whole.append(trouble)
            else:
                kept.keep(keys, trouble.reason)
        if whole:
            kept.keep_all(blueprint, whole[0].reason)

    async def _keys(self, reading: Reading, trouble: Trouble) -> set[Key] | None:
        """Return the entities that a trouble hides, None if that is unknown."""
        mapping = reading.mapping
        if trouble.item is not None:
            # What is lost may be odd just there.
            identifier = mapping.port.entity.mappings.identifier
            if lacks_any(trouble.item, all_paths(identifier), or_unsure=True):
                return None
            return await entity_of(mapping, marked(reading, trouble.item))
        field_ = trouble.field or reading.resource.parent_field
        if field_ is None or trouble.parent is None:
            return None
        bare = marked(reading, {field_: _id(reading, trouble)})
        return await self._referring.to_parent(mapping, bare)

    async def _keep_older(
        self, kept: Kept, reading: Reading, blueprint: str | None
    ) -> None:
        """Keep what is dated before the window, for the resync read no further back."""
        if reading.window is None or kept.is_needless(blueprint):
            return
        inside = await self._inside(reading.mapping, *reading.window)
        missing = kept.missing_of(blueprint)
        kept.keep([key for key in missing if key not in inside], OTHER_TIME)

    async def _inside(
        self, mapping: ResourceConfig, dated_by: str, since: datetime
    ) -> set[Key]:
        """Return the entities in Port that are dated within the window.

        The mapping has to give the item's date to a property; without one, none is.
        """
        mappings = mapping.port.entity.mappings
        wanted, blueprint = f".{dated_by}", literal_of(mappings.blueprint)
        dates = [n for n, jq in mappings.properties.items() if jq.strip() == wanted]
        if not dates or blueprint is None:
            return set()
        window = {"from": since.isoformat(), "to": datetime.now(UTC).isoformat()}
        rule = {"property": dates[0], "operator": "between", "value": window}
        return {key_of(e) for e in await search(self._port, blueprint, rule)}


def keep_of_nobody(
    run: ResyncRun,
    kept: Kept,
    mappings: Iterable[ResourceConfig],
    came: Collection[Key],
) -> None:
    """Keep what belongs to a site or server that the settings do not name (any more).

    Settings may lack it by mistake, and then all that it has would go. Where some of
    what came looks like that, too, the form of an identifier says nothing.
    """
    for mapping in mappings:
        blueprint = literal_of(mapping.port.entity.mappings.blueprint)
        reading = run.reading_of(mapping)
        if reading is None or not tells_sites_apart(mapping):
            continue
        name_of = partial(of_nobody, run.sites_of(reading))
        lost = {k: name for k in kept.missing_of(blueprint) if (name := name_of(k))}
        present = reading.brought if is_shared(mapping) else came
        if lost and not any(key[0] == blueprint and name_of(key) for key in present):
            for key, name in lost.items():
                kept.keep([key], f"no connection is called {name} any more")
