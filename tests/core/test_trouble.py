"""Trouble costs a value, an item, a parent or a kind; and it says what it hides."""

from typing import Any

import pytest

from core.errors import (
    ApiError,
    Forbidden,
    MalformedReply,
    NotFound,
    Unauthorized,
    Unavailable,
)
from core.trouble import (
    INCOMPLETE,
    LINES_PER_SORT,
    Missing,
    Report,
    attempt,
    current_report,
    name_of,
    reporting,
    with_values,
)

ITEM = {"Id": "Machines-1", "Name": "web-1"}


async def fail(error: Exception) -> str:
    raise error


async def succeed() -> str:
    return "fine"


async def test_a_lookup_that_works_returns_its_value() -> None:
    with reporting(Report("machine")) as report:
        assert await attempt(succeed(), value="owner") == "fine"
    assert report.troubles == []


@pytest.mark.parametrize(
    ("error", "is_permanent"),
    [
        (Forbidden("403 no", status=403), True),
        (NotFound("404 no", status=404), True),
        (Unavailable("503"), False),
        (MalformedReply("null"), False),
        (KeyError("Id"), False),
        (TypeError("'NoneType' object"), False),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
async def test_a_lookup_that_fails_costs_its_value_only(
    error: Exception, is_permanent: bool, warnings: list[str]
) -> None:
    with reporting(Report("machine")) as report:
        assert await attempt(fail(error), value="owner") == Missing(is_permanent)
    assert report.hidden == []
    assert [(t.value, t.is_permanent) for t in report.troubles] == [
        ("owner", is_permanent)
    ]
    assert len(warnings) == 1
    assert "owner of machine" in warnings[0]


@pytest.mark.parametrize("error", [Unauthorized("401"), RuntimeError("a bug")])
async def test_what_concerns_everything_is_raised(error: Exception) -> None:
    with reporting(Report("machine")) as report, pytest.raises(type(error)):
        await attempt(fail(error), value="owner")
    assert report.troubles == []


def test_a_value_that_may_come_another_time_is_marked() -> None:
    values = {"a": 1, "b": Missing(is_permanent=True), "c": Missing(is_permanent=False)}
    item = with_values({INCOMPLETE: ["before"]}, values)
    assert item == {"a": 1, "b": None, "c": None, INCOMPLETE: ["before", "c"]}


def test_what_is_complete_is_not_marked() -> None:
    assert with_values(ITEM, {"a": 1}) == {**ITEM, "a": 1}


def lose_everything(report: Report) -> None:
    report.lose_item(ITEM, ValueError("soon"))
    report.lose_parent({"Id": "Spaces-1"}, Forbidden("403", status=403))
    report.lose_kind(ApiError("503"))
    report.lose_value("owner", ApiError("503"))


def test_each_trouble_hides_what_it_names() -> None:
    report = Report("machine")
    lose_everything(report)
    assert [(t.item, t.parent) for t in report.hidden] == [
        (ITEM, None),
        (None, {"Id": "Spaces-1"}),
        (None, None),
    ]
    assert [t.is_permanent for t in report.hidden] == [False, True, False]


@pytest.mark.parametrize("row", [None, 7, "text", ["list"]])
def test_a_row_that_is_no_object_hides_the_kind(row: Any) -> None:
    report = Report("machine")
    report.lose_item(row, "not an object")
    assert [(t.item, t.parent) for t in report.hidden] == [(None, None)]


def test_many_troubles_of_a_sort_are_few_lines(warnings: list[str]) -> None:
    report = Report("machine")
    for number in range(100):
        report.lose_item({"Id": f"Machines-{number}"}, "odd")
    report.lose_kind("503")
    assert len(report.hidden) == 101
    assert len(warnings) == LINES_PER_SORT + 1
    assert "only counted" in warnings[LINES_PER_SORT - 1]


def test_a_line_names_kind_item_and_reason(warnings: list[str]) -> None:
    Report("octopus-machine").lose_item(ITEM, KeyError("EnvironmentIds"))
    for part in ("octopus-machine", "Machines-1", "web-1", "EnvironmentIds"):
        assert part in warnings[0]


def test_without_a_report_trouble_is_still_logged(warnings: list[str]) -> None:
    current_report().lose_value("owner", "503")
    assert len(warnings) == 1


@pytest.mark.parametrize(
    ("item", "name"),
    [
        ({"id": "1", "key": "SHOP-1"}, "SHOP-1 1"),
        ({"Id": "Spaces-1", "Name": "Default"}, "Default Spaces-1"),
        ({}, "without id"),
        ({"Id": "x" * 500}, "x" * 80),
    ],
)
def test_an_item_is_named_by_what_people_know(item: Any, name: str) -> None:
    assert name_of(item) == name
