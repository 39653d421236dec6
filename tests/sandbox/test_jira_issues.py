"""The Jira stand-in serves issues, whole or in part, in bulk and with their history."""

import time
from typing import Any

import httpx
import pytest

from sandbox.company import Company, Size, build_company
from sandbox.jira import API_TOKEN, EMAIL, JiraSandbox
from tests.companies import with_long_lists

URL = "https://jira.test"
API = "/rest/api/3"
SEARCH = f"{API}/search/jql"
HOOKS = "/rest/webhooks/1.0/webhook"
EVERYTHING = "project is not EMPTY ORDER BY key ASC"


async def post(client: httpx.AsyncClient, path: str, **body: Any) -> Any:
    response = await client.post(path, json=body)
    assert response.status_code == 200, response.text
    return response.json()


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ({}, 50),
        ({"maxResults": 5000}, 364),
        ({"maxResults": 5000, "fields": ["key"]}, 364),
        ({"maxResults": 5000, "fields": ["summary"]}, 100),
        ({"maxResults": 5000, "fields": ["*all"]}, 100),
        ({"maxResults": 7, "fields": ["*all"]}, 7),
    ],
)
@with_long_lists
async def test_whole_issues_come_a_hundred_at_a_time(
    jira: httpx.AsyncClient, body: Any, count: int
) -> None:
    page = await post(jira, SEARCH, jql=EVERYTHING, **body)
    assert len(page["issues"]) == count
    assert page["isLast"] is (count == 364)
    assert not {"total", "startAt"} & page.keys()


async def test_without_fields_only_ids_come(jira: httpx.AsyncClient) -> None:
    page = await post(jira, SEARCH, jql=EVERYTHING)
    assert "fields" not in page["issues"][0]


@with_long_lists
async def test_tokens_lead_through_all_pages(jira: httpx.AsyncClient) -> None:
    body: dict[str, Any] = {"jql": EVERYTHING, "fields": ["summary"], "maxResults": 100}
    keys: list[str] = []
    while True:
        page = await post(jira, SEARCH, **body)
        keys += [issue["key"] for issue in page["issues"]]
        if "nextPageToken" not in page:
            break
        body["nextPageToken"] = page["nextPageToken"]
    assert len(keys) == len(set(keys)) == 364


@pytest.mark.parametrize(
    "change",
    [{"jql": "project = SHOP"}, {"reconcileIssues": [10001]}, {"nextPageToken": "x"}],
)
async def test_token_of_another_search_is_refused(
    jira: httpx.AsyncClient, change: Any
) -> None:
    page = await post(jira, SEARCH, jql=EVERYTHING)
    body = {"jql": EVERYTHING, "nextPageToken": page["nextPageToken"], **change}
    response = await jira.post(SEARCH, json=body)
    assert response.status_code == 400


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"maxResults": 0}, "between 1 and 5,000"),
        ({"maxResults": 6000}, "between 1 and 5,000"),
        ({"jql": "ORDER BY key"}, "Unbounded JQL"),
        ({"jql": "project = NOPE"}, "does not exist"),
        ({"reconcileIssues": list(range(51))}, "reconcileIssues"),
    ],
)
async def test_bad_searches_are_refused(
    jira: httpx.AsyncClient, body: Any, message: str
) -> None:
    response = await jira.post(SEARCH, json={"jql": EVERYTHING, **body})
    assert response.status_code == 400
    assert message in response.json()["errorMessages"][0]


async def test_warnings_are_passed_on(
    jira: httpx.AsyncClient, jira_sandbox: JiraSandbox
) -> None:
    jira_sandbox.search_warnings = ["CLAUSE_LIMIT_EXCEEDED"]
    page = await post(jira, SEARCH, jql=EVERYTHING)
    assert page["warnings"] == ["CLAUSE_LIMIT_EXCEEDED"]


async def test_fields_and_expands_are_obeyed(jira: httpx.AsyncClient) -> None:
    path = f"{API}/issue/SHOP-1"
    whole = (await jira.get(path)).json()
    assert whole["fields"]["worklog"]["maxResults"] == 20
    asked = {"fields": ["summary", "-labels"], "expand": "changelog,names"}
    page = await post(jira, SEARCH, jql="key = SHOP-1", **asked)
    (part,) = page["issues"]
    assert part["fields"].keys() == {"summary"}
    assert page["names"]["summary"] == "Summary"
    total = (await jira.get(f"{path}/changelog")).json()["total"]
    assert part["changelog"]["total"] == total
    without = (await jira.get(path, params={"fields": "*all,-worklog"})).json()
    assert whole["fields"].keys() - without["fields"].keys() == {"worklog"}


async def test_bulkfetch_leaves_out_what_is_missing_or_hidden(
    jira: httpx.AsyncClient, company: Company
) -> None:
    wanted = ["PAY-2", "SHOP-1", "SEC-1", "SHOP-9999", "SHOP-9001"]
    body = await post(
        jira, f"{API}/issue/bulkfetch", issueIdsOrKeys=wanted, fields=["summary"]
    )
    keys = [issue["key"] for issue in body["issues"]]
    assert keys == ["SHOP-1", "PAY-2", company.cases["moved"]]
    assert body["issueErrors"] == []


async def test_changes_come_in_bulk_with_times_in_milliseconds(
    jira: httpx.AsyncClient, company: Company
) -> None:
    ids = [i["id"] for i in company.jira["issue"].values() if i["key"] < "PAY-2"]
    body: dict[str, Any] = {"issueIdsOrKeys": ids, "fieldIds": ["status"]}
    found: list[str] = []
    while True:
        page = await post(jira, f"{API}/changelog/bulkfetch", maxResults=40, **body)
        for log in page["issueChangeLogs"]:
            found += [change["id"] for change in log["changeHistories"]]
            assert all(isinstance(c["created"], int) for c in log["changeHistories"])
        if "nextPageToken" not in page:
            break
        body["nextPageToken"] = page["nextPageToken"]
    changes = company.jira["changelog"].values()
    assert sorted(found) == sorted(c["id"] for c in changes if c["issueId"] in ids)


async def test_hidden_issue_is_not_found(jira: httpx.AsyncClient) -> None:
    assert (await jira.get(f"{API}/issue/SEC-1")).status_code == 404
    assert (await jira.get(f"{API}/issue/OLD-1")).status_code == 200


async def test_issues_of_a_trashed_project_are_gone(
    jira: httpx.AsyncClient, jira_sandbox: JiraSandbox, company: Company
) -> None:
    project = company.jira["project"]["10001"]
    jira_sandbox.put("project", "10001", {**project, "deleted": True})
    assert (await jira.get(f"{API}/issue/SHOP-1")).status_code == 404
    assert (await jira.get(f"{API}/project/SHOP")).status_code == 404
    found = await post(jira, SEARCH, jql=EVERYTHING, maxResults=5000, fields=["key"])
    assert not any(issue["key"].startswith("SHOP-") for issue in found["issues"])


async def test_old_key_leads_to_the_moved_issue(
    jira: httpx.AsyncClient, company: Company
) -> None:
    issue = (await jira.get(f"{API}/issue/SHOP-9001")).json()
    assert issue["key"] == company.cases["moved"]


async def test_custom_fields_make_issues_heavy() -> None:
    size = Size(custom_fields=30, filler_bytes=(9_000, 9_000))
    sandbox = JiraSandbox(build_company(size=size), base_url=URL)
    transport = httpx.ASGITransport(sandbox.app)
    auth = (EMAIL, API_TOKEN)
    async with httpx.AsyncClient(
        transport=transport, base_url=URL, auth=auth
    ) as client:
        whole = await client.get(f"{API}/issue/SHOP-1")
        part = await client.get(f"{API}/issue/SHOP-1?fields=summary,customfield_11003")
    assert len(whole.content) > 12_000
    assert part.json()["fields"].keys() == {"summary", "customfield_11003"}


async def test_whole_issues_take_time_and_keys_do_not(
    jira: httpx.AsyncClient, jira_sandbox: JiraSandbox
) -> None:
    jira_sandbox.faults.latency_per_item_seconds = 0.02
    start = time.monotonic()
    await post(jira, SEARCH, jql=EVERYTHING, fields=["*all"], maxResults=10)
    whole = time.monotonic() - start
    jira_sandbox.faults.latency_per_item_seconds = 30.0
    await post(jira, SEARCH, jql=EVERYTHING, fields=["key"], maxResults=5000)
    assert whole >= 0.2
