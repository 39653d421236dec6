"""How far the running event has got: whether all that it concerns was read."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass
class Progress:
    """Counts the reads that were begun and those that succeeded."""

    begun: int = 0
    done: int = 0

    @property
    def is_complete(self) -> bool:
        """Tell whether there were reads, and none has failed."""
        return 0 < self.begun == self.done


# Tasks of one event share the object.
RUNNING: ContextVar[Progress | None] = ContextVar("running", default=None)


@contextmanager
def reading() -> Iterator[None]:
    """Count what goes on inside as a read; one that raises is never done."""
    progress = RUNNING.get() or Progress()
    progress.begun += 1
    yield
    progress.done += 1
