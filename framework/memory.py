"""Short lists that a client keeps: in a resync until it ends, else some minutes."""

import time

from core.errors import ApiError, Unauthorized
from core.types import Item
from framework.resync_run import current_run

# Live events ask for the same parents again and again; a new one may wait this long.
MEMORY_SECONDS = 300.0
# What can't be read now is not asked for again by the next kinds of a resync.
ERROR_MEMORY_SECONDS = 60.0

# When each was kept, in seconds of the monotonic clock.
type Kept = dict[str, tuple[float, list[Item] | ApiError]]


class Memory:
    """Keep lists, and what went wrong in reading them, by a key."""

    def __init__(self) -> None:
        self._lately: Kept = {}

    def recall(self, key: str) -> list[Item] | None:
        """Return what was kept in this resync, or else lately.

        Within a resync, raises an error that was kept; live events are retried.
        """
        run = current_run()
        kept = self._lately if run is None else run.memory_of(self)
        kept_at, held = kept.get(key, (0.0, None))
        age = time.monotonic() - kept_at
        if isinstance(held, ApiError):
            if age < ERROR_MEMORY_SECONDS and run is not None:
                raise held.with_traceback(None)
            return None
        return held if run is not None or age < MEMORY_SECONDS else None

    def remember(self, key: str, held: list[Item] | ApiError) -> None:
        """Keep a list, or an error other than a refused credential.

        What a resync reads serves live events, too, for some minutes.
        """
        if isinstance(held, Unauthorized):
            return
        now = time.monotonic()
        if (run := current_run()) is not None:
            run.memory_of(self)[key] = (now, held)
        kept = self._lately.items()
        fresh = {k: (at, old) for k, (at, old) in kept if now - at < MEMORY_SECONDS}
        self._lately = {**fresh, key: (now, held)}

    def forget(self) -> None:
        """Have everything read anew."""
        self._lately.clear()
        if (run := current_run()) is not None:
            run.memory_of(self).clear()
