"""The stand-in of Jira creates and deletes issues as their project lets it."""

from typing import Any

import httpx

from sandbox.jira import JiraSandbox

ISSUE = "/rest/api/3/issue"
# A task, in each project.
TYPES = {"SHOP": "10002", "MOB": "10102"}


async def create(jira: httpx.AsyncClient, project: str) -> httpx.Response:
    fields = {"project": {"key": project}, "issuetype": {"id": TYPES[project]}}
    return await jira.post(ISSUE, json={"fields": {**fields, "summary": "New"}})


async def test_the_id_of_a_deleted_issue_does_not_come_again(
    jira: httpx.AsyncClient,
) -> None:
    first = (await create(jira, "SHOP")).json()
    assert (await jira.delete(f"{ISSUE}/{first['id']}")).status_code == 204
    second = (await create(jira, "SHOP")).json()
    assert int(second["id"]) > int(first["id"])


async def test_the_first_issue_of_a_project_is_in_it(
    jira: httpx.AsyncClient, jira_sandbox: JiraSandbox
) -> None:
    issues = jira_sandbox.collections["issue"]
    for id_ in [i["id"] for i in issues.values() if i["key"].startswith("MOB-")]:
        jira_sandbox.delete("issue", id_)
    created = (await create(jira, "MOB")).json()
    shown: dict[str, Any] = (await jira.get(f"{ISSUE}/{created['id']}")).json()
    assert (shown["key"], shown["fields"]["project"]["key"]) == ("MOB-1", "MOB")


async def test_a_project_in_the_trash_takes_no_issue(
    jira: httpx.AsyncClient, jira_sandbox: JiraSandbox
) -> None:
    project = jira_sandbox.collections["project"]["10001"]
    jira_sandbox.put("project", "10001", {**project, "deleted": True})
    assert (await create(jira, project["key"])).status_code == 404
