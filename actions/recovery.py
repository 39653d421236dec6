"""End the runs that a process has left behind, by what became of their changes."""

import asyncio
import time
from collections.abc import Iterable

from loguru import logger
from port_ocean.core.models import IntegrationRun
from port_ocean.exceptions.execution_manager import RunAlreadyAcknowledgedError

from actions.executor import Runner
from actions.failures import NOT_SENT, NOTHING_CHANGED, UNKNOWN
from actions.lost_posts import LostPosts
from actions.outcome import Failed
from actions.parsing import DoorRun
from actions.runs import OpenRun, Phase
from actions.service import Actions

# So many times the time that one step may take: a run signs in, is carried out, and is
# looked up; then its end is reported.
LEFT_BEHIND = 4
LOOKS_PER_LEASE = 6
TAKEN = "The process that took the run ended before it sent a change"
SENT = "The process that carried it out ended before it knew the reply"


class Recovery:
    """Look for open runs of this installation that nobody works on any more.

    It counts from the first look that saw a run, so no clocks are compared. Work that
    goes on at the vendor (`Phase.WAITING`) is taken up at once: its executor knows
    whether somebody else waits for it, too.
    """

    def __init__(
        self,
        actions: Actions,
        executors: Iterable[Runner],
        lost_posts: LostPosts | None = None,
    ) -> None:
        """Take what ends the posts that were lost, if this process takes any."""
        self._actions, self._lost_posts = actions, lost_posts
        self._executors = {one.ACTION_NAME: one for one in executors}
        self._lease_seconds = LEFT_BEHIND * actions.patience_seconds
        # When a run was first seen, and in which phase.
        self._seen: dict[tuple[str, Phase], float] = {}
        # The event loop keeps only weak references to tasks.
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Look from now on, until the process ends."""
        self._task = asyncio.create_task(self.run())

    async def run(self) -> None:
        """Look again and again, and tell Port what it has not taken before."""
        while True:
            try:
                await self._actions.report_again()
                await self.look()
                if self._lost_posts:
                    await self._lost_posts.look(self._lease_seconds)
            except Exception as error:  # the next look may succeed
                logger.warning(f"Runs that were left behind are not known: {error!r}")
            await asyncio.sleep(self._lease_seconds / LOOKS_PER_LEASE)

    async def look(self) -> None:
        """End what has been left behind; raises httpx.HTTPError."""
        unknown = [
            one
            for one in await self._actions.runs.find_open()
            if not self._actions.is_known(one.run)
        ]
        now = time.monotonic()
        self._seen = {
            (one.run.id, one.phase): self._seen.get((one.run.id, one.phase), now)
            for one in unknown
        }
        for one in unknown:
            executor = self._executors.get(one.run.action_type)
            since = self._seen[one.run.id, one.phase]
            try:
                if self._actions.is_known(one.run):
                    continue  # the last one took a while
                if one.phase is Phase.WAITING and executor:
                    await executor.take_up(one.run, one.link)
                elif now - since >= self._lease_seconds:
                    await self._end(one, executor)
            except Exception as error:  # the others don't have to wait for it
                logger.warning(f"Run {one.run.id} can't be ended yet: {error!r}")

    async def _end(self, left: OpenRun, executor: Runner | None) -> None:
        logger.warning(f"Run {left.run.id} was left behind ({left.phase})")
        if left.has_sent and executor:
            await executor.resume(left.run, SENT, left.link)
        elif left.has_sent:
            told = f"Outcome unknown: {SENT}. Look here: {left.link}"
            await self._fail(left, told, UNKNOWN)
        elif executor and await self._is_free(left.run):
            await executor.execute(left.run)
        else:
            await self._fail(left, f"{TAKEN}. {NOTHING_CHANGED}", NOT_SENT)

    async def _fail(self, left: OpenRun, told: str, label: str) -> None:
        await self._actions.report(left.run, Failed(message=told, label=label))

    async def _is_free(self, run: IntegrationRun) -> bool:
        """Return whether nobody had acknowledged a run; then it is ours."""
        if isinstance(run, DoorRun):
            return False
        try:
            await self._actions.runs.acknowledge(run)
        except RunAlreadyAcknowledgedError:
            return False
        return True
