"""Entities of plain JSON are what the framework's own would be."""

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from port_ocean.core.models import Entity
from pydantic.v1 import ValidationError

from framework.json_entities import AS_SENT, JsonEntity

SCALARS = st.none() | st.booleans() | st.integers() | st.text()
JSON: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=6,
)
NAMES = [*Entity.__fields__, "more"]
USUAL = {
    "identifier": "SHOP-1",
    "blueprint": "jiraIssue",
    "properties": {"labels": ["a"], "points": 3},
    "relations": {"project": "SHOP"},
}


def made_by(kind: type[Entity], obj: dict[str, Any]) -> tuple[Any, Any] | None:
    """Return an entity as a whole and as it is sent, None if it can't be one."""
    try:
        entity = kind.parse_obj(obj)
    except ValidationError:
        return None
    return entity.dict(), entity.dict(**AS_SENT)


@given(st.dictionaries(st.sampled_from(NAMES), JSON))
@example(USUAL)
@example({**USUAL, "icon": 3, "title": 3})
@example({**USUAL, "team": ["a", {"combinator": "and", "rules": []}]})
@example({**USUAL, "team": {"combinator": "and", "rules": []}})
@example({**USUAL, "team": 3})
@example({**USUAL, "team": False})
@example({**USUAL, "properties": None})
@example({**USUAL, "relations": [["a", "b"]]})
def test_whatever_a_mapping_gives_makes_the_same_entity(obj: dict[str, Any]) -> None:
    assert made_by(JsonEntity, obj) == made_by(Entity, obj)


def test_the_values_are_not_copied() -> None:
    sent = JsonEntity.parse_obj(USUAL).dict(**AS_SENT)

    assert sent == USUAL
    assert sent["properties"] is USUAL["properties"]


def test_defaults_are_shared_by_no_two_entities() -> None:
    named = {"identifier": "SHOP-1", "blueprint": "jiraIssue"}
    first, second = JsonEntity.parse_obj(named), JsonEntity.parse_obj(named)
    first.relations["project"] = "SHOP"

    assert second.relations == {}
