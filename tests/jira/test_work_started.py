"""Which change of an issue's status began the work on it."""

from typing import Any

import pytest

from client import ApiClient
from core.trouble import INCOMPLETE, Missing
from core.types import Item
from jira.kinds import JiraKind
from jira.resources.work_started import with_starts
from sandbox.company import Company
from sandbox.company.base import parse_time
from sandbox.jira import JiraSandbox
from tests.jira.test_kinds import read

CATEGORIES: dict[str, str | None] = {"1": "new", "2": "indeterminate", "3": "done"}


def change(issue: str, to: str, hour: int) -> Item:
    at = f"2026-06-01T{hour:02}:00:00+00:00"
    return {"__issueId": issue, "__toId": to, "__at": at}


def starts(*changes: Item) -> list[int]:
    marked = with_starts([*changes], CATEGORIES)
    return [number for number, one in enumerate(marked) if one["__startsWork"]]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ([change("a", "2", 1), change("a", "3", 2)], [0]),
        ([change("a", "1", 1), change("a", "2", 2)], [1]),  # to another "to do"
        ([change("a", "2", 2), change("a", "2", 1)], [1]),  # in no order
        ([change("a", "2", 1), change("b", "3", 2)], [0, 1]),
        ([change("a", "9", 1), change("a", "2", 2)], [1]),  # no workflow has it
        ([change("a", "2", 1), change("a", "1", 2), change("a", "2", 3)], [0]),
        ([change("a", "1", 1)], []),
        ([{**change("a", "2", 1), "__at": None}], []),
    ],
)
def test_the_first_change_that_leaves_what_is_to_do(
    changes: list[Item], expected: list[int]
) -> None:
    assert starts(*changes) == expected


async def test_each_issue_that_was_begun_has_one_start(
    api: ApiClient, company: Company
) -> None:
    found = await read(api, JiraKind.ISSUE_CHANGELOG)
    marked = {c["__issueId"]: c for c in found if c["__startsWork"]}

    assert len(marked) == sum(c["__startsWork"] for c in found) > 10
    assert {c["__toCategory"] for c in found} >= {"indeterminate", "done"}
    for id_, one in marked.items():
        earlier = [
            c for c in found if c["__issueId"] == id_ and c["__at"] < one["__at"]
        ]
        assert {c["__toCategory"] for c in earlier} <= {"new"}
        assert one["__atTimestamp"] == parse_time(one["__at"]).timestamp()
    statuses = company.jira["status"]
    for one in found:
        category: Any = statuses[one["__toId"]]["statusCategory"]
        assert one["__toCategory"] == category["key"]


@pytest.mark.parametrize("status", [403, 500])
async def test_without_the_categories_the_starts_stay_as_they_are(
    api: ApiClient, site: JiraSandbox, status: int
) -> None:
    site.faults.add(path="rest/api/3/status$", times=None, status=status, body={})

    found = await read(api, JiraKind.ISSUE_CHANGELOG)

    assert found
    assert all({"__startsWork", "__toCategory"} <= {*c[INCOMPLETE]} for c in found)


def test_what_is_not_known_is_no_start() -> None:
    marked = with_starts([change("a", "2", 1)], Missing(is_permanent=False))
    assert marked[0]["__startsWork"] is None
