"""Whether a value identifies anything, or is what a missing field leaves of it."""

from typing import Any

import pytest

from core.types import Item
from framework.identifiers import is_identifier, lacks_any, of_nothing
from tests.framework.resyncs import jq_rules

pytestmark = pytest.mark.usefixtures(jq_rules.__name__)
EMEA = {"__scope": "emea/"}


def test_a_scope_alone_identifies_nothing() -> None:
    assert is_identifier("emea/1", EMEA)
    assert not is_identifier("emea/", EMEA)
    assert not is_identifier("", {"__scope": ""})
    assert not is_identifier(None, {})


@pytest.mark.parametrize(
    ("expression", "item", "expected"),
    [
        (".id | tostring", {"id": 1}, "null"),
        (".__scope + (.id | tostring)", {"id": 1, **EMEA}, "emea/null"),
        ('"board-\\(.id)"', {"id": 1}, "board-null"),
        ('.id + "-x"', {"id": "1"}, "-x"),
        (".id | ascii_downcase", {"id": "A"}, None),
        # The same for all, or for those without a field, by intention.
        ('"company"', {"id": 1}, None),
        ('.team // "nobody"', {"id": 1}, None),
        ('if .team then .team else "nobody" end', {"id": 1}, None),
        ({"combinator": "and", "rules": []}, {"id": 1}, None),
    ],
)
async def test_what_an_expression_makes_of_nothing_is_known(
    expression: Any, item: Item, expected: Any
) -> None:
    assert await of_nothing(expression, item) == expected


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ({"id": 1, "part": {"id": 2}}, False),
        ({"id": None, "part": {"id": 2}}, True),
        ({"id": 1, "part": {}}, True),
        ({"id": 1, "part": "text"}, True),
        ({}, True),
    ],
)
def test_an_item_lacks_what_its_identifier_reads(item: Item, expected: bool) -> None:
    expression = '.__scope + "\\(.id)-" + (.part.id | tostring)'
    assert lacks_any(item, expression) is expected
    assert not lacks_any(item, '"company"')
    assert not lacks_any(item, ".. | length")
