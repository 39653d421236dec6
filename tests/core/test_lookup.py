"""What was asked for by id came, or is proven gone, or is named as trouble."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ApiError, Forbidden, Refused, Unauthorized, Unavailable
from core.lookup import (
    MAX_FAILED_REQUESTS,
    SINGLES_AT_ONCE,
    Absent,
    ById,
    ManyById,
    get_many,
)
from core.trouble import Report, reporting
from core.types import Item

NUMBERS = [f"Tasks-{number}" for number in range(100)]


def item(id_: str) -> Item:
    return {"Id": id_}


@dataclass
class Vendor:
    """Has some objects, and ways to answer oddly."""

    has: set[str]
    # What its reply to a request for several ids leaves out, although it is there.
    hides: set[str] = field(default_factory=set)
    # The ids that break every request that names them.
    breaks: set[str] = field(default_factory=set)
    error: ApiError = field(default_factory=lambda: Unavailable("500", status=500))
    requests: list[tuple[int, bool]] = field(default_factory=list)
    singles: list[str] = field(default_factory=list)
    extra: list[Any] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0

    async def many(self, ids: Sequence[str], once: bool) -> list[Item]:
        self.requests.append((len(ids), once))
        if self.breaks & set(ids):
            raise self.error
        return [*self.extra, *(item(i) for i in ids if i in self.has - self.hides)]

    async def single(self, id_: str) -> Item | Absent:
        self.singles.append(id_)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        if id_ in self.breaks:
            raise self.error
        return item(id_) if id_ in self.has else Absent.GONE


async def ask(vendor: Vendor, ids: Sequence[str]) -> tuple[ManyById, Report]:
    id_of: Callable[[Item], str] = lambda item: str(item.get("Id"))  # noqa: E731
    by_id = ById(many=vendor.many, single=vendor.single, id_of=id_of, size=100)
    with reporting(Report("task")) as report:
        return await get_many(by_id, ids), report


async def test_what_comes_costs_one_request() -> None:
    vendor = Vendor(set(NUMBERS))
    result, report = await ask(vendor, NUMBERS)
    assert list(result.found) == NUMBERS
    assert (vendor.requests, vendor.singles) == ([(100, False)], [])
    assert (result.gone, report.troubles) == (set(), [])


async def test_an_empty_reply_proves_nothing() -> None:
    vendor = Vendor(set(NUMBERS), hides=set(NUMBERS))
    result, _ = await ask(vendor, NUMBERS)
    assert result.found.keys() == set(NUMBERS)
    assert vendor.most_at_once == SINGLES_AT_ONCE


async def test_gone_is_the_answer_about_the_object_itself() -> None:
    vendor = Vendor(set(NUMBERS[1:]))
    result, report = await ask(vendor, NUMBERS)
    assert result.gone == {NUMBERS[0]}
    assert vendor.singles == [NUMBERS[0]]
    assert report.troubles == []


@pytest.mark.parametrize("extra", [[item("Tasks-500")], [None, 7, {"Id": None}]])
async def test_what_was_not_asked_for_is_not_believed(extra: list[Any]) -> None:
    vendor = Vendor({NUMBERS[0]}, extra=extra)
    result, _ = await ask(vendor, NUMBERS[:2])
    assert result.found.keys() == {NUMBERS[0]}


@pytest.mark.parametrize("error", [Unavailable("500"), Refused("413", status=413)])
async def test_one_that_breaks_the_request_costs_itself(error: ApiError) -> None:
    vendor = Vendor(set(NUMBERS), breaks={NUMBERS[42]}, error=error)
    result, report = await ask(vendor, NUMBERS)
    assert result.found.keys() == set(NUMBERS) - {NUMBERS[42]}
    assert [t.item and t.item["Id"] for t in report.hidden] == [NUMBERS[42]]
    # Only the first is worth the retries.
    assert [once for _, once in vendor.requests].count(False) == 1


async def test_a_vendor_that_is_down_is_not_asked_for_each() -> None:
    vendor = Vendor(set(NUMBERS), breaks=set(NUMBERS))
    with pytest.raises(Unavailable):
        await ask(vendor, NUMBERS)
    assert len(vendor.requests) + len(vendor.singles) <= MAX_FAILED_REQUESTS + 2


@pytest.mark.parametrize("error", [Unauthorized("401"), Forbidden("403")])
async def test_what_concerns_every_id_is_raised_at_once(error: ApiError) -> None:
    vendor = Vendor(set(NUMBERS), breaks=set(NUMBERS), error=error)
    with pytest.raises(type(error)):
        await ask(vendor, NUMBERS)
    assert len(vendor.requests) == 1


@given(
    has=st.sets(st.sampled_from(NUMBERS[:12])),
    hides=st.sets(st.sampled_from(NUMBERS[:12])),
    breaks=st.sets(st.sampled_from(NUMBERS[:12]), max_size=3),
)
async def test_each_id_ends_in_exactly_one_place(
    has: set[str], hides: set[str], breaks: set[str]
) -> None:
    result, report = await ask(Vendor(has, hides, breaks), NUMBERS[:12])
    lost = {t.item["Id"] for t in report.hidden if t.item}
    assert result.found.keys() == has - breaks
    assert result.gone == set(NUMBERS[:12]) - has - breaks
    assert lost == breaks


@pytest.mark.parametrize("other", [{}, {"Id": "Tasks-999"}, {"Id": None}])
async def test_something_else_than_was_asked_for_is_trouble(other: Item) -> None:
    async def single(id_: str) -> Item | Absent:
        return other

    async def many(ids: Sequence[str], once: bool) -> list[Item]:
        return []

    asked = ById(many=many, single=single, id_of=lambda one: str(one.get("Id")), size=9)
    with reporting(Report("task")) as report:
        result = await get_many(asked, ["Tasks-1"])

    assert (result.found, result.gone) == ({}, set())
    (trouble,) = report.hidden
    assert trouble.item and trouble.item["Id"] == "Tasks-1"
    assert not trouble.is_permanent
