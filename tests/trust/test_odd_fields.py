"""One odd field costs its item at most, and nothing of the others."""

import copy
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from core.errors import ApiError
from core.fetch import fetch_one
from core.lookup import Absent
from core.trouble import ODD_FORM
from core.types import Item
from jira.kinds import JiraKind
from octopus.kinds import OctopusKind
from tests.framework.resyncs import resync
from tests.trust.faults import edit, rows_of
from tests.trust.vendors import Fault, Reply, Spoil
from tests.trust.worlds import Outcome, World, mapped, resynced
from tests.virtual_time import run

KINDS = [str(kind) for kind in (*JiraKind, *OctopusKind)]
FEW = settings(max_examples=max(settings().max_examples // 10, 1))
DROPPED = "dropped"
# What stands in a field instead; texts and numbers may be what the vendor wrote.
VALUES: dict[str, Any] = {
    DROPPED: None,
    "null": None,
    "number": 9_999_997,
    "negative": -1.5,
    "text": "text",
    "empty": "",
    "list": [],
    "odd list": [None, 5, "text", {}],
    "object": {},
    "nested null": {"id": None, "Id": None, "key": None, "name": None},
    "huge text": "1" * 5000,
    "lone surrogate": "\ud83d",
    "boolean": False,
}
# The selector may really not want these.
OF_RIGHT_FORM = ("text", "empty", "boolean", "huge text")
type Path = tuple[str | int, ...]
type Worlds = Callable[[str], World]


def paths(value: Any, depth: int = 3) -> Iterator[Path]:
    """Yield where an item has fields, in objects and in the first part of lists."""
    parts: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        parts = [(k, v) for k, v in value.items() if not k.startswith("__")]
    elif isinstance(value, list):
        parts = [*enumerate(value[:1])]
    for name, part in parts:
        yield (name,)
        if depth > 1:
            yield from ((name, *rest) for rest in paths(part, depth - 1))


def with_odd(item: Item, path: Path, sort: str) -> Item:
    """Return an item with something else in one of its fields."""
    changed: Any = copy.deepcopy(item)
    place, last = changed, path[-1]
    for step in path[:-1]:
        try:
            place = place[step]
        except ODD_FORM:  # this reply shows less of the item
            return item
    if isinstance(place, dict) and sort == DROPPED:
        place.pop(last, None)
    elif isinstance(place, dict | list) and place:
        holder: Any = place
        holder[last] = VALUES[sort]
    result: Item = changed
    return result


def wherever(id_field: str, item: Item, path: Path, sort: str) -> Spoil:
    """Change the item in all replies, be they lists or single reads."""
    names = ("id", "Id", "self", id_field)  # a project may have a component's id
    own = {name: item[name] for name in names if name in item}

    def is_own(row: Any) -> bool:
        own_ids = [own[n] for n in own if isinstance(row, dict) and n in row]
        return bool(own_ids) and all(row[n] == own[n] for n in own if n in row)

    def change(parsed: Any) -> Any:
        rows = rows_of(parsed)
        if rows is not None:
            rows[:] = [with_odd(r, path, sort) if is_own(r) else r for r in rows]
            return parsed
        return with_odd(parsed, path, sort) if is_own(parsed) else parsed

    def spoil(request: httpx.Request, reply: Reply) -> Reply:
        return edit(change)(request, reply)

    return spoil


def draw_odd(data: Any, world: World) -> tuple[Item, Path, str]:
    # By numbers, for a strategy of whole items is slow.
    item = world.items[data.draw(st.integers(0, min(4, len(world.items) - 1)))]
    places = [*paths(item)]
    path = places[data.draw(st.integers(0, len(places) - 1))]
    sort = data.draw(st.sampled_from([*VALUES]))
    if sort in ("number", "negative", "lone surrogate") and path == (
        world.resource.id_field,
    ):
        sort = "null"  # the id of something else
    note(f"{path} is {sort}")
    return item, path, sort


def is_of_right_form(world: World, path: Path, sort: str) -> bool:
    """Return whether a selector may not want what stands there now."""
    if sort == "lone surrogate":  # none of the chosen states
        return (world.resource.kind, path) in {
            (JiraKind.SPRINT, ("state",)),
            (OctopusKind.APPROVAL, ("ChangeRequest", "ChangeRequestApprovalState")),
        }
    if sort == "number":  # another project
        return (world.resource.kind, path) == (JiraKind.VERSION, ("projectId",))
    return sort in OF_RIGHT_FORM


def _is_same(one: Item, other: Item) -> bool:
    return "id" in one and one["id"] == other.get("id")


def reasons(outcome: Outcome) -> list[str]:
    return [t.reason for report in outcome.reports for t in report.hidden]


@pytest.mark.parametrize("kind", KINDS)
@FEW
@given(st.data())
def test_an_odd_field_in_a_list_costs_its_item_at_most(
    world_of: Worlds, kind: str, data: Any
) -> None:
    world = world_of(kind)
    item, path, sort = draw_odd(data, world)
    id_ = world.resource.id_field
    spoil = wherever(id_, item, path, sort)
    outcome = run(resynced(world, Fault(spoil=spoil)))
    assert outcome.error is None
    found = {str(i[id_]): i for i in outcome.items}
    calm = {str(i[id_]): i for i in world.items}
    changed = {n for n, i in calm.items() if found.get(n) != i}
    # An issue may be in several backlogs.
    own = {n for n, i in calm.items() if n == str(item[id_]) or _is_same(i, item)}
    assert changed <= own
    lost = changed - found.keys()
    # A value of the right form may be what the selector doesn't want.
    if lost and not is_of_right_form(world, path, sort):
        assert found.keys() - calm.keys() or reasons(outcome)


@pytest.mark.parametrize("kind", KINDS)
@FEW
@given(st.data())
def test_an_odd_field_in_a_single_read_is_no_absence(
    world_of: Worlds, kind: str, data: Any
) -> None:
    world = world_of(kind)
    if not (world.resource.item_path or world.resource.get_with):
        return
    item, path, sort = draw_odd(data, world)
    spoil = wherever(world.resource.id_field, item, path, sort)

    async def read() -> Any:
        api, _ = world.site.connect(Fault(spoil=spoil))
        async with resync(world.mapping):
            try:
                found = await fetch_one(
                    api, world.resource, item, world.mapping.selector
                )
            except ApiError as error:
                return error
            finally:
                await api.http.aclose()
            if isinstance(found, dict):
                await mapped(world, [found])
        return found

    found = run(read())
    assert found is not Absent.GONE
    if not is_of_right_form(world, path, sort):
        assert found is not Absent.NOT_SELECTED
