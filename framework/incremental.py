"""Incremental runs that sign in first, tell how they ended, and stop at no kind.

The framework ends a run with the first kind that fails. It has no hook for what a run
needs before its first kind, and doesn't tell how the run ended.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Self

from port_ocean.clients.port.types import UserAgentType
from port_ocean.core.handlers.port_app_config.models import ResourceConfig
from port_ocean.core.handlers.webhook.webhook_event import WebhookEventRawResults
from port_ocean.core.integrations.base import BaseIntegration
from port_ocean.core.models import Entity

from core.errors import Unavailable
from framework.integration import ReportingIntegration
from framework.resync_run import Reading, ResyncRun, current_run
from framework.summary import conclude


class IncrementalIntegration(ReportingIntegration):
    """Bring what has changed since each kind's cursor, and report how that ended."""

    # The last incremental run, and whether every kind could be dealt with.
    _run: ResyncRun | None = None
    _is_done = True

    # What a run needs before its first kind.
    _prepare: Callable[[], Awaitable[None]] | None = None

    @classmethod
    def of(cls, running: BaseIntegration) -> Self:
        """Return the running integration, which is one of these."""
        if not isinstance(running, cls):
            raise TypeError(f"the framework runs a {type(running).__name__}")
        return running

    def prepare_with(self, prepare: Callable[[], Awaitable[None]]) -> None:
        """Have each run begin with this."""
        self._prepare = prepare

    async def sync_incremental(self, *args: Any, **kwargs: Any) -> None:
        """Run an incremental resync, and report it."""
        self._run, self._is_done = None, False
        try:
            await super().sync_incremental(*args, **kwargs)
        finally:
            run = self._run or ResyncRun()
            conclude(run, [r.mapping for r in run.readings], self._is_done)

    async def _sync_incremental_kind(
        self, resource: ResourceConfig, index: int, cursor: datetime, *args: Any
    ) -> bool:
        """Sync one kind; the others go on if it fails, for its cursor stays."""
        run = current_run()
        if self._run is None:
            self._run = run
            if self._prepare is not None:
                await self._prepare()
            self._is_done = True
        done = await super()._sync_incremental_kind(resource, index, cursor, *args)
        reading = run.reading_of(resource) if run else None
        # What the report names makes the run incomplete; all else makes it fail.
        if not done and (reading is None or reading.is_settled):
            self._is_done = False
        return True

    async def process_resource(
        self, resource: ResourceConfig, index: int, user_agent_type: UserAgentType
    ) -> tuple[list[Entity], list[Exception]]:
        """Bring a kind; return an error for what the next run must read again."""
        found, errors = await super().process_resource(resource, index, user_agent_type)
        run = current_run()
        reading = run.reading_of(resource) if run and run is self._run else None
        if reading is not None:
            if reading.gone:
                await self._remove(reading)
            if not reading.is_settled:
                errors = [*errors, Unavailable(f"not all of {resource.kind}")]
        return found, errors

    async def _remove(self, reading: Reading) -> None:
        """Delete what is gone as a live event would; raise if Port refuses that."""
        manager = self.context.app.webhook_manager
        await manager.initialize_handlers()
        results = WebhookEventRawResults([], reading.gone)
        results.resource = reading.mapping
        await manager.sync_raw_results([results])
