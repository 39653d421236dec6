"""The integration as a service beside the stand-ins, ready for live events."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import psutil

from sandbox.company import Item, build_company
from sandbox.events import Emitter
from sandbox.live import free_port
from sandbox.sail import Start, serving
from sandbox.servers import Stands, serve
from tests.test_end_to_end import SMALL
from tests.waiting import until
from tests.warm import start

# As long as a resync may take on a busy machine.
PATIENCE_SECONDS = 120.0
# Uvicorn closes idle connections after five seconds, also while we begin to use one.
BRIEF = httpx.Limits(keepalive_expiry=1.0)


@dataclass
class Running:
    stands: Stands
    emit: Emitter
    http: httpx.AsyncClient
    log: Path

    def pid(self) -> int:
        """Return the process of the integration: the one that Jira's events go to."""
        (hook,) = self.stands.jira.collections["webhook"].values()
        port = urlsplit(hook["url"]).port
        for process in psutil.Process().children(recursive=True):
            sockets = process.net_connections("tcp")
            if any(one.laddr.port == port and not one.raddr for one in sockets):
                return int(process.pid)
        raise LookupError(f"nobody listens on {port}")

    def entity(self, blueprint: str, identifier: str) -> Item | None:
        return self.stands.port.entities[blueprint].get(identifier)

    def has_left(self, blueprint: str, identifier: str) -> bool:
        """Tell whether an entity is gone, or, where others refer to it, empty."""
        found = self.entity(blueprint, identifier)
        return found is None or not any(found["properties"].values())

    async def until(self, condition: Callable[[], Any]) -> None:
        """Wait until the integration has brought something about."""
        await until(condition, self.log, PATIENCE_SECONDS)


@asynccontextmanager
async def filled(
    settings: Mapping[str, str], *, start: Start = start
) -> AsyncIterator[Running]:
    """Run the integration until its first resync is done, and on."""
    async with (
        serve(build_company(size=SMALL)) as stands,
        serving({**stands.environment(), **settings}, free_port(), start=start) as log,
        httpx.AsyncClient(timeout=PATIENCE_SECONDS, limits=BRIEF) as http,
    ):
        system = Running(stands, Emitter(stands, http), http, log)
        integrations = stands.port.integrations
        await system.until(
            lambda: integrations.get("sandbox", {}).get("resyncState", {}).get("status")
            == "completed"
        )
        yield system
