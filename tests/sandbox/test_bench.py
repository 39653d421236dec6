"""The benchmark asks both paths for the same, and counts what they ask for."""

import json
from collections.abc import AsyncGenerator
from math import ceil
from pathlib import Path

import pytest

from core.errors import Incomplete, NotFound, Unauthorized
from sandbox.bench.__main__ import main
from sandbox.bench.ends import Ends, ends_of, ends_table_of
from sandbox.bench.live import OBJECTS, repeating
from sandbox.bench.report import Row, rows_of
from sandbox.bench.runs import OURS, STOCK, Run, kinds_of
from sandbox.bench.stock import PAGE_SIZE, parents_in_turn
from sandbox.company import Company, Item
from sandbox.everything import default_kinds

# Where the site is, who asks, its projects and its fields, whatever there is to read.
BESIDE_ISSUES = 4
OUR_PAGE_SIZE = 100
# One page has the ids of all issues here.
CENSUS = 1


class Shown:
    """Shows what a company has, as the stand-ins of a benchmark do."""

    def __init__(self, company: Company) -> None:
        self._vendors = {"jira": company.jira, "octopus": company.octopus}

    def all(self, vendor: str, collection: str) -> list[Item]:
        return [*self._vendors[vendor][collection.partition("?")[0]].values()]


def test_what_ends_at_once_brings_an_issue_each_to_a_project_of_its_own(
    company: Company,
) -> None:
    ends = ends_of(Shown(company))

    assert len(ends) > 5
    assert len({end.issue_key for end in ends}) == len(ends)
    assert len({end.release["ProjectId"] for end in ends}) == len(ends)
    releases = company.octopus["releases"]
    for end in ends:
        carriers = {id_ for id_, r in releases.items() if end.issue_key in str(r)}
        assert carriers == {end.release["Id"]}


def test_what_deployments_took_that_ended_at_once_is_shown() -> None:
    asked = {"jira": 0.0, "octopus": 9.3}
    times = {"median_seconds": 1.0, "p95_seconds": 2.0, "slowest_seconds": 3.0}

    table = ends_table_of(Ends(deployments=50, requests=asked, **times))

    shown = [str(cell) for column in table.columns for cell in column.cells]
    assert shown == ["1.00", "2.00", "3.00", "0.0", "9.3"]


def run(path: str, row: str = "total", **measures: float) -> Run:
    costs = {"seconds": 1.0, "cpu_seconds": 1.0, "megabytes": 1.0} | measures
    return Run(
        path=path,
        row=row,
        items=1,
        changes=1,
        requests={"jira": 1, "octopus": 2, "port": 3},
        routes={"jira": {}, "octopus": {}},
        refused={"jira": 0, "octopus": 0},
        resync_seconds=1.0,
        first_entity_seconds=None,
        stands_cpu_seconds=0.1,
        **costs,
    )


@pytest.mark.process
def test_both_paths_bring_the_same_by_pages_of_their_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "bench.json"

    assert (
        main(["--kinds", "jira-issue", "--json", str(file)]) == 0
    ), capsys.readouterr()

    (row,) = json.loads(file.read_text())["rows"].values()
    items = row[OURS]["items"]
    assert items == row[STOCK]["items"] > OUR_PAGE_SIZE
    pages = {OURS: CENSUS + ceil(items / OUR_PAGE_SIZE), STOCK: ceil(items / PAGE_SIZE)}
    for path, count in pages.items():
        asked = row[path]["requests"]
        assert asked["jira"] == BESIDE_ISSUES + count
        assert asked["octopus"] == 2
    assert "jira-issue" in capsys.readouterr().out


def test_a_kind_that_does_not_exist_is_named(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--kinds", "jira-issue,jira-isue"]) == 2
    assert "jira-isue" in capsys.readouterr().err


def test_a_row_may_lack_a_kind_of_the_default_mapping() -> None:
    kinds = kinds_of("total-octopus-issue-delivery")

    assert kinds == default_kinds() - {"octopus-issue-delivery"} != default_kinds()
    assert main(["--kinds", "total-octopus-issue"]) == 2


def test_medians_and_ratios_are_of_the_runs_of_each_path() -> None:
    slow = [run(STOCK, seconds=seconds) for seconds in (6.0, 90.0, 4.0)]
    fast = [run(OURS, seconds=seconds) for seconds in (2.0, 1.0, 50.0)]
    row, other = rows_of([*slow, run(OURS, "start"), *fast])

    assert (row.median(OURS, "seconds"), row.median(STOCK, "seconds")) == (2.0, 6.0)
    assert row.ratio("seconds") == 3.0
    assert row.ratio("first_entity_seconds") is None
    assert other == Row("start", (run(OURS, "start"),))
    assert other.ratio("seconds") is None


def test_of_repeated_events_most_are_about_a_few_objects() -> None:
    issues = [{"key": f"A-{number}"} for number in range(100)]

    keys = [issue["key"] for issue in repeating(iter(issues), 50)]

    often = [key for key in set(keys) if keys.count(key) > 1]
    assert (len(keys), len(often)) == (50, OBJECTS)
    assert sum(keys.count(key) for key in often) == 45


async def each(*parents: int) -> AsyncGenerator[int]:
    for parent in parents:
        yield parent


async def test_the_stock_path_reads_parents_in_turn_and_names_failures() -> None:
    got: list[int] = []

    async def read(parent: int) -> AsyncGenerator[int]:
        if parent == 2:
            raise NotFound("there is no 2")
        yield parent

    with pytest.raises(Incomplete, match="1 boards could not be read: there is no 2"):
        async for value in parents_in_turn(each(1, 2, 3), read, what="boards"):
            got.append(value)
    assert got == [1, 3]


async def test_the_stock_path_stops_at_a_bad_credential() -> None:
    async def read(parent: int) -> AsyncGenerator[int]:
        raise Unauthorized("no")
        yield parent

    with pytest.raises(Unauthorized):
        await anext(parents_in_turn(each(1, 2), read, what="boards"))
