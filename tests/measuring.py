"""Measure coverage by the cases of a test that still cover something new.

Up to Python 3.13, measuring branches slows all code down, also what is not measured:
the unit tests would take two thirds longer.
"""

from collections import Counter
from collections.abc import Generator
from typing import Any

import pytest

# After so many cases in a row that cover nothing new, a test's others are not measured.
ENOUGH = 3


class Measuring:
    """A plugin that pauses that of pytest-cov."""

    def __init__(self) -> None:
        self._in_vain: Counter[object] = Counter()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Run a test, with or without being measured."""
        plugin = item.config.pluginmanager.getplugin("_cov")
        controller = getattr(plugin, "cov_controller", None)
        if controller is None:
            return (yield)
        test = getattr(item, "function", item)
        if self._in_vain[test] >= ENOUGH:
            controller.pause()
            try:
                return (yield)
            finally:
                controller.resume()
        before = _covered(controller.cov)
        result = yield
        is_new = _covered(controller.cov) > before
        self._in_vain[test] = 0 if is_new else self._in_vain[test] + 1
        return result


def _covered(coverage: Any) -> int:
    """Return how many lines and branches are covered so far."""
    # Its public data would have to be written to a file first.
    return sum(map(len, coverage._collector.data.values()))
