"""No expression can tell that an item lacks what it does not read."""

from collections.abc import Callable
from typing import Any

import jq
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from framework.expressions import paths_read, reads_any, reduced

ITEM: dict[str, Any] = {
    "a": {"b": [1, "x", None], "c": {"a": 2}, "if": "no"},
    "b": ["x y", {"a": 1}],
    "c": "text",
    "if": 3,
    "then": {"b": False},
    "d e": {"a": "deep"},
}
LEAVES = st.sampled_from(
    [
        ".",
        ".a",
        ".a.b",
        ".a?.c",
        '.a["c"]',
        '."d e"',
        '.["b"]',
        ".b[1].a",
        ".then.b",
        ".if",
        ".missing",
        "..",
        ".[]?",
        "1",
        "null",
        '"text"',
        '"\\(.c) of \\(.a.b)"',
        "'quoted'",
        "{a}",
        '{"a"}',
        "{if}",
        "{if: .if}",
        "length",
        "keys",
        "tostring",
        "$__loc__",
        "not",
        "empty",
    ]
)
SHAPES = [
    "{} | {}",
    "{}, {}",
    "{} // {}",
    "{} == {}",
    "{} + {}",
    "({})",
    "[{}]",
    "({})?",
    "{} and {}",
    "{} as $x | {}",
    "$x",
    "({}) as $x | [$x, {}]",
    "if {} then {} else {} end",
    "if {} then {} end",
    "if {} then {} elif {} then {} else {} end",
    "if {} then {} elif {} then {} end",
    "(if {} then {} else {} end).a",
    "{{a: ({}), b: ({})}}",
    '{{"a": ({}), if: ({}), "c"}}',
    "{{({}): 1}}",
    "map({})",
    "select({})",
    "reduce ({}) as $x (0; . + 1) | {}",
    "try ({}) catch ({})",
    "first({})",
    "def f: {}; {} | f",
    '"\\({})"',
    ".b[{}]",
    "{} # . | ..",
]


def grown(smaller: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    def filled(shape: str) -> st.SearchStrategy[str]:
        parts = st.lists(smaller, min_size=5, max_size=5)
        return parts.map(lambda found: shape.format(*found))

    fill: Callable[[str], st.SearchStrategy[str]] = filled
    return st.sampled_from(SHAPES).flatmap(fill)


EXPRESSIONS = st.recursive(LEAVES, grown, max_leaves=16)


def outputs(expression: str, item: Any) -> Any:
    try:
        return jq.compile(expression.replace("'", '"')).input_value(item).all()
    except ValueError as error:
        return str(error)


# Few of the expressions are both odd and understood, so more are tried than of others.
@settings(
    max_examples=4 * settings().max_examples,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(expression=EXPRESSIONS)
def test_what_is_not_read_makes_no_difference(expression: str) -> None:
    paths = paths_read([expression])
    event("everything" if paths is None else "a part")
    if paths is not None:
        smaller = reduced(ITEM, paths)
        assert outputs(expression, smaller) == outputs(expression, ITEM)


@pytest.mark.parametrize(
    ("expression", "is_read"),
    [(".item.at", True), (".item", True), (".item.at.x", True), (".item.id", False)],
)
def test_a_key_with_dots_is_of_something_in_an_item(
    expression: str, is_read: bool
) -> None:
    assert reads_any(expression, ["item.at"]) is is_read
    assert reads_any(expression, ["item"])
    assert not reads_any(expression, ["at", "it"])
