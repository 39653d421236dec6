"""Where tests ask for actions; it does what the framework's manager of runs does."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
from port_ocean.clients.port.mixins.actions_and_workflow_runs import (
    ActionsAndWorkflowRunsClientMixin,
)
from port_ocean.exceptions.execution_manager import RunAlreadyAcknowledgedError

from actions.executor import Executor
from actions.jira.base import MARKER
from actions.parsing import parse_run
from actions.recovery import Recovery
from actions.service import Actions
from sandbox.company import Item
from sandbox.fault_rules import Rule
from sandbox.faults import Faults
from sandbox.jira import JiraSandbox
from sandbox.port import PortSandbox
from sandbox.port.runs import Kept
from sandbox.port.wire import TOKEN

PORT = "http://port.test"
PATIENCE_SECONDS = 5.0


class Auth:
    """Port's credentials, as far as runs need them."""

    api_url = f"{PORT}/v1"
    integration_identifier = "sandbox"

    async def headers(self, *_: Any) -> dict[str, str]:
        return {"Authorization": f"Bearer {TOKEN}"}


class Port(ActionsAndWorkflowRunsClientMixin):
    """The framework's own client of runs, on the stand-in."""

    def __init__(self, stand_in: PortSandbox) -> None:
        transport = httpx.ASGITransport(stand_in.app)
        super().__init__(Auth(), httpx.AsyncClient(transport=transport))  # type: ignore[arg-type]


@dataclass
class Desk:
    """Where actions are asked for; it does what the framework's manager does."""

    port: PortSandbox
    jira: JiraSandbox
    actions: Actions
    executors: dict[str, Executor]
    settings: dict[str, Any] = field(default_factory=dict)

    def ask(self, action: str, **properties: Any) -> Kept:
        return self.port.state.runs.ask(action, properties)

    async def do(self, action: str, **properties: Any) -> Kept:
        """Ask for an action, and carry it out."""
        kept = self.ask(action, **properties)
        await self.carry_out(kept)
        return kept

    async def carry_out(self, kept: Kept) -> None:
        """Carry a run out, unless somebody else has it."""
        run = parse_run(kept.shown)
        assert run is not None
        executor = self.executors[run.action_type]
        await executor._get_partition_key(run)
        assert not await executor.is_close_to_rate_limit(run)
        try:
            await self.actions.runs.acknowledge(run)
        except RunAlreadyAcknowledgedError:
            return
        await executor.execute(run)

    def recovery(self) -> Recovery:
        return Recovery(self.actions, self.executors.values())


async def kill_at(desk: Desk, kept: Kept, faults: Faults, held: Rule) -> None:
    """End the work on a run while a request is held back, as a killed process does."""
    work = await held_at(desk, kept, faults, held)
    work.cancel()
    with suppress(asyncio.CancelledError):
        await work


async def held_at(
    desk: Desk, kept: Kept, faults: Faults, held: Rule
) -> asyncio.Task[None]:
    """Work on a run until a request is held back; return what goes on then."""
    held.held_until = asyncio.Event()
    faults.add(held)
    work = asyncio.create_task(desk.carry_out(kept))
    async with asyncio.timeout(5):
        # The request takes the rule.
        while held in faults.rules:  # noqa: ASYNC110
            await asyncio.sleep(0.001)
    return work


def created_by(desk: Desk, kept: Kept) -> list[Item]:
    """Return the issues that a run has created."""
    return issues_of(desk.jira, kept)


def issues_of(jira: JiraSandbox, kept: Kept) -> list[Item]:
    """Return the issues of a site that a run has created."""
    id_ = kept.shown.get("id") or kept.shown["identifier"]
    marked = {
        issue
        for issue, own in jira.properties.items()
        if own.get(MARKER) == {"run": id_}
    }
    issues = jira.collections["issue"]
    return [issue for issue in issues.values() if issue["id"] in marked]


def ended(kept: Kept, status: str) -> str:
    """Return the last line of the log of a run that had one end, which was this."""
    assert kept.endings == [status], kept.logs
    return kept.logs[-1]
