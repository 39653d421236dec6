"""Issues are read by id, many at once, and none is lost without a word."""

from math import ceil

from client import ApiClient
from jira.kinds import JiraKind
from jira.resources.census import BULK, ISSUES_PER_REQUEST
from jira.resources.search import SEARCH
from sandbox.jira import JiraSandbox
from tests.companies import with_long_lists
from tests.jira.test_kinds import read


@with_long_lists
async def test_ids_come_at_once_and_issues_by_the_hundred(
    api: ApiClient, site: JiraSandbox
) -> None:
    site.faults.forget_requests()
    issues = await read(api, JiraKind.ISSUE)
    assert len(issues) > ISSUES_PER_REQUEST
    assert site.faults.by_pattern[f"POST /{SEARCH}"] == 1
    fetched = site.faults.by_pattern[f"POST /{BULK}"]
    assert fetched == ceil(len(issues) / ISSUES_PER_REQUEST)


async def test_search_and_ids_bring_the_same(api: ApiClient, site: JiraSandbox) -> None:
    by_id = await read(api, JiraKind.ISSUE)
    api.facts["oauth"] = "yes"
    by_search = await read(api, JiraKind.ISSUE)
    assert sorted(by_id, key=str) == sorted(by_search, key=str)
    # Once for the ids, and by search as often as there are pages.
    assert site.faults.by_pattern[f"POST /{BULK}"] == ceil(len(by_id) / 100)


async def test_what_a_bulk_leaves_out_is_asked_for_singly(
    api: ApiClient, site: JiraSandbox
) -> None:
    whole = {issue["id"] for issue in await read(api, JiraKind.ISSUE)}
    failed = {"issues": [], "issueErrors": [{"id": "1", "errorMessage": "x"}]}
    site.faults.add(path=BULK, status=200, body=failed, times=1)
    assert {issue["id"] for issue in await read(api, JiraKind.ISSUE)} == whole


async def test_an_issue_that_is_deleted_meanwhile_is_no_error(
    api: ApiClient, site: JiraSandbox
) -> None:
    whole = await read(api, JiraKind.ISSUE)
    site.index.lag_seconds = 60.0
    site.delete("issue", whole[0]["id"])
    left = await read(api, JiraKind.ISSUE)
    assert {i["id"] for i in whole} - {i["id"] for i in left} == {whole[0]["id"]}
