"""The framework's integration, which reports the real outcome of a resync."""

from itertools import batched
from typing import Any

from loguru import logger
from port_ocean.clients.port.client import PortClient
from port_ocean.clients.port.types import UserAgentType
from port_ocean.context.event import event
from port_ocean.core.handlers.port_app_config.models import ResourceConfig
from port_ocean.core.integrations.base import BaseIntegration
from port_ocean.core.models import Entity

from framework.port_search import ENTITIES_PER_SEARCH
from framework.resync_run import ResyncRun, current_run, key_of
from framework.summary import SYNCED, conclude, conclude_early, what_came


class ReportingIntegration(BaseIntegration):
    """Report each resync; one fails if Port accepted nothing of a kind."""

    _is_reported = False

    async def sync_raw_all(self, *args: Any, **kwargs: Any) -> bool:
        """Run a resync; report it also if it fails before its first kind."""
        self._is_reported = False
        try:
            return bool(await super().sync_raw_all(*args, **kwargs))
        except Exception as error:
            if not self._is_reported:
                conclude_early(error)
            raise

    async def process_resource(
        self, resource: ResourceConfig, index: int, user_agent_type: UserAgentType
    ) -> tuple[list[Entity], list[Exception]]:
        """Bring a kind, and log how many items and entities that were."""
        result = await super().process_resource(resource, index, user_agent_type)
        run = current_run()
        if reading := run.reading_of(resource) if run else None:
            logger.info(f"{SYNCED}{resource.kind}: {what_came(reading)}")
            if names := reading.always_empty:
                text = f"empty for all {reading.mapped}: {', '.join(names)}"
                logger.info(f"{resource.kind}: {text}")
        return result

    async def sort_and_upsert_failed_entities(
        self, user_agent_type: UserAgentType
    ) -> None:
        """Retry entities that referred to missing ones; check which arrived."""
        await super().sort_and_upsert_failed_entities(user_agent_type)
        run = current_run()
        if run and event.entity_topological_sorter.should_execute():
            await accept_retried(run, self.context.port_client)

    async def resync_reconciliation(
        self,
        creation_results: list[tuple[list[Entity], list[Exception]]],
        did_fetched_current_state: bool,
        user_agent_type: UserAgentType,
        app_config: Any,
        silent: bool = True,
    ) -> bool:
        """Reconcile, then report; return whether the resync is a success."""
        done, reason = False, None
        try:
            done = await super().resync_reconciliation(
                creation_results,
                did_fetched_current_state,
                user_agent_type,
                app_config,
                silent,
            )
        except Exception as error:
            reason = error
            raise
        finally:
            run, self._is_reported = current_run(), True
            is_good = run is None or conclude(
                run, event.port_app_config.resources, done, reason
            )
        return done and is_good


async def accept_retried(run: ResyncRun, port: PortClient) -> None:
    """Count as written what was refused for an unmet relation and is in Port now."""
    for reading in run.readings:
        for keys in batched(sorted(reading.unmet), ENTITIES_PER_SEARCH):
            entities = [
                Entity.parse_obj({"blueprint": blueprint, "identifier": identifier})
                for blueprint, identifier in keys
            ]
            found = await port.search_batch_entities(UserAgentType.exporter, entities)
            for entity in found:
                if reading.refused.pop(key_of(entity), None) is not None:
                    reading.written += 1
