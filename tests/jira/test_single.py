"""Issues that events ask for at the same moment are read together."""

import asyncio
from typing import Any

import pytest

from client import ApiClient
from core.errors import Incomplete, MalformedReply, Refused, Unavailable
from core.lookup import Absent
from core.types import Item
from jira.resources.single import find_issue
from sandbox.jira import JiraSandbox

SEARCH = "POST /rest/api/3/search/jql"
OURS = "project = SHOP"


@pytest.fixture
def issues(site: JiraSandbox) -> list[Item]:
    """Return issues of the project."""
    found = site.collections["issue"].values()
    return [i for i in found if i["fields"]["project"]["key"] == "SHOP"]


async def find(api: ApiClient, ids: list[str], jql: str = OURS) -> list[Item | Absent]:
    reads = (find_issue(api, id_, jql, ["summary"], []) for id_ in ids)
    return [*await asyncio.gather(*reads)]


def id_of(found: Item | Absent) -> Any:
    return found if isinstance(found, Absent) else found["id"]


async def test_all_that_is_asked_for_at_once_costs_one_request(
    api: ApiClient, site: JiraSandbox, issues: list[Item]
) -> None:
    ids = [issue["id"] for issue in issues[:5]]
    found = await find(api, [*ids, ids[0]])
    assert [id_of(issue) for issue in found] == [*ids, ids[0]]
    assert site.faults.by_pattern[SEARCH] == 1


async def test_what_is_not_selected_is_read_together(
    api: ApiClient, site: JiraSandbox, issues: list[Item]
) -> None:
    ids = [issue["id"] for issue in issues[:5]]
    assert await find(api, ids, "project != SHOP") == [Absent.NOT_SELECTED] * 5
    assert site.faults.total == 3  # the search, the issues, and a search for no more


@pytest.mark.parametrize("odd", [None, {}, "text", {"id": "424242"}])
async def test_what_may_be_in_an_odd_row_is_not_left_out(
    api: ApiClient, site: JiraSandbox, issues: list[Item], odd: Any
) -> None:
    first, second, *_ = issues
    body: Item = {"issues": [odd, {"id": second["id"]}], "isLast": True}
    site.faults.add(path="search/jql", times=None, status=200, body=body)
    found = await asyncio.gather(
        *(find(api, [issue["id"]]) for issue in (first, second)), return_exceptions=True
    )
    assert isinstance(found[0], MalformedReply)
    assert found[1] == [{"id": second["id"]}]


async def test_an_odd_row_costs_nobody_else_of_its_batch_anything(
    api: ApiClient, site: JiraSandbox, issues: list[Item]
) -> None:
    first, second, *_ = issues
    body: Item = {"issues": [{}], "isLast": True}
    site.faults.add(path="search/jql", times=1, status=200, body=body)
    found = await find(api, [first["id"], second["id"]])
    assert [id_of(issue) for issue in found] == [first["id"], second["id"]]


async def test_a_search_that_finds_nothing_at_all_leaves_out_no_issue(
    api: ApiClient, site: JiraSandbox, issues: list[Item]
) -> None:
    body: Item = {"issues": [], "isLast": True}
    site.faults.add(path="search/jql", times=None, status=200, body=body)
    with pytest.raises(MalformedReply, match="leave out issue"):
        await find(api, [issues[0]["id"]])


async def test_what_is_neither_found_nor_gone_is_an_error(
    api: ApiClient, site: JiraSandbox, issues: list[Item]
) -> None:
    path = "bulkfetch|rest/api/3/issue/"
    site.faults.add(path=path, times=None, status=404, body="<html>404</html>")
    with pytest.raises(Unavailable):
        await find(api, [issues[0]["id"]], "project != SHOP")


async def test_no_request_names_more_issues_than_jira_takes(
    api: ApiClient, site: JiraSandbox
) -> None:
    ids = [*site.collections["issue"]][:60]
    found = await find(api, ids, "")
    assert len(found) == 60
    assert site.faults.by_pattern[SEARCH] == 2


async def test_what_other_jql_asks_for_is_read_by_itself(
    api: ApiClient, site: JiraSandbox, issues: list[Item]
) -> None:
    id_ = issues[0]["id"]
    ours, others = await asyncio.gather(
        find(api, [id_]), find(api, [id_], "project != SHOP")
    )
    assert (id_of(ours[0]), others) == (id_, [Absent.NOT_SELECTED])


async def test_an_issue_that_is_gone_does_not_hide_the_others(
    api: ApiClient, site: JiraSandbox, issues: list[Item]
) -> None:
    first, gone, last = (issue["id"] for issue in issues[:3])
    site.delete("issue", gone)
    found = await find(api, [first, gone, last])
    assert [id_of(issue) for issue in found] == [first, Absent.GONE, last]


async def test_many_that_are_gone_cost_one_request_each_and_two_together(
    api: ApiClient, site: JiraSandbox, issues: list[Item]
) -> None:
    ids = [issue["id"] for issue in issues[:20]]
    for gone in ids[1:]:
        site.delete("issue", gone)
    found = await find(api, ids)
    assert [id_of(issue) for issue in found] == [ids[0], *[Absent.GONE] * 19]
    assert site.faults.by_pattern[SEARCH] == 2
    assert site.faults.total == 2 + 1 + 19  # searches, the issues, and each by itself


async def test_an_issue_is_seen_before_the_index_has_it(
    api: ApiClient, site: JiraSandbox, issues: list[Item]
) -> None:
    site.index.lag_seconds = 3600
    changed = issues[0]
    fields = {**changed["fields"], "summary": "New"}
    site.put("issue", changed["id"], {**changed, "fields": fields})
    found = await find(api, [issue["id"] for issue in issues[:3]])
    assert isinstance(found[0], dict)
    assert found[0]["fields"]["summary"] == "New"


async def test_a_mistake_in_the_jql_is_raised_for_every_caller(
    api: ApiClient, issues: list[Item]
) -> None:
    ids = [issue["id"] for issue in issues[:2]]
    reads = (find_issue(api, id_, "nonsense ~~", ["summary"], []) for id_ in ids)
    results = await asyncio.gather(*reads, return_exceptions=True)
    assert [type(result) for result in results] == [Refused, Refused]


async def test_a_search_that_warns_of_an_issue_that_is_gone_fails_no_other(
    api: ApiClient, site: JiraSandbox, issues: list[Item]
) -> None:
    warned = {"issues": [], "isLast": True, "warnings": ["no issue 9999999"]}
    site.faults.add(path="search/jql", times=1, status=200, body=warned)
    assert await find(api, ["9999999"]) == [Absent.GONE]

    site.faults.add(path="search/jql", times=1, status=200, body=warned)
    found = await find(api, [issues[0]["id"], "9999999"])
    assert [id_of(issue) for issue in found] == [issues[0]["id"], Absent.GONE]


async def test_a_search_that_warns_proves_nothing_of_an_issue_that_is_there(
    api: ApiClient, site: JiraSandbox, issues: list[Item]
) -> None:
    warned = {"issues": [], "isLast": True, "warnings": ["CLAUSE_LIMIT_EXCEEDED"]}
    site.faults.add(path="search/jql", times=None, status=200, body=warned)
    with pytest.raises(Incomplete):
        await find(api, [issues[0]["id"]])
