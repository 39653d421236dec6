"""Read what Port lists of runs: all pages of them, of actions and of workflows."""

from collections.abc import AsyncIterator

import httpx
from loguru import logger
from port_ocean.clients.port.client import PortClient

from core.types import Item

RUNS, NODES = "actions/runs", "workflows/nodes/runs"
# The framework asks workflows with it, too: it is not meant for others.
INTERNAL = {"x-port-reserved-usage": "true"}
# Port's maximum. Nobody waits for more runs than fit on so many pages.
PAGE_SIZE, MOST_PAGES = 1000, 20


async def active_runs(port: PortClient, **wanted: str) -> list[Item]:
    """Return the raw runs of actions that are open; raises httpx.HTTPError.

    https://docs.port.io/api-reference/get-all-action-runs/
    """
    asked = {**wanted, "version": "v2", "active": "true", "limit": PAGE_SIZE}
    return [run async for run in _listed(port, RUNS, "runs", asked)]


async def node_runs(port: PortClient, external_id: str) -> list[Item]:
    """Return the raw runs of workflows' nodes with an external id.

    Raises httpx.HTTPError. It is asked for as the framework does it, in
    `WorkflowNodesClientMixin.get_wf_node_run_by_external_id`.
    """
    asked: Item = {"external_run_id": external_id, "include": "nodeConfig"}
    return [run async for run in _listed(port, NODES, "nodeRuns", asked)]


async def get_json(
    port: PortClient, path: str, params: Item, headers: dict[str, str] | None = None
) -> Item:
    """Return the object that Port answers a GET with; raises httpx.HTTPError."""
    signed = await port.auth.headers()
    url = f"{port.auth.api_url}/{path}"
    sent = {**signed, **(headers or {})}
    response = await port.client.get(url, params=params, headers=sent)
    response.raise_for_status()
    found: Item = response.json()
    return found


async def _listed(
    port: PortClient, path: str, key: str, asked: Item
) -> AsyncIterator[Item]:
    """Yield the rows of all pages.

    Port shows the newest first, and `next` until there are no more; pages may be empty.
    It is not documented how the token is sent. If it is not taken, the first page comes
    once more, or a refusal, and what came before is all that can be had.
    """
    headers = INTERNAL if path == NODES else {}
    known: set[object] = set()
    page = await get_json(port, path, asked, headers)
    for _ in range(MOST_PAGES):
        rows = page.get(key) or []
        new = [row for row in rows if _id_of(row) not in known]
        for row in new:
            yield row
        known.update(map(_id_of, new))
        token = page.get("next")
        if not token or (rows and not new):
            return
        try:
            page = await get_json(port, path, {**asked, "next": token}, headers)
        except httpx.HTTPStatusError as error:
            logger.warning(f"Port does not show its next page of runs: {error}")
            return


def _id_of(row: Item) -> object:
    return row.get("id") or row.get("identifier")
