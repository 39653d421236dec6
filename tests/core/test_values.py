"""Values of raw items are read whatever form they have."""

from datetime import UTC, datetime
from typing import Any

import pytest

from core.values import child, moment, objects, required, text, with_dates

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-01-01T12:00:00.000+00:00", NOON),
        ("2026-01-01T12:00:00.0000000Z", NOON),
        ("2026-01-01T13:00:00+01:00", NOON),
        ("2026-01-01T12:00:00", NOON),
        ("0001-01-01T00:00:00.000+00:00", None),
        ("9999-12-31T23:59:59.999+00:00", None),
        ("2026-13-01T12:00:00Z", None),
        ("2026-01-01", None),
        ("soon", None),
        ("", None),
        (None, None),
        (1767225600, None),
        (["2026-01-01T12:00:00Z"], None),
    ],
)
def test_a_moment_is_a_date_or_nothing(value: Any, expected: datetime | None) -> None:
    assert moment(value) == expected


def test_what_should_be_a_date_and_is_none_becomes_null() -> None:
    item = {"a": "2026-01-01T12:00:00Z", "b": "soon", "c": None, "d": "soon"}
    assert with_dates(item, "a", "b", "c", "e") == {**item, "b": None}


@pytest.mark.parametrize("value", [None, "", 0, 5, True, [], ["x"], {}])
def test_a_text_that_is_required_is_no_other_value(value: Any) -> None:
    assert text(value) is None
    with pytest.raises(ValueError, match="Id is"):
        required({"Id": value}, "Id")


@pytest.mark.parametrize("value", [None, "text", 5, [1], {"x": None}, {"x": []}])
def test_parts_of_another_form_are_empty(value: Any) -> None:
    assert child(value, "x") == {}
    assert objects(value) == []


def test_parts_are_found() -> None:
    assert child({"x": {"y": 1}}, "x") == {"y": 1}
    assert objects([None, {"y": 1}, "z", []]) == [{"y": 1}]
