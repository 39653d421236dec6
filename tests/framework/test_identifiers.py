"""Whether a value identifies anything, or is what a missing field leaves of it."""

from typing import Any

import pytest

from core.types import Item
from framework.identifiers import all_paths, identifies, lacks_any, needed_paths
from tests.framework.resyncs import jq_rules

pytestmark = pytest.mark.usefixtures(jq_rules.__name__)
EMEA = {"__scope": "emea/"}


async def test_a_scope_alone_identifies_nothing() -> None:
    expression = ".__scope + .id"
    assert await identifies(expression, "emea/1", {**EMEA, "id": "1"})
    assert not await identifies(expression, "emea/", EMEA)
    assert not await identifies(expression, "", {"__scope": ""})
    assert not await identifies(expression, None, {})


@pytest.mark.parametrize(
    ("expression", "value", "item", "expected"),
    [
        (".id | tostring", "null", {}, False),
        (".id | tostring", "null", {"id": "null"}, True),
        (".__scope + (.id | tostring)", "emea/null", EMEA, False),
        ('"board-\\(.id)"', "board-null", {"name": "x"}, False),
        ('.id + "-x"', "-x", {}, False),
        ("(.id // .key) | tostring", "null", {}, False),
        ('. as $i | "x\\($i.id)"', "xnull", {}, False),
        # The same for all, or for those without a field, by intention.
        ('"company"', "company", {}, True),
        ('.__scope + "company"', "emea/company", EMEA, True),
        ('.team // "nobody"', "nobody", {}, True),
        ('if .team then .team else "nobody" end', "nobody", {}, True),
        ({"combinator": "and"}, {"combinator": "and"}, {}, True),
    ],
)
async def test_what_an_item_without_fields_would_give_identifies_nothing(
    expression: Any, value: Any, item: Item, expected: bool
) -> None:
    assert await identifies(expression, value, item) is expected


@pytest.mark.parametrize(
    ("expression", "needed"),
    [
        (".__scope + .id", {("id",)}),
        ('"\\(.space)-\\(.id)"', {("space",), ("id",)}),
        ('.a.b.c + (.tenant.id // "none")', {("a", "b")}),
        ("(.id // .key) | tostring", {("id",), ("key",)}),
        ('if .a then "\\(.b)" elif .c == 1 then .d else .a end', {("b",), ("d",)}),
        ('"company"', set()),
        (". as $i | $i.id", None),
    ],
)
def test_what_has_an_alternative_is_not_needed(expression: str, needed: Any) -> None:
    found = needed_paths(expression)
    assert found == (None if needed is None else frozenset(needed))


@pytest.mark.parametrize(
    ("item", "lacks", "is_unsure"),
    [
        ({"id": 1, "part": {"id": 2}}, False, False),
        ({"id": 1, "part": {"id": {}}}, False, True),
        ({"id": None, "part": {"id": 2}}, True, True),
        ({"id": 1, "part": {}}, True, True),
        ({"id": 1, "part": "text"}, True, True),
        ({}, True, True),
    ],
)
def test_an_item_lacks_what_its_identifier_reads(
    item: Item, lacks: bool, is_unsure: bool
) -> None:
    paths = needed_paths('.__scope + "\\(.id)-" + (.part.id | tostring)')
    assert lacks_any(item, paths) is lacks
    assert lacks_any(item, paths, or_unsure=True) is is_unsure


def test_what_only_jq_can_read_may_be_lacking() -> None:
    for expression in (".. | length", {"combinator": "and"}):
        assert not lacks_any({}, needed_paths(expression))
        assert lacks_any({}, all_paths(expression), or_unsure=True)
    assert not lacks_any({}, all_paths('"company"'), or_unsure=True)
    assert all_paths('.a // "none"') == frozenset({("a",)})
