"""Backlogs follow the events of their issues."""

import pytest

from client import ApiClient
from core.types import Item
from jira.kinds import JiraKind
from sandbox.company.jira.catalog import SPRINT
from sandbox.jira import JiraSandbox
from tests.jira.test_events import client, deal, gone_in
from tests.jira.test_kinds import read

__all__ = ["client"]


@pytest.fixture
async def waiting(api: ApiClient) -> list[Item]:
    """Return the first issue that waits in a backlog, once for each board."""
    listed = await read(api, JiraKind.BACKLOG)
    return [item for item in listed if item["id"] == listed[0]["id"]]


def named(issue: Item) -> Item:
    return {"id": issue["id"], "key": issue["key"]}


def ids(items: list[Item]) -> set[str]:
    return {item["__backlogId"] for item in items}


async def test_an_edited_issue_is_as_in_a_resync_on_each_board(
    waiting: list[Item],
) -> None:
    results = await deal("jira:issue_updated", "jira-backlog", issue=named(waiting[0]))
    assert results.updated_raw_results == waiting


async def test_searches_that_lag_behind_are_no_excuse(
    site: JiraSandbox, waiting: list[Item]
) -> None:
    site.index.lag_seconds = 3600.0
    issue = site.collections["issue"][waiting[0]["id"]]
    fields = {**issue["fields"], "summary": "Something else"}
    site.put("issue", issue["id"], {**issue, "fields": fields})
    results = await deal("jira:issue_updated", "jira-backlog", issue=named(issue))
    titles = {item["fields"]["summary"] for item in results.updated_raw_results}
    assert titles == {"Something else"}


async def test_an_issue_leaves_the_backlog_with_its_first_sprint(
    site: JiraSandbox, waiting: list[Item]
) -> None:
    issue = site.collections["issue"][waiting[0]["id"]]
    sprint = next(iter(site.collections["sprint"].values()))
    fields = {**issue["fields"], SPRINT: [{**sprint, "state": "future"}]}
    site.put("issue", issue["id"], {**issue, "fields": fields})
    results = await deal("jira:issue_updated", "jira-backlog", issue=named(issue))
    assert results.updated_raw_results == []
    assert ids(gone_in(results)) >= ids(waiting)


@pytest.mark.parametrize("name", ["jira:issue_deleted", "jira:issue_updated"])
async def test_a_deleted_issue_leaves_every_backlog(
    site: JiraSandbox, waiting: list[Item], name: str
) -> None:
    site.delete("issue", waiting[0]["id"])
    results = await deal(name, "jira-backlog", issue=named(waiting[0]))
    assert results.updated_raw_results == []
    assert ids(gone_in(results)) >= ids(waiting)


async def test_a_moved_issue_leaves_the_backlogs_of_its_old_project(
    site: JiraSandbox, waiting: list[Item]
) -> None:
    issue = site.collections["issue"][waiting[0]["id"]]
    project = next(
        p
        for p in site.visible("project")
        if not p.get("archived") and p["id"] != issue["fields"]["project"]["id"]
    )
    key = f"{project['key']}-7001"
    fields = {**issue["fields"], "project": project}
    site.put("issue", issue["id"], {**issue, "key": key, "fields": fields})
    move = {"field": "Key", "fromString": issue["key"], "toString": key}
    results = await deal(
        "jira:issue_updated",
        "jira-backlog",
        issue={"id": issue["id"], "key": key},
        changelog={"items": [move]},
    )
    stays = ids(results.updated_raw_results)
    assert ids(waiting) - stays
    assert ids(gone_in(results)) >= ids(waiting) - stays


async def test_an_issue_of_a_project_that_is_gone_asks_no_board(
    site: JiraSandbox,
) -> None:
    gone = {"id": "777001", "key": "NOWHERE-1"}
    results = await deal("jira:issue_deleted", "jira-backlog", issue=gone)
    assert results.updated_raw_results == results.deleted_raw_results == []
    assert site.faults.total == 1
