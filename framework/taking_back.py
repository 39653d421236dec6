"""Take back what a mapping gave to entities that only other mappings still bring."""

from collections.abc import Iterable

from port_ocean.clients.port.client import PortClient
from port_ocean.context.event import event
from port_ocean.core.handlers.port_app_config.models import ResourceConfig
from port_ocean.core.models import Entity

from framework.jq_values import literal_of
from framework.protection import Kept, Protection
from framework.resync_run import Key, ResyncRun, key_of
from framework.shared import given_to, is_shared, own_parts, written_by
from framework.stubs import empty


class TakingBack:
    """Compares what each mapping has brought with what it has written before."""

    def __init__(self, run: ResyncRun, port: PortClient) -> None:
        self._run = run
        self._port = port

    async def take_back(self, came: Iterable[Entity]) -> None:
        """Take from the entities of a resync what a mapping no longer brings.

        What trouble hides is kept, as if the whole entity were missing. Raises
        httpx.HTTPError if Port does not take some of them.
        """
        entities = {key_of(entity): entity for entity in came}
        for mapping in event.port_app_config.resources:
            if is_shared(mapping):
                await self._take_back_of(mapping, entities)

    async def _take_back_of(
        self, mapping: ResourceConfig, entities: dict[Key, Entity]
    ) -> None:
        blueprint = literal_of(mapping.port.entity.mappings.blueprint)
        reading = self._run.reading_of(mapping)
        if blueprint is None or reading is None:
            return
        left = {key for key in entities if key[0] == blueprint} - reading.brought
        number = len(reading.brought)
        stale = await written_by(self._port, mapping, left, number)
        kept = Kept({key: entities[key] for key in stale})
        await Protection(self._run, self._port).keep(kept, [mapping])
        gone = [entities[key] for key in stale - kept.reasons.keys()]
        for _, reason in kept.reasons.items():
            self._run.kept[blueprint, reason] += 1
        others = given_to(blueprint) - own_parts(mapping)
        await empty(self._port, blueprint, gone, others)
