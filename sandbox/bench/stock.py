"""Run `ocean` as if the integration left all speed to the framework.

The same kinds and mapping, but the framework's own entity processor, all fields of an
issue, pages of at most fifty items, one page after the other, one parent after the
other, and for live events a read for each of them, one after the other.
"""

import signal
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace
from importlib import import_module
from typing import Any

from port_ocean.cli.cli import cli_start
from port_ocean.core.handlers.entity_processor.jq_entity_processor import (
    JQEntityProcessor,
)

from core import cursor_paging, paging, pipeline
from core.errors import ApiError, Incomplete, Unauthorized
from framework import entity_processor, expressions, garbage, json_entities

PAGE_SIZE = 50
_SIZED = (
    paging.OffsetPaging,
    paging.ArrayPaging,
    cursor_paging.TokenPaging,
    cursor_paging.CursorPaging,
    cursor_paging.ConnectionPaging,
    paging.SkipTakePaging,
)


def in_turn[T](source: AsyncGenerator[T], depth: int = 0) -> AsyncGenerator[T]:
    """Read a page when the one before is done with."""
    return source


async def parents_in_turn[P, T](
    parents: AsyncGenerator[P],
    read: Callable[[P], AsyncGenerator[T]],
    *,
    what: str,
    workers: int = 1,
    depth: int = 0,
) -> AsyncGenerator[T]:
    """Yield what `read` yields, parent by parent, with the errors of `fan_out`."""
    failures: list[Exception] = []
    async with aclosing(parents):
        async for parent in parents:
            try:
                async with aclosing(read(parent)) as values:
                    async for value in values:
                        yield value
            except Unauthorized:
                raise
            except ApiError as error:
                failures.append(error)
    if failures:
        raise Incomplete(what, failures)


def replace_everything() -> None:
    """Put the stock parts in place, before the integration imports its own."""
    for module, name, part in (
        (pipeline, "prefetch", in_turn),
        (pipeline, "fan_out", parents_in_turn),
        (entity_processor, "CombinedJQEntityProcessor", JQEntityProcessor),
        (expressions, "paths_read", lambda _: None),
        (garbage, "collect_garbage_less_often", lambda: None),
        (json_entities, "take_json_as_it_is", lambda: None),
    ):
        _put(module, name, part)
    # These import what was replaced above.
    census = import_module("jira.resources.census")
    live = import_module("framework.event_manager")
    _put(census, "reads_by_id", lambda api: False)
    # The framework's own manager stays: one event at a time, and a read for each.
    guard = import_module("framework.webhook_guard")
    _put(live.OrderedEventManager, "replace_in", classmethod(_made))
    _put(guard.WebhookGuard, "put_before", lambda *_: None)
    for style in _SIZED:
        _make_smaller(style)


def _made(manager: Any, app: Any, order: Any, senders: Any) -> Any:
    """Make our manager of live events, and put it in nobody's place."""
    return manager(order, app, senders)


def _put(module: Any, name: str, part: Any) -> None:
    if not hasattr(module, name):
        raise LookupError(f"{module} has no {name} to replace")
    setattr(module, name, part)


def _make_smaller(style: Any) -> None:
    first = style.first

    def smaller(self: Any) -> Any:
        return first(replace(self, size=min(self.size, PAGE_SIZE)))

    style.first = smaller


if __name__ == "__main__":
    # The framework ends a single run by interrupting itself.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    replace_everything()
    cli_start()
