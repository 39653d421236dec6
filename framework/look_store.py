"""Keep at Port until when a process looked for missed changes."""

import re
from datetime import datetime

from port_ocean.clients.port.client import PortClient
from port_ocean.core.incremental import CursorStore


class PortStore:
    """Saves moments where Port keeps the cursors of incremental resyncs.

    Each product has a cursor under a name of its own, which is no kind of a mapping. It
    is not documented that Port takes such names; if it refuses, a start looks back by
    a fixed time instead.
    """

    def __init__(self, port: PortClient) -> None:
        self._cursors = CursorStore(port)

    async def load(self, product: str) -> datetime | None:
        """Return what was saved last; raises httpx.HTTPError."""
        return await self._cursors.get(_name(product), 0)

    async def save(self, product: str, until: datetime) -> None:
        """Save a moment; raises httpx.HTTPError."""
        await self._cursors.save(_name(product), 0, until)


def _name(product: str) -> str:
    return f"live-events-{'-'.join(re.findall(r'[a-z0-9-]+', product.lower()))}"
