"""Write what has come, and delete what is gone: nothing whose absence isn't proven."""

from typing import Any

import httpx
from loguru import logger
from port_ocean.clients.port.types import UserAgentType
from port_ocean.context.event import event
from port_ocean.core.handlers.entities_state_applier.port.applier import (
    HttpEntitiesStateApplier,
)
from port_ocean.core.handlers.entities_state_applier.port.get_related_entities import (
    get_related_entities,
)
from port_ocean.core.models import Entity
from port_ocean.core.ocean_types import EntityDiff
from port_ocean.core.utils.utils import get_port_diff

from core.trouble import LINES_PER_SORT, current_report
from framework.bad_values import bad_values, without
from framework.bulk_deletion import bulk_delete, by_blueprint
from framework.confirmation import Confirmation
from framework.lacking_blueprints import blueprints_lacking, keep_replaced
from framework.live_metrics import REFUSED
from framework.port_writer import PortWriter, reason_of
from framework.protection import Kept, Protection, keep_of_nobody
from framework.resync_run import Key, Reading, current_run, key_of
from framework.stubs import empty
from framework.taking_back import TakingBack

# More are forgotten, and named again.
MOST_NAMED = 10_000
# The setting that lets a kind lose most of its entities unconfirmed.
LARGE_DELETIONS = "allow_large_deletions"


class CautiousStateApplier(HttpEntitiesStateApplier):
    """Delete what a resync no longer found, except for what its troubles hide."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        # What Port did not take of live events, and why.
        self._named: set[tuple[Key, str]] = set()

    async def upsert(
        self, entities: list[Entity], user_agent_type: UserAgentType
    ) -> list[Entity]:
        """Upsert entities; return those that Port accepted, and log the others.

        If Port refuses a value, the rest of the entity is sent again without it.
        """
        writer = PortWriter(self.context.port_client)
        taken: list[Entity] = []
        for blueprint, group in by_blueprint(entities).items():
            written, failed = await self._write(writer, group, user_agent_type)
            repaired = await self._without_bad_values(writer, blueprint, group)
            if repaired:
                more, failed_again = await self._write(
                    writer, repaired, user_agent_type
                )
                again = {key_of(entity) for entity in repaired}
                written += more
                failed = [e for e in failed if key_of(e) not in again] + failed_again
            taken += written
            for entity in failed:
                # A live event is done with what Port refuses for good.
                if current_run() or key_of(entity) not in writer.final:
                    event.entity_topological_sorter.register_entity(entity)
        self._record(len(entities), len(taken), writer)
        return taken

    async def _write(
        self, writer: PortWriter, group: list[Entity], user_agent_type: UserAgentType
    ) -> tuple[list[Entity], list[Entity]]:
        """Return the entities that Port took, and those that it did not."""
        options = event.port_app_config.get_port_request_options()
        results = await writer.upsert_entities_in_batches(
            group, options, user_agent_type, should_raise=False
        )
        taken = [entity for is_taken, entity in results if is_taken]
        return taken, [entity for is_taken, entity in results if not is_taken]

    async def _without_bad_values(
        self, writer: PortWriter, blueprint: str, group: list[Entity]
    ) -> list[Entity]:
        """Return what Port refused for values that its blueprint does not allow."""
        refused = [entity for entity in group if key_of(entity) in writer.final]
        if not refused:
            return []
        try:
            known = await self.context.port_client.get_blueprint(blueprint)
        except httpx.HTTPError as error:  # then they stay refused, with Port's reason
            logger.warning(f"Port does not show the blueprint {blueprint}: {error}")
            return []
        reading, repaired = _current_reading(), []
        report = reading.report if reading else current_report()
        for entity in refused:
            if names := bad_values(entity, known.properties_schema):
                reason = writer.refused.pop(key_of(entity))
                for name in names:
                    what = f"{blueprint}.{name}"
                    report.lose_value(what, f"{entity.identifier}: {reason}")
                repaired.append(without(entity, names))
        return repaired

    def _record(self, sent: int, written: int, writer: PortWriter) -> None:
        reading = _current_reading()
        for blueprint, _ in writer.final:
            REFUSED.labels(blueprint).inc()
        lines = max(0, LINES_PER_SORT - len(reading.refused if reading else ()))
        # Live events bring the same entity again and again: it is named once.
        refused = {*writer.refused.items()} - (set() if reading else self._named)
        for (blueprint, name), reason in sorted(refused)[:lines]:
            logger.error(f"Port refuses {blueprint} {name!r}: {reason}")
        if reading is None:
            room = MOST_NAMED - len(self._named)
            self._named = refused | (self._named if room > 0 else set())
            return
        reading.sent += sent
        reading.written += written
        reading.refused |= writer.refused
        reading.unmet |= writer.unmet
        reading.unanswered |= writer.unanswered & writer.refused.keys()

    async def delete(
        self, entities: list[Entity], user_agent_type: UserAgentType
    ) -> None:
        """Delete entities, and count them for the report; name what is left of them.

        The framework does so one after the other, and only logs how many are left.
        """
        logger.info(f"Deleting {len(entities)} entities")
        failed = await bulk_delete(self.context.port_client, entities)
        for (blueprint, name), error in [*failed.items()][:LINES_PER_SORT]:
            reason = reason_of(error)
            logger.error(f"Port does not delete {blueprint} {name!r}: {reason}")
        if run := current_run():
            gone = [entity for entity in entities if key_of(entity) not in failed]
            run.deleted.update(entity.blueprint for entity in gone)
            for (blueprint, _), error in failed.items():
                run.kept[blueprint, f"Port does not delete it: {reason_of(error)}"] += 1

    async def delete_diff(
        self,
        entities: EntityDiff,
        user_agent_type: UserAgentType,
        entity_deletion_threshold: float | None = None,
    ) -> None:
        """Delete stale entities, but none whose absence is not proven."""
        # Of a blueprint that Port lacks, it would answer 404 for all.
        lacking = blueprints_lacking()
        after = [e for e in entities["after"] if e.blueprint not in lacking]
        entities = {**entities, "after": after}
        missing = get_port_diff(entities["before"], entities["after"]).deleted
        taking_back = await self._compare(entities)
        kept = await self._kept(missing, entities) if missing else []
        # As if they had come, so that the threshold is a share of all entities.
        await super().delete_diff(
            {"before": entities["before"], "after": [*entities["after"], *kept]},
            user_agent_type,
            entity_deletion_threshold,
        )
        if taking_back is not None:
            await taking_back.take_back([*entities["after"], *kept])

    async def _compare(self, entities: EntityDiff) -> TakingBack | None:
        """Find what single mappings no longer bring; None outside of resyncs."""
        run = current_run()
        if run is None:
            return None
        taking_back = TakingBack(run, self.context.port_client)
        both = [*entities["before"], *entities["after"]]
        await taking_back.find(both, confirms=self._confirms)
        return taking_back

    @property
    def _confirms(self) -> bool:
        """Return whether the loss of many entities has to be confirmed."""
        return not self.context.integration_config.get(LARGE_DELETIONS)

    async def _safe_delete(
        self,
        entities_to_delete: list[Entity],
        entities_to_protect: list[Entity],
        user_agent_type: UserAgentType,
    ) -> None:
        """Delete entities, but empty those that others refer to.

        The framework leaves these as they are, for Port would make them again.
        """
        port = self.context.port_client
        related = await get_related_entities(entities_to_protect, port)
        if event.port_app_config.create_missing_related_entities:
            referred = {key_of(entity) for entity in related}
        else:
            referred = set()
        gone = [e for e in entities_to_delete if key_of(e) not in referred]
        await self.delete(gone, user_agent_type)
        still = [e for e in entities_to_delete if key_of(e) in referred]
        for blueprint, group in by_blueprint(still).items():
            number = await empty(port, blueprint, group)
            if run := current_run():
                run.deleted[blueprint] += number

    async def _kept(self, missing: list[Entity], all_: EntityDiff) -> list[Entity]:
        run = current_run()
        if run is None:
            return []
        kept = Kept({key_of(entity): entity for entity in missing})
        port = self.context.port_client
        await Protection(run, port).keep(kept, event.port_app_config.resources)
        keep_replaced(kept, event.port_app_config.resources)
        if self._confirms:
            came = {key_of(entity) for entity in all_["after"]}
            keep_of_nobody(run, kept, event.port_app_config.resources, came)
            await Confirmation(run, port).keep(kept, all_["before"], all_["after"])
        for (blueprint, _), reason in kept.reasons.items():
            run.kept[blueprint, reason] += 1
        return [kept.missing[key] for key in kept.reasons]


def _current_reading() -> Reading | None:
    run = current_run()
    return run.reading_of(event.resource_config) if run else None
