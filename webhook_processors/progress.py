"""How far the running event has got: what it concerns was read, and was written."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from port_ocean.core.handlers.port_app_config.models import ResourceConfig


@dataclass
class Read:
    """One reading of an object for one mapping."""

    found: bool = False


@dataclass
class Progress:
    """Keeps which objects were looked for, which of them some mapping has found, and
    for which mappings the event has failed.
    """

    looked_for: set[str] = field(default_factory=set)
    found: set[str] = field(default_factory=set)
    failed: list[ResourceConfig | None] = field(default_factory=list)
    is_written: bool = False

    @property
    def is_complete(self) -> bool:
        """Tell whether everything was found and written, so that events from before
        add nothing: neither after a failure, nor after something was filtered.
        """
        is_read = bool(self.looked_for) and self.looked_for == self.found
        return is_read and self.is_done

    @property
    def is_done(self) -> bool:
        """Tell whether nothing failed: neither a mapping, nor the writing."""
        return not self.failed and self.is_written


# Tasks of one event share the object.
RUNNING: ContextVar[Progress | None] = ContextVar("running", default=None)


@contextmanager
def reading(name: str) -> Iterator[Read]:
    """Note what goes on inside as reading an object; it has to say what it found."""
    progress, read = RUNNING.get() or Progress(), Read()
    progress.looked_for.add(name)
    yield read
    if read.found:
        progress.found.add(name)
