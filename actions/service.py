"""What the executors of a process share: turns, settings, reports, and recovery."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from weakref import WeakValueDictionary

import httpx
from humps import decamelize
from loguru import logger
from port_ocean.core.models import IntegrationRun

from actions.failures import NOTHING_CHANGED, ActionFailed
from actions.outcome import Outcome, Started
from actions.reporting import may_pass
from actions.runs import Runs

SWITCHED_OFF = "Switched off"
# Ends that Port has not taken yet; the oldest are left to be looked up anew.
MOST_UNREPORTED = 1000


class Actions:
    """Share one of these among all executors of a process."""

    def __init__(
        self, runs: Runs, *, settings: Mapping[str, Any], patience_seconds: float
    ) -> None:
        """Take the settings of the integration, and how long a change may take.

        A run may take as long to be prepared and sent, and as long to be looked up. A
        run that another process has had for four times as long is left behind.
        """
        self.runs = runs
        self.patience_seconds = patience_seconds
        self._settings = settings
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._at_work: set[str] = set()
        # Runs whose work goes on at the vendor, and whose end is waited for here.
        self.followed: set[str] = set()
        # Runs whose mark Port has refused.
        self._unmarked: set[str] = set()
        self._unreported: dict[str, tuple[IntegrationRun, Outcome]] = {}

    def check_allowed(self, setting: str) -> None:
        """Raise ActionFailed if an action needs a setting that is off."""
        if setting and self._settings.get(decamelize(setting)) is not True:
            told = f"This action is switched off: set {setting} to true to allow it"
            raise ActionFailed(f"{told}. {NOTHING_CHANGED}", SWITCHED_OFF)

    @contextmanager
    def at_work(self, run: IntegrationRun) -> Iterator[None]:
        """Tell that this process is carrying a run out."""
        self._at_work.add(run.id)
        try:
            yield
        finally:
            self._at_work.discard(run.id)

    def is_known(self, run: IntegrationRun) -> bool:
        """Return whether this process will see to it that a run ends."""
        return any(
            run.id in known
            for known in (self._at_work, self.followed, self._unreported)
        )

    @asynccontextmanager
    async def turn_at(self, what: str | None) -> AsyncIterator[None]:
        """Wait until nobody else in this process changes the same object.

        The framework keeps runs of one action apart, but not those of different ones.
        """
        if what is None:
            yield
            return
        lock = self._turns.setdefault(what, asyncio.Lock())
        async with lock:
            yield

    async def take(self, run: IntegrationRun) -> None:
        """Mark a run before it is acknowledged; raises httpx.HTTPError if Port is away.

        It is not documented that Port takes such a mark of a run that nobody has
        acknowledged yet. If it refuses, the run is marked when it is carried out. One
        that is claimed again while this process carries it out keeps the mark it has.
        """
        if self.is_known(run):
            return
        try:
            await self.runs.take(run)
        except httpx.HTTPStatusError as error:
            if error.response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
                raise
            self._unmarked.add(run.id)

    async def take_again(self, run: IntegrationRun) -> None:
        """Mark a run that is acknowledged now, if Port has refused that before."""
        if run.id not in self._unmarked:
            return
        self._unmarked.discard(run.id)
        try:
            await self.runs.take(run)
        except httpx.HTTPError as error:  # it is marked when its change is sent, too
            logger.warning(f"Run {run.id} can't be marked: {error!r}")

    async def report(self, run: IntegrationRun, outcome: Outcome) -> None:
        """Tell Port how a run stands; what it does not take is told again later."""
        try:
            if isinstance(outcome, Started):
                await self.runs.started(run, outcome)
            else:
                await self.runs.end(run, outcome)
            self._unreported.pop(run.id, None)
        except httpx.HTTPError as error:
            logger.error(f"Port did not take the end of run {run.id}: {error!r}")
            if may_pass(error):
                self._unreported[run.id] = run, outcome
            while len(self._unreported) > MOST_UNREPORTED:
                self._unreported.pop(next(iter(self._unreported)))

    async def report_again(self) -> None:
        """Tell Port what it has not taken before."""
        for id_ in list(self._unreported):
            # Meanwhile, it may have been told how the run ended.
            if waiting := self._unreported.pop(id_, None):
                await self.report(*waiting)
