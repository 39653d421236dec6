"""Plain expressions give in Python what jq gives."""

import json
from pathlib import Path
from typing import Any

import jq
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from framework.expressions import expressions_in, formatted
from framework.plain import outputs, plain
from framework.plain_steps import Odd

NAMES = ["a", "b", "__c", "list"]
DEFAULTS = Path(".port/resources/port-app-config.yml")

literals = st.sampled_from(
    ["null", "true", "false", "0", "7", '""', '"a"', '"ü x"', '"7"']
)
segments = st.sampled_from([f".{name}" for name in NAMES] + ['."a"', '."not there"'])
indexes = st.sampled_from(['["a"]', '["b"]', '["48x48"]'])
first_segments = segments | indexes.map(lambda index: f".{index}")
paths = st.builds(
    lambda first, others: first + "".join(others),
    first_segments,
    st.lists(segments | indexes, max_size=3),
)
stages = st.sampled_from(["", " | tostring"]) | literals.map(
    lambda literal: f" | select(. != {literal})"
)
parts = st.builds("{}[]{}{}".format, paths, st.sampled_from(["", "?"]), segments) | (
    paths.map("{}[]?".format)
)
lists = (
    st.builds("[{}{}]".format, parts, stages)
    | st.builds("[{} + {}]".format, paths, parts)
    | st.builds("[{} + ({}{})]".format, paths, parts, stages)
)
atoms = paths | literals | lists | st.just("empty")


def larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    enclosed = st.builds("({}{})".format, inner, stages)
    terms = atoms | enclosed
    return st.one_of(
        st.builds("{} // {}".format, inner, inner),
        st.builds("{} {} {}".format, terms, st.sampled_from(["==", "!="]), terms),
        st.builds("{} + {}".format, terms, terms),
        enclosed,
        st.builds("if {} then {} else {} end".format, inner, inner, inner),
        st.builds(
            "if {} then {} elif {} then {} else {} end".format,
            *[inner] * 5,
        ),
    )


guards = st.builds(
    "{} as $x | if [{}] | index($x) then $x else {} end".format,
    paths,
    st.lists(literals, min_size=1, max_size=3).map(", ".join),
    literals,
)
expressions = guards | st.builds(
    "{}{}{}".format, st.recursive(atoms, larger, max_leaves=4), stages, stages
)
numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | numbers | st.text(max_size=4) | st.just("a"),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(NAMES), inner, max_size=3),
    max_leaves=12,
)
items = st.dictionaries(st.sampled_from([*NAMES, "48x48"]), values)


def by_jq(expression: str, item: Any) -> Any:
    return jq.compile(f"[first((\n{expression}\n))?]").input_value(item).first()


def exactly(value: Any) -> str:
    """Return a form in which 1, 1.0 and true differ, and the order of keys does not."""
    return json.dumps(value, sort_keys=True)


@given(expression=expressions, item=items)
def test_any_plain_expression_gives_what_jq_gives(expression: str, item: Any) -> None:
    evaluate = plain(expression)
    assert evaluate is not None
    try:
        found = outputs(evaluate, item)
    except Odd:
        return
    assert exactly(found) == exactly(by_jq(expression, item))


@pytest.mark.parametrize(
    ("expression", "item", "expected"),
    [
        (".a", {"a": [1, {"b": None}]}, [[1, {"b": None}]]),
        (".a.b", {"a": None}, [None]),
        (".a.b", {"a": "text"}, []),
        (".a.b", {"a": []}, []),
        ('.a["b"]', {"a": {"b": False}}, [False]),
        (".a // .b", {"a": False, "b": None}, [None]),
        ('.a.b // "none"', {"a": {}}, ["none"]),
        (".a", {"a": 2.0}, [2]),
        (".a | tostring", {"a": 12345678901234567890}, ["12345678901234567890"]),
        ('.a | select(. != "")', {"a": ""}, []),
        (".a == 1", {"a": True}, [False]),
        ("[.a[]?.b]", {"a": [{"b": 1}, 2]}, []),
        ("[.a[]? | select(. != null)]", {"a": [None, 0]}, [[0]]),
        ("[.a[]?]", {"a": 5}, [[]]),
        ("[.a.b[]?]", {"a": 5}, []),
        ("'text'", {}, ["text"]),
        (".a + .b", {"a": "x", "b": "y"}, ["xy"]),
        (".a + .b", {"a": "x"}, ["x"]),
        (".a + .b", {"b": 5}, [5]),
        (".a + .b", {"a": "", "b": 5}, []),
        (".a + (.b // empty)", {"a": "x"}, []),
        (".a + .b // 1 == 1", {"a": "x", "b": "y"}, ["xy"]),
        (".a + (.b // empty | tostring)", {"a": "x", "b": 5}, ["x5"]),
        ('.a + (.b | select(. != "u"))', {"a": "x", "b": "u"}, []),
        ("(empty) // 1", {}, [1]),
        ("[.a + .b[]]", {"a": "x", "b": ["y", "z"]}, [["xy", "xz"]]),
        ("[.a + .b[]]", {"a": "x", "b": None}, []),
        ("[.a.b + .b[]]", {"a": "x", "b": []}, [[]]),
        ("[.a + (.b[]?.c | select(. != null))]", {"b": [{}, {"c": "y"}]}, [["y"]]),
    ],
)
def test_errors_and_nulls_are_jqs(
    expression: str, item: dict[str, Any], expected: list[Any]
) -> None:
    text = formatted(expression)
    evaluate = plain(text)
    assert evaluate is not None
    assert outputs(evaluate, item) == expected == by_jq(text, item)


@pytest.mark.parametrize(
    "expression",
    [
        ".",
        "..",
        ".a[0]",
        ".a[]",
        ".ü",
        ".a, .b",
        ".a - .b",
        ".a +",
        "[.a + .b[] | tostring]",
        "[.a + (.b)[]]",
        '"\\(.a)"',
        ".a | length",
        "if .a then .b end",
        ".a == .b == .c",
        '.a.["b"]',
        '. "a"',
        "[.a[]?.b?]",
        "env.SECRET",
        "$ENV",
        ".a as $x | if [1] | index($y) then $x else 1 end",
        ".a |",
        "1.5",
        "",
    ],
)
def test_the_rest_is_left_to_jq(expression: str) -> None:
    assert plain(expression) is None


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        (".a", "\ud800"),
        (".a", 2**53),
        (".a", 1e300),
        (".a", [{"b": "\ud800"}]),
        (".a", float("nan")),
        (".a | tostring", 1.0),
        (".a.b // 1", "text"),
        (".a == .a", {}),
        (".a + .a", 1),
        (".a + .a", []),
        ("[.a[]]", {"b": 1}),
        ("[.a[]?]", {"b": 1}),
        ('.a as $x | if ["b"] | index($x) then $x else null end', ["b"]),
    ],
)
def test_a_value_that_only_jq_understands_is_left_to_it(
    expression: str, value: Any
) -> None:
    evaluate = plain(expression)
    assert evaluate is not None
    with pytest.raises(Odd):
        outputs(evaluate, {"a": value})


def test_what_is_returned_is_no_part_of_the_item() -> None:
    item = {"a": {"b": [1]}}
    evaluate = plain(".a")
    assert evaluate is not None
    ((found,),) = [outputs(evaluate, item)]
    found["b"].append(2)
    assert item == {"a": {"b": [1]}}


def test_nearly_all_of_the_default_mapping_is_plain() -> None:
    resources = yaml.safe_load(DEFAULTS.read_text("utf-8"))["resources"]
    texts = [
        text
        for resource in resources
        for text in expressions_in(resource["port"]["entity"]["mappings"])
    ]
    left = [text for text in texts if plain(formatted(text)) is None]
    assert len(left) * 20 < len(texts), left
