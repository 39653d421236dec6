"""An epic is in production when its issues are, as Port makes it of the blueprints."""

from typing import Any

import pytest

from sandbox.port.store import Options, Store
from tests.test_project_figures import store

__all__ = ["store"]

DONE, PARTLY, RELEASED = "in production", "partly in production", "released"


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ([DONE, DONE], DONE),
        ([DONE, None], PARTLY),
        ([DONE, "rolled back"], PARTLY),
        ([PARTLY], PARTLY),
        ([RELEASED, None], RELEASED),
        (["rolled back"], RELEASED),
        ([None], None),
        ([], None),
    ],
)
def test_an_epic_is_where_its_issues_are(
    store: Store, states: list[str | None], expected: str | None
) -> None:
    put(store, "SHOP-1", 1, None)
    for number, state in enumerate(states, 2):
        put(store, f"SHOP-{number}", 0, state)
        put(store, f"SHOP-{number}0", -1, None)

    epic = store.get("jiraEpic", "SHOP-1")
    shown = store.calculator.shown(epic)["properties"]

    assert shown["deliveryState"] == expected
    assert shown["issues"] == len(states)


def put(
    store: Store, key: str, level: int, state: str | None, epic: str = "SHOP-1"
) -> None:
    """Put an issue of an epic, as the default mapping would."""
    known: Any = {"hierarchyLevel": level, "deliveryState": state}
    properties = {name: value for name, value in known.items() if value is not None}
    relations = {"epic": epic}
    entity = {"identifier": key, "properties": properties, "relations": relations}
    store.upsert("jiraIssue", entity, "", Options(create_missing=True))
