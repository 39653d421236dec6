"""The Jira stand-in pages, caps, refuses and hides as Jira Cloud does."""

from typing import Any

import httpx
import pytest

from sandbox.company import CLOUD_ID, ORGANIZATION_ID, Company
from sandbox.jira import JiraSandbox
from tests.companies import with_long_lists

URL = "https://jira.test"
API = "/rest/api/3"
AGILE = "/rest/agile/1.0"
GATEWAY = f"/ex/jira/{CLOUD_ID}"
TEAMS = f"/gateway/api/public/teams/v1/org/{ORGANIZATION_ID}/teams"
SEARCH = f"{API}/search/jql"


async def read(client: httpx.AsyncClient, path: str, **params: Any) -> Any:
    response = await client.get(path, params=params or None)
    assert response.status_code == 200, response.text
    return response.json()


@pytest.mark.parametrize(
    ("path", "asked", "cap"),
    [
        (f"{API}/project/search", 500, 100),
        (f"{API}/group/bulk", 500, 50),
        (f"{API}/filter/search", 500, 100),
        (f"{API}/project/SHOP/version", 500, 50),
        (f"{API}/issue/SHOP-1/changelog", 1000, 100),
        (f"{AGILE}/board", 500, 50),
        (f"{AGILE}/board/1/sprint", 500, 50),
    ],
)
async def test_page_sizes_are_clamped_silently(
    jira: httpx.AsyncClient, path: str, asked: int, cap: int
) -> None:
    page = await read(jira, path, maxResults=asked)
    assert page["maxResults"] == cap
    assert page["isLast"] is True


async def test_platform_pages_lead_to_the_next(jira: httpx.AsyncClient) -> None:
    first = await read(jira, f"{API}/project/search", maxResults=4)
    assert (first["total"], first["isLast"], len(first["values"])) == (6, False, 4)
    rest = await read(jira, first["nextPage"])
    assert (rest["startAt"], rest["isLast"], len(rest["values"])) == (4, True, 2)
    assert "nextPage" not in rest


async def test_users_are_a_bare_array_that_ends_empty(
    jira: httpx.AsyncClient,
) -> None:
    users = await read(jira, f"{API}/users/search", maxResults=1000)
    assert len(users) == 30
    assert {user["accountType"] for user in users} == {"atlassian", "app", "customer"}
    assert {user["active"] for user in users} == {True, False}
    assert any(not user.get("emailAddress") for user in users)
    assert await read(jira, f"{API}/users/search", startAt=30) == []


@with_long_lists
async def test_projects_are_live_and_short_unless_asked_otherwise(
    jira: httpx.AsyncClient,
) -> None:
    path = f"{API}/project/search"
    live = (await read(jira, path))["values"]
    assert {p["key"] for p in live} == {"SHOP", "PAY", "MOB", "OPS", "DATA", "HELP"}
    assert not {"lead", "description", "insight"} & live[0].keys()
    more = await read(jira, path, expand="lead,insight", id=live[5]["id"])
    assert more["values"][0]["insight"]["totalIssueCount"] == 120
    assert more["values"][0]["lead"]["accountId"]
    archived = await read(jira, path, status="archived")
    assert [p["key"] for p in archived["values"]] == ["OLD"]


@pytest.mark.parametrize(
    ("board", "children", "status"),
    [(1, "sprint", 200), (4, "sprint", 400), (4, "project", 200)],
)
async def test_kanban_boards_have_no_sprints(
    jira: httpx.AsyncClient, board: int, children: str, status: int
) -> None:
    response = await jira.get(f"{AGILE}/board/{board}/{children}")
    assert response.status_code == status
    backlog = await jira.get(f"/rest/software/1.0/board/{board}/backlog")
    assert backlog.status_code == (400 if board == 4 else 200)


async def test_boards_come_in_every_form(jira: httpx.AsyncClient) -> None:
    public = (await read(jira, f"{AGILE}/board"))["values"]
    boards = (await read(jira, f"{AGILE}/board", includePrivate="true"))["values"]
    assert len(boards) == len(public) + 1 == 9
    assert {b.get("type") for b in boards} == {"scrum", "kanban", "simple", None}
    assert any("location" not in board for board in public)


async def test_a_sprint_is_shown_by_several_boards(jira: httpx.AsyncClient) -> None:
    own = (await read(jira, f"{AGILE}/board/1/sprint"))["values"]
    shared = (await read(jira, f"{AGILE}/board/3/sprint"))["values"]
    assert {s["id"] for s in own} < {s["id"] for s in shared}
    assert {s["state"] for s in own} == {"closed", "active", "future"}
    active = await read(jira, f"{AGILE}/board/1/sprint", state="active,future")
    assert len(active["values"]) == 2


async def test_a_site_may_have_no_service_management(
    jira: httpx.AsyncClient, jira_sandbox: JiraSandbox
) -> None:
    jira_sandbox.has_service_management = False
    names = {field["name"] for field in await read(jira, f"{API}/field")}
    assert "Request Type" not in names


async def test_teams_need_the_site_and_page_members_by_body(
    jira: httpx.AsyncClient, jira_sandbox: JiraSandbox
) -> None:
    assert (await read(jira, TEAMS))["entities"] == []
    page = await read(jira, TEAMS, siteId=CLOUD_ID, size=5)
    rest = await read(jira, TEAMS, siteId=CLOUD_ID, cursor=page["cursor"])
    teams = page["entities"] + rest["entities"]
    assert (len(teams), rest["cursor"]) == (8, None)
    everyone = next(t for t in teams if t["displayName"] == "Everyone")
    path = f"{TEAMS}/{everyone['teamId']}/members"
    first = (await jira.post(path, json={"first": 10})).json()
    assert len(first["results"]) == 10
    after = first["pageInfo"]["endCursor"]
    second = (await jira.post(path, json={"after": after})).json()
    assert second["pageInfo"]["hasNextPage"] is False
    assert not {r["accountId"] for r in first["results"]} & {
        r["accountId"] for r in second["results"]
    }
    jira_sandbox.delete("team", everyone["teamId"])
    gone = await jira.get(f"{TEAMS}/{everyone['teamId']}")
    assert gone.status_code == 410


async def test_worklog_feed_leads_to_every_visible_worklog(
    jira: httpx.AsyncClient, jira_sandbox: JiraSandbox, company: Company
) -> None:
    feed = await read(jira, f"{API}/worklog/updated", since=0)
    ids = [entry["worklogId"] for entry in feed["values"]]
    assert feed["lastPage"] is True
    assert len(ids) == len(company.jira["worklog"])
    logs = (await jira.post(f"{API}/worklog/list", json={"ids": ids})).json()
    assert len(logs) == len(jira_sandbox.visible("worklog")) < len(ids)
    later = await read(jira, f"{API}/worklog/updated", since=feed["until"])
    assert later["values"] == []


async def test_missing_permission_is_refused_and_named(
    jira: httpx.AsyncClient, jira_sandbox: JiraSandbox
) -> None:
    jira_sandbox.revoked = {"USER_PICKER", "ADMINISTER"}
    assert (await jira.get(f"{API}/users/search")).status_code == 403
    assert (await jira.get("/rest/webhooks/1.0/webhook")).status_code == 403
    told = await read(jira, f"{API}/mypermissions", permissions="USER_PICKER,OTHER")
    have = {name: p["havePermission"] for name, p in told["permissions"].items()}
    assert have == {"USER_PICKER": False, "OTHER": True}


async def test_unknown_route_is_not_found(jira: httpx.AsyncClient) -> None:
    response = await jira.get(f"{API}/nonsense")
    assert (response.status_code, response.json()["status-code"]) == (404, 404)
