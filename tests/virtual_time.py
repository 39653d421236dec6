"""An event loop whose time passes at once: nothing sleeps, everything is in order."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any


class _TimelessSelector(selectors.DefaultSelector):
    """Let time pass instead of waiting for it."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0

    def select(
        self, timeout: float | None = None
    ) -> list[tuple[selectors.SelectorKey, int]]:
        found = super().select(0)
        if not found:
            assert timeout is not None, "everything waits, and for nothing"
            self.now += timeout
        return found


class VirtualLoop(asyncio.SelectorEventLoop):
    """Run without waiting; `time()` tells what the clock would have told."""

    def __init__(self) -> None:
        self._timeless = _TimelessSelector()
        super().__init__(self._timeless)

    def time(self) -> float:
        return self._timeless.now


def run[T](work: Coroutine[Any, Any, T]) -> T:
    """Return the result of a coroutine that waits for nothing but time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(work)


def now() -> float:
    """Return the virtual time; the gate's clock in tests."""
    return asyncio.get_running_loop().time()
