"""End the runs that Port has posted and that nobody has taken.

Nothing says that Port posts a run again if nobody was there, or that it ends such a
run: it would stay open for ever.
"""

import time
from collections.abc import Collection

from actions.failures import NOT_SENT, NOTHING_CHANGED
from actions.outcome import Failed
from actions.parsing import nameless
from actions.service import Actions

LOST = "Port posted this run, but it did not arrive, or was not accepted"


class LostPosts:
    """Look for posted runs that stay untouched; one look a lease is enough."""

    def __init__(self, actions: Actions, names: Collection[str]) -> None:
        """Take the names of the actions that are posted here."""
        self._actions, self._names = actions, names
        self._seen: set[str] = set()
        self._looked_at = float("-inf")

    async def look(self, lease_seconds: float) -> None:
        """End what was untouched at the last look, too; raises httpx.HTTPError."""
        now = time.monotonic()
        if now - self._looked_at < lease_seconds:
            return
        self._looked_at = now
        found = await self._actions.runs.find_posted(self._names)
        taken = {one.run.id for one in await self._actions.runs.find_open()}
        untouched = {*found} - taken
        for id_ in untouched & self._seen:
            run = nameless(id_)
            if not self._actions.is_known(run):
                told = f"{LOST}. {NOTHING_CHANGED} Start it again"
                await self._actions.report(run, Failed(message=told, label=NOT_SENT))
        self._seen = untouched
