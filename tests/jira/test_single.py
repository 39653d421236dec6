"""Issues that events ask for at the same moment are read together."""

import asyncio

import pytest

from client import ApiClient
from core.errors import Refused
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


async def find(api: ApiClient, ids: list[str], jql: str = OURS) -> list[Item | None]:
    reads = (find_issue(api, id_, jql, ["summary"], []) for id_ in ids)
    return [*await asyncio.gather(*reads)]


async def test_all_that_is_asked_for_at_once_costs_one_request(
    api: ApiClient, site: JiraSandbox, issues: list[Item]
) -> None:
    ids = [issue["id"] for issue in issues[:5]]
    found = await find(api, [*ids, ids[0]])
    assert [issue and issue["id"] for issue in found] == [*ids, ids[0]]
    assert site.faults.by_pattern[SEARCH] == 1


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
    assert (ours[0] and ours[0]["id"], others) == (id_, [None])


async def test_an_issue_that_is_gone_does_not_hide_the_others(
    api: ApiClient, site: JiraSandbox, issues: list[Item]
) -> None:
    first, gone, last = (issue["id"] for issue in issues[:3])
    site.delete("issue", gone)
    found = await find(api, [first, gone, last])
    assert [issue and issue["id"] for issue in found] == [first, None, last]


async def test_an_issue_is_seen_before_the_index_has_it(
    api: ApiClient, site: JiraSandbox, issues: list[Item]
) -> None:
    site.index.lag_seconds = 3600
    changed = issues[0]
    fields = {**changed["fields"], "summary": "New"}
    site.put("issue", changed["id"], {**changed, "fields": fields})
    found = await find(api, [issue["id"] for issue in issues[:3]])
    assert found[0] and found[0]["fields"]["summary"] == "New"


async def test_a_mistake_in_the_jql_is_told_to_everybody(
    api: ApiClient, issues: list[Item]
) -> None:
    ids = [issue["id"] for issue in issues[:2]]
    reads = (find_issue(api, id_, "nonsense ~~", ["summary"], []) for id_ in ids)
    results = await asyncio.gather(*reads, return_exceptions=True)
    assert [type(result) for result in results] == [Refused, Refused]
