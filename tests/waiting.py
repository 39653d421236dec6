"""Waiting for what another process brings about, of which no event tells."""

import asyncio
from collections.abc import Callable
from inspect import isawaitable
from pathlib import Path
from typing import Any

import pytest

POLL_SECONDS = 0.05


async def until(condition: Callable[[], Any], log: Path, seconds: float) -> None:
    """Wait for a condition, perhaps a coroutine; fail with the end of the log."""
    try:
        async with asyncio.timeout(seconds):
            while not await _value(condition()):  # noqa: ASYNC110
                await asyncio.sleep(POLL_SECONDS)
    except TimeoutError:
        pytest.fail(end_of(log))


def end_of(log: Path) -> str:
    """Return the last part of a log."""
    return log.read_text(errors="replace")[-4000:]


async def _value(found: Any) -> Any:
    return await found if isawaitable(found) else found
