"""Take back what a mapping gave to entities that only other mappings still bring."""

from collections.abc import Iterable

from port_ocean.clients.port.client import PortClient
from port_ocean.context.event import event
from port_ocean.core.models import Entity

from framework.confirmation import Confirmation
from framework.jq_values import literal_of
from framework.protection import Kept, Protection, keep_of_nobody
from framework.resync_run import Key, Reading, ResyncRun, key_of
from framework.shared import given_to, is_shared, own_parts, written_by
from framework.stubs import empty


class TakingBack:
    """Compares what each mapping has brought with what it has written before."""

    def __init__(self, run: ResyncRun, port: PortClient) -> None:
        self._run = run
        self._port = port
        # By blueprint: what each mapping no longer brings, and what of that is kept.
        self._found: list[tuple[str, Reading, Kept]] = []

    async def find(self, entities: Iterable[Entity], *, confirms: bool) -> None:
        """Compare all entities, of before and after.

        What trouble hides is kept, as if the whole entity were missing; so is what no
        vendor confirms. Call it before anything is deleted: it may find that a list
        lacks what is there.
        """
        known = {key_of(entity): entity for entity in entities}
        for mapping in event.port_app_config.resources:
            blueprint = literal_of(mapping.port.entity.mappings.blueprint)
            reading = self._run.reading_of(mapping)
            if is_shared(mapping) and blueprint is not None and reading is not None:
                kept = await self._find_of(blueprint, reading, known, confirms)
                self._found.append((blueprint, reading, kept))

    async def _find_of(
        self,
        blueprint: str,
        reading: Reading,
        known: dict[Key, Entity],
        confirms: bool,
    ) -> Kept:
        mapping, brought = reading.mapping, reading.brought
        left = {key for key in known if key[0] == blueprint} - brought
        stale = await written_by(self._port, mapping, left, len(brought))
        kept = Kept({key: known[key] for key in stale})
        await Protection(self._run, self._port).keep(kept, [mapping])
        if confirms:
            keep_of_nobody(self._run, kept, [mapping], ())
            had = stale | (brought & known.keys())
            await Confirmation(self._run, self._port).keep_of(kept, reading, had)
        return kept

    async def take_back(self, left: Iterable[Entity]) -> None:
        """Take from the entities that are left what a mapping no longer brings.

        Raises httpx.HTTPError if Port does not take some of them.
        """
        entities = {key_of(entity): entity for entity in left}
        for blueprint, reading, kept in self._found:
            stale = entities.keys() & kept.missing.keys()
            gone = [entities[key] for key in stale - kept.reasons.keys()]
            for key in stale & kept.reasons.keys():
                self._run.kept[blueprint, kept.reasons[key]] += 1
            others = given_to(blueprint) - own_parts(reading.mapping)
            await empty(self._port, blueprint, gone, others)
