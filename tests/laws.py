"""What holds for the kinds of both products alike."""

import json
from collections.abc import Awaitable, Callable

from core.trouble import INCOMPLETE
from core.types import Item
from tests.test_documents import ROOT, documented_for


def check_additions(kind: str, items: list[Item]) -> None:
    """What a resync adds to items is told, and is in the example."""
    added = {name for item in items for name in item if name[:2] == "__"} - {INCOMPLETE}
    raw = json.loads((ROOT / f".port/examples/{kind}/raw.json").read_text("utf-8"))
    shown = {name for name in raw if name[:2] == "__"}

    assert items
    assert added <= documented_for(kind)
    # What only some items have need not be in one example.
    assert {n for n in added if all(n in item for item in items)} <= shown <= added


async def check_selection(
    everything: dict[str, Item],
    wanted: set[str],
    is_brought: Callable[[Item], Awaitable[bool]],
    *,
    most: int,
) -> None:
    """Of at most so many of either sort, events bring just what is wanted."""
    others = everything.keys() - wanted
    assert wanted
    assert others
    asked = [*sorted(wanted)[:most], *sorted(others)[:most]]
    brought = {id_ for id_ in asked if await is_brought(everything[id_])}
    assert brought == wanted & set(asked)
