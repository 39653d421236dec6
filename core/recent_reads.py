"""Remember what was read lately, so that a burst of events costs few reads."""

from collections import OrderedDict
from collections.abc import Hashable
from datetime import UTC, datetime

# A few hundred bytes each; an object beyond that is merely read once more.
MAX_REMEMBERED = 10_000
LONG_AGO = datetime.min.replace(tzinfo=UTC)


class RecentReads:
    """Knows when the last successful read of an object began, for a bounded number."""

    def __init__(self, size: int = MAX_REMEMBERED) -> None:
        self._began: OrderedDict[Hashable, datetime] = OrderedDict()
        self._size = size

    def covers(self, key: Hashable, received_at: datetime) -> bool:
        """Tell whether the object was read after an event about it had come in."""
        began = self._began.get(key)
        return began is not None and received_at < began

    def knows(self, key: Hashable) -> bool:
        """Tell whether anything about the key was noted lately."""
        return key in self._began

    def last(self, key: Hashable) -> datetime:
        """Return when the last read of the object began, long ago if it is unknown."""
        return self._began.get(key, LONG_AGO)

    def note(self, key: Hashable, began_at: datetime) -> None:
        """Keep that a read which brought the object had begun at this moment."""
        self._began[key] = max(began_at, self._began.get(key, began_at))
        self._began.move_to_end(key)
        while len(self._began) > self._size:
            self._began.popitem(last=False)
