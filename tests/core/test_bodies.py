"""A body is looked at before it is parsed, and only an object is taken."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.bodies import MAX_DEPTH, depth_of, parse_object

JSON = st.recursive(
    st.none() | st.booleans() | st.text() | st.text('[]{}"\\\\,:') | st.integers(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text('[]{}"\\\\'), inner),
    max_leaves=20,
)


def depth(value: Any) -> int:
    """Return how deeply a parsed value is nested."""
    inner = value.values() if isinstance(value, dict) else value
    if not isinstance(value, dict | list):
        return 0
    return 1 + max(map(depth, inner), default=0)


def with_many_brackets(value: Any) -> list[Any]:
    """Return the value among so many brackets that each has to be looked at."""
    return [value, *([] for _ in range(MAX_DEPTH))]


@given(JSON)
def test_depth_is_counted_right_whatever_is_in_the_texts(value: Any) -> None:
    body = json.dumps(whole := with_many_brackets(value)).encode()
    assert depth_of(body) == depth(whole)


@given(st.dictionaries(st.text(max_size=5), JSON, max_size=2))
def test_every_object_is_returned_as_it_is(value: dict[str, Any]) -> None:
    assert parse_object(json.dumps(value).encode()) == value


@given(st.binary() | st.text('{}[]"\\:,x1 ').map(str.encode))
def test_anything_else_is_a_value_error(body: bytes) -> None:
    with suppress(ValueError):
        assert isinstance(parse_object(body), dict)


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"null", b'"x"', b"{", b"\xff\xfe", b'{"x": 1} 2', b'{"x":"\xfc"}'],
)
def test_what_is_no_object_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match="no JSON"):
        parse_object(body)


@pytest.mark.parametrize(("opened", "closed"), [(b"[", b"]"), (b'{"]":', b"}")])
def test_only_deep_nesting_is_refused(opened: bytes, closed: bytes) -> None:
    def nested(levels: int) -> bytes:
        return b'{"x":' + opened * levels + b"1" + closed * levels + b"}"

    assert parse_object(nested(MAX_DEPTH - 1))
    with pytest.raises(ValueError, match="nested"):
        parse_object(nested(MAX_DEPTH))


def test_brackets_side_by_side_are_not_deep() -> None:
    assert parse_object(json.dumps({"x": [{}] * 10_000}).encode())


def test_a_bomb_of_brackets_is_refused_without_parsing() -> None:
    with pytest.raises(ValueError, match="nested"):
        parse_object(b'{"x":' + b"[" * 1_000_000)
