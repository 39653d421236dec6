"""Remember what was read lately, so that a burst of events costs few reads.

Moments are seconds of the monotonic clock: the wall clock may be set back.
"""

import math
from collections import OrderedDict
from collections.abc import Hashable

# A few hundred bytes each; an object beyond that is merely read once more.
MAX_REMEMBERED = 10_000
LONG_AGO = -math.inf


class RecentReads:
    """Knows when the last successful read of an object began, for a bounded number."""

    def __init__(self, size: int = MAX_REMEMBERED) -> None:
        self._began: OrderedDict[Hashable, float] = OrderedDict()
        self._size = size

    def is_newer(self, key: Hashable, moment: float) -> bool:
        """Return whether the last read of the object began after a moment."""
        began = self._began.get(key)
        return began is not None and moment < began

    def knows(self, key: Hashable) -> bool:
        """Return whether anything about the key was noted lately."""
        return key in self._began

    def last(self, key: Hashable) -> float:
        """Return when the last read of the object began, long ago if it is unknown."""
        return self._began.get(key, LONG_AGO)

    def note(self, key: Hashable, began_at: float) -> None:
        """Keep that a read which brought the object had begun at this moment."""
        self._began[key] = max(began_at, self._began.get(key, began_at))
        self._began.move_to_end(key)
        while len(self._began) > self._size:
            self._began.popitem(last=False)
