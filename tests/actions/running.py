"""The integration as a process that carries out actions, beside the stand-ins."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.company import build_company
from sandbox.jira import JiraSandbox
from sandbox.live import free_port
from sandbox.port.runs import Kept
from sandbox.sail import serving
from sandbox.servers import LOOPBACK, Stands, serve
from tests.test_end_to_end import SMALL
from tests.waiting import until
from tests.warm import start

# As the chart sets them for its worker pod, in a hurry.
WORKER = {
    "OCEAN__EVENT_LISTENER": '{"type":"ACTIONS_ONLY"}',
    "OCEAN__ACTIONS_PROCESSOR__ENABLED": "true",
    "OCEAN__ACTIONS_PROCESSOR__POLL_CHECK_INTERVAL_SECONDS": "1",
    # What a run may take; a run is left behind after four times as long.
    "OCEAN__ACTIONS_PROCESSOR__VISIBILITY_TIMEOUT_MS": "3000",
}
PATIENCE_SECONDS = 60.0


@dataclass
class Desk:
    """The stand-ins, and the log of the process."""

    stands: Stands
    log: Path
    url: str

    @property
    def jira(self) -> JiraSandbox:
        """Return the stand-in of Jira."""
        return self.stands.jira

    def ask(self, action: str, *, is_node: bool = False, **properties: Any) -> Kept:
        """Ask for an action, as a person or a workflow does."""
        runs = self.stands.port.state.runs
        return runs.ask(action, properties, is_node=is_node)

    async def until(self, condition: Callable[[], Any]) -> None:
        """Wait until another process has brought something about."""
        await until(condition, self.log, PATIENCE_SECONDS)

    async def done(self, *asked: Kept) -> None:
        """Wait until runs are at their end."""
        await self.until(lambda: not any(kept.is_open for kept in asked))


@asynccontextmanager
async def opened(settings: Mapping[str, str] = WORKER) -> AsyncIterator[Desk]:
    """Run the stand-ins and a process with these settings."""
    port = free_port()
    async with (
        serve(build_company(size=SMALL)) as stands,
        serving({**stands.environment(), **settings}, port, start=start) as log,
    ):
        yield Desk(stands, log, f"http://{LOOPBACK}:{port}")
