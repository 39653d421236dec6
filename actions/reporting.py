"""Tell Port of runs, with patience: what changes of them, and how they ended."""

import asyncio
from typing import Literal
from urllib.parse import quote

import httpx
from loguru import logger
from port_ocean.clients.port.client import PortClient
from port_ocean.core.models import IntegrationRun, WorkflowNodeRun

from actions.listing import NODES, RUNS
from core.types import Item

# Between the tries of a report. It is repeated later, too, until Port has it.
PAUSES_SECONDS = (0.3, 1.0, 3.0)
# Port shows no longer lines well.
LONGEST_MESSAGE = 2000

type Level = Literal["INFO", "WARNING", "ERROR"]


class Reporter:
    """Send what is told of runs; try again after trouble that may pass."""

    def __init__(self, port: PortClient) -> None:
        self._port = port

    async def change(self, run: IntegrationRun, change: Item) -> Item:
        """Change a run; return it as Port shows it then, empty if Port doesn't.

        Raises httpx.HTTPError. https://docs.port.io/api-reference/update-an-action-run/
        """
        reply = await self._send("PATCH", _path(run), change)
        try:
            shown = reply.json()
        except ValueError:
            return {}
        found = shown.get("run") if isinstance(shown, dict) else None
        return found if isinstance(found, dict) else {}

    async def say(self, run: IntegrationRun, text: str, level: Level) -> None:
        """Add the line to a run's log that tells how it ended.

        Without it, nobody would know why a run failed; but a run has to end anyhow.
        """
        try:
            await self.add_line(run, text, level)
        except httpx.HTTPError as error:
            logger.error(f"Port did not take this of run {run.id}: {text} {error!r}")

    async def add_line(self, run: IntegrationRun, text: str, level: Level) -> None:
        """Add a line to a run's log; raises httpx.HTTPError.

        https://docs.port.io/api-reference/add-a-log-to-an-action-run/
        """
        line: Item = {"message": shortened(text)}
        if isinstance(run, WorkflowNodeRun):
            line = {"logs": [{"level": level, **line}]}
        await self._send("POST", f"{_path(run)}/logs", line)

    async def _send(self, method: str, path: str, body: Item) -> httpx.Response:
        for pause in PAUSES_SECONDS:
            try:
                return await self._try(method, path, body)
            except httpx.HTTPError as error:
                if not may_pass(error):
                    raise
                await asyncio.sleep(pause)
        return await self._try(method, path, body)

    async def _try(self, method: str, path: str, body: Item) -> httpx.Response:
        url = f"{self._port.auth.api_url}/{path}"
        signed = await self._port.auth.headers()
        reply = await self._port.client.request(method, url, json=body, headers=signed)
        if reply.is_client_error:
            logger.warning(f"Port refused {method} {path}: {reply.text[:500]}")
        return reply.raise_for_status()


def may_pass(error: httpx.HTTPError) -> bool:
    """Return whether Port may take the same report later."""
    if not isinstance(error, httpx.HTTPStatusError):
        return True
    status = error.response.status_code
    return status >= 500 or status in (408, 429)


def shortened(text: str) -> str:
    """Return a text without its middle if it is long: it ends in what to do."""
    if len(text) <= LONGEST_MESSAGE:
        return text
    half = LONGEST_MESSAGE // 2
    return f"{text[: half - 1]}…{text[-half:]}"


def _path(run: IntegrationRun) -> str:
    kind = NODES if isinstance(run, WorkflowNodeRun) else RUNS
    return f"{kind}/{quote(run.id, safe='')}"
