"""Runs as Port keeps them: marks by which they are found again, logs, and ends.

Port gives a run to whoever acknowledges it and never asks again, so a run whose process
ends hangs for ever. A run can be found by its external id. So while it is open, its
external id says which installation has it and how far it came.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote
from uuid import uuid4

import httpx
from loguru import logger
from port_ocean.clients.port.client import PortClient
from port_ocean.core.models import (
    IntegrationRun,
    RunStatus,
    WorkflowNodeRun,
    WorkflowNodeRunResult,
    WorkflowNodeRunStatus,
)

from actions.listing import RUNS, active_runs, get_json, node_runs
from actions.outcome import Done, Ending, Started
from actions.parsing import DoorRun, identifier_of, is_posted, link_of, parse_run
from actions.reporting import Level, Reporter, may_pass, shortened
from core.types import Item

# How the line of a process begins that takes a posted run, and Port's largest page.
TAKEN_BY, LINES = "Taken by the process", 50


class Phase(StrEnum):
    """How far an open run came: nothing sent, a change sent, or work at the vendor."""

    TAKEN = "taken"
    SENDING = "sending"
    WAITING = "waiting"


class RunEnded(Exception):
    """Somebody has ended the run in Port meanwhile."""


@dataclass(frozen=True)
class OpenRun:
    """A run that is not at its end, with the link that it shows."""

    run: IntegrationRun
    phase: Phase
    link: str

    @property
    def has_sent(self) -> bool:
        """Return whether a change may have been sent for it.

        Who is late to take a run may mark it as taken after its change was sent. The
        link that was set before that stays.
        """
        return self.phase is not Phase.TAKEN or bool(self.link)


class Runs:
    """Report runs to Port, and find those of this installation that are open."""

    def __init__(self, port: PortClient, installation: str) -> None:
        self._port = port
        self._reporter = Reporter(port)
        self._installation = installation

    async def take(self, run: IntegrationRun) -> None:
        """Mark a run as taken; raises httpx.HTTPError if Port does not take that."""
        await self._reporter.change(
            run, {"externalRunId": self._external_id(Phase.TAKEN)}
        )

    async def sending(self, run: IntegrationRun, link: str) -> None:
        """Mark that a change is about to be sent, and where a person will see it.

        Raises httpx.HTTPError if Port does not take that, RunEnded if the run is over.
        """
        change = {"externalRunId": self._external_id(Phase.SENDING)}
        shown = await self._reporter.change(run, {**change, **_link(run, link)})
        if shown.get("status", RunStatus.IN_PROGRESS) != RunStatus.IN_PROGRESS:
            raise RunEnded

    async def acknowledge(self, run: IntegrationRun) -> None:
        """Take a run; raises RunAlreadyAcknowledgedError if somebody had taken it."""
        await self._port.acknowledge_run(run)

    def open_client(self) -> None:
        """Open the client for Port in the present context, and those copied of it."""
        _ = self._port.client.is_closed

    async def is_untouched(self, run: DoorRun) -> bool:
        """Return whether Port has such a run, open, and nobody at work on it.

        It is not documented that Port shows external ids, so they are searched for.
        Raises httpx.HTTPError. https://docs.port.io/api-reference/get-an-action-runs-details/
        """
        path = f"{RUNS}/{quote(run.id, safe='')}"
        shown = (await get_json(self._port, path, {"version": "v2"})).get("run", {})
        is_open = shown.get("status") == RunStatus.IN_PROGRESS
        return is_open and not await self.is_open(run)

    async def is_first(self, run: DoorRun) -> bool:
        """Return whether this process was the first to take a run that was posted.

        Another one may have had the same post at the same time. Each adds a line to the
        log, and then looks whose is the oldest. If two are of the same time, none is;
        a line that Port does not show yet is younger than those that it shows.
        Raises httpx.HTTPError. https://docs.port.io/api-reference/get-an-actions-run-logs/
        """
        own = f"{TAKEN_BY} {uuid4().hex}"
        await self._reporter.add_line(run, own, "INFO")
        path = f"{RUNS}/{quote(run.id, safe='')}/logs"
        lines = (await get_json(self._port, path, {"limit": LINES})).get("runLogs", [])
        taken = [one for one in lines if str(one.get("message")).startswith(TAKEN_BY)]
        others = [one["createdAt"] for one in taken if one["message"] != own]
        at = [one["createdAt"] for one in taken if one["message"] == own]
        return not others or (bool(at) and min(at) < min(others))

    async def log(
        self, run: IntegrationRun, text: str, level: Level = "INFO", label: str = ""
    ) -> None:
        """Add a line to a run's log; that it fails is no reason to stop."""
        try:
            await self._port.post_run_log(
                run, shortened(text), level=level, status_label=label or None
            )
        except httpx.HTTPError as error:
            logger.warning(f"A line of the log of run {run.id} is lost: {error!r}")

    async def started(self, run: IntegrationRun, outcome: Started) -> None:
        """Show where the work goes on; raises httpx.HTTPError."""
        run_output = {"workflowRunUrl": outcome.link, **outcome.output}
        if isinstance(run, WorkflowNodeRun):
            run.output = run_output
            change: Item = {
                "status": WorkflowNodeRunStatus.IN_PROGRESS,
                "output": run_output,
            }
        else:
            change = {}
        change["externalRunId"] = self._external_id(Phase.WAITING)
        await self._reporter.change(
            run, {**change, **_link(run, outcome.link), **_label(run, outcome.label)}
        )
        await self.log(run, outcome.message)

    async def end(self, run: IntegrationRun, ending: Ending) -> None:
        """End a run; raises httpx.HTTPError if Port does not take it.

        Its external id becomes its own, so that it is no longer found among open ones.
        """
        succeeded = isinstance(ending, Done)
        await self._reporter.say(run, ending.message, "INFO" if succeeded else "ERROR")
        if isinstance(run, WorkflowNodeRun):
            result = WorkflowNodeRunResult
            change: Item = {
                "status": WorkflowNodeRunStatus.COMPLETED,
                "result": result.SUCCESS if succeeded else result.FAILED,
                "output": {**run.output, **ending.output},
            }
        else:
            status = RunStatus.SUCCESS if succeeded else RunStatus.FAILURE
            change = {"status": status}
        more = {**_link(run, ending.link), **_label(run, ending.label)}
        try:
            await self._reporter.change(
                run, {**change, **more, "externalRunId": run.id}
            )
        except httpx.HTTPStatusError as error:
            if may_pass(error):
                raise
            # Whatever Port does not like about it, the run has to end.
            await self._reporter.change(run, change)

    async def find_open(self) -> list[OpenRun]:
        """Return the open runs of this installation; raises httpx.HTTPError."""
        found = []
        for phase in Phase:
            for raw in await self._with(self._external_id(phase)):
                run = parse_run(raw, self._installation)
                if run is not None and run.is_in_progress:
                    found.append(OpenRun(run, phase, link_of(raw)))
        return found

    async def is_open(self, run: IntegrationRun) -> bool:
        """Return whether a run was taken and is not ended; raises httpx.HTTPError."""
        return any(one.run.id == run.id for one in await self.find_open())

    async def find_posted(self, actions: Iterable[str]) -> list[str]:
        """Return the ids of open runs of actions that Port posts to an address of ours.

        Raises httpx.HTTPError.
        """
        found = []
        for action in actions:
            identifier = identifier_of(action, self._installation)
            for raw in await active_runs(self._port, action=identifier):
                if is_posted(raw, identifier):
                    found.append(str(raw["id"]))
        return found

    async def _with(self, external_id: str) -> list[Item]:
        """Return the raw runs with an external id, of actions and of workflows."""
        runs = await active_runs(self._port, external_run_id=external_id)
        return [*runs, *await node_runs(self._port, external_id)]

    def _external_id(self, phase: Phase) -> str:
        return f"{self._installation}/{phase}"


def _link(run: IntegrationRun, link: str) -> Item:
    if not link:
        return {}
    return {"links": [link]} if isinstance(run, WorkflowNodeRun) else {"link": link}


def _label(run: IntegrationRun, label: str) -> Item:
    return {
        "statusLabel": {"text": label} if isinstance(run, WorkflowNodeRun) else label
    }
