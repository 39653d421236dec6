"""Show live events: things happen at the vendors, and the catalog follows."""

import asyncio
import os
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import cycle

import httpx
from rich.table import Column, Table

from sandbox.acting import SETTINGS, Acting
from sandbox.changes import Change, changes
from sandbox.events import Emitter
from sandbox.sail import serving
from sandbox.servers import LOOPBACK, Stands

# Between two looks at the catalog; latencies are right to this.
LOOK_SECONDS = 0.005
PATIENCE_SECONDS = 20.0
# The places of the ports that this process has not given away for longest.
_PLACES = cycle(range(100))
LIVE = {"OCEAN__EVENT_LISTENER": '{"type":"WEBHOOKS_ONLY"}'}


@dataclass(frozen=True)
class Arrival:
    """Tell how long a change took to the catalog, or that it never came."""

    what: str
    seconds: float | None


async def live_part(
    stands: Stands, environment: Mapping[str, str]
) -> tuple[list[Arrival], list[Arrival]]:
    """Run the integration for live events, let things happen, and look.

    Returns what was seen of what happened at the vendors, and of what was done in Port.
    """
    port = free_port()
    async with (
        serving({**environment, **LIVE, **SETTINGS}, port),
        httpx.AsyncClient() as http,
    ):
        await _until(lambda: _is_registered(stands))
        emit = Emitter(stands, http)
        happened = [await _watch(change) for change in changes(stands, emit)]
        acting = Acting(stands, emit, http, f"http://{LOOPBACK}:{port}")
        return happened, [await _watch(step) for step in acting.steps()]


def arrivals_table(title: str, seen: str, arrivals: list[Arrival]) -> Table:
    """Return what happened and how soon it was seen."""
    table = Table("what happens", *numbers(seen), title=title, title_justify="left")
    for arrival in arrivals:
        seconds = arrival.seconds
        shown = "[red]never[/]" if seconds is None else f"{seconds * 1000:,.0f} ms"
        table.add_row(arrival.what, shown)
    return table


def numbers(*headings: str) -> list[Column]:
    """Return the columns of a table that has numbers below these headings."""
    return [Column(heading, justify="right") for heading in headings]


def free_port() -> int:
    """Return a port that nobody listens on at the moment.

    It is below those that systems give away by themselves, and of a hundred that depend
    on the process: what is started in a second or two finds it free. Raises OSError.
    """
    first = 10_000 + os.getpid() % 200 * 100
    for _ in range(100):
        port = first + next(_PLACES)
        with suppress(OSError), socket.create_server((LOOPBACK, port)):
            return port
    raise OSError(f"no port is free from {first} to {first + 99}")


def _is_registered(stands: Stands) -> bool:
    subscriptions = stands.octopus.collections["subscriptions"]
    spaces = stands.company.octopus["spaces"]
    hooks = stands.jira.collections["webhook"]
    return bool(hooks) and len(subscriptions) >= len(spaces)


async def _watch(change: Change) -> Arrival:
    started = time.monotonic()
    await change.happen()
    arrived = await _until(change.has_arrived)
    return Arrival(change.what, time.monotonic() - started if arrived else None)


async def _until(condition: Callable[[], bool]) -> bool:
    """Wait for what another process brings about; tell whether it came in time."""
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not condition():  # noqa: ASYNC110
                await asyncio.sleep(LOOK_SECONDS)
            return True
    return False
