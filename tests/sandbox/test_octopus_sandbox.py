"""The Octopus stand-in pages, filters, refuses and hides as the vendor does."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from sandbox.company import Company
from sandbox.company.base import octopus_time
from sandbox.octopus import API_KEY, BEARER_TOKEN, OctopusSandbox

URL = "https://octopus.test"
KEY = {"X-Octopus-ApiKey": API_KEY}
SPACE = "/api/Spaces-1"


@pytest.fixture
def sandbox(company: Company) -> OctopusSandbox:
    return OctopusSandbox(company)


def client_of(sandbox: OctopusSandbox, headers: Any = KEY) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(sandbox.app)
    return httpx.AsyncClient(transport=transport, base_url=URL, headers=headers)


@pytest.fixture
async def octopus(sandbox: OctopusSandbox) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(sandbox) as client:
        yield client


async def read(client: httpx.AsyncClient, path: str, **params: Any) -> Any:
    response = await client.get(path, params=params or None)
    assert response.status_code == 200, response.text
    return response.json()


async def ids(client: httpx.AsyncClient, path: str, **params: Any) -> set[str]:
    page = await read(client, path, take=100_000, **params)
    return {item["Id"] for item in page["Items"]}


# Signing in


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (KEY, 200),
        ({"Authorization": f"Bearer {BEARER_TOKEN}"}, 200),
        ({"X-Octopus-ApiKey": "API-WRONG"}, 401),
        ({}, 401),
    ],
)
async def test_only_good_credentials_are_let_in(
    sandbox: OctopusSandbox, headers: Any, status: int
) -> None:
    async with client_of(sandbox, headers) as client:
        response = await client.get("/api/users/me")
        root = await client.get("/api")
    assert response.status_code == status
    assert ("ErrorMessage" in response.json()) == (status == 401)
    assert (root.status_code, root.json()["Application"]) == (200, "Octopus Deploy")


# Lists


async def test_envelope_tells_where_the_next_page_is(
    octopus: httpx.AsyncClient,
) -> None:
    page = await read(octopus, f"{SPACE}/environments")
    counts = [page[key] for key in ("TotalResults", "ItemsPerPage", "NumberOfPages")]
    assert counts == [12, 10, 2]
    assert (page["LastPageNumber"], len(page["Items"])) == (1, 10)
    assert page["Links"]["Page.Next"] == f"{SPACE}/environments?skip=10&take=10"
    last = await read(octopus, page["Links"]["Page.Next"])
    assert len(last["Items"]) == 2
    assert "Page.Next" not in last["Links"]


async def test_next_page_keeps_the_filters(octopus: httpx.AsyncClient) -> None:
    page = await read(octopus, f"{SPACE}/deployments", taskState="Failed", take=5)
    following = await read(octopus, page["Links"]["Page.Next"])
    assert following["TotalResults"] == page["TotalResults"] > 5


async def test_default_page_has_thirty(octopus: httpx.AsyncClient) -> None:
    page = await read(octopus, f"{SPACE}/releases")
    assert (page["ItemsPerPage"], len(page["Items"])) == (30, 30)


@pytest.mark.parametrize(
    ("path", "time"),
    [
        ("releases", "Assembled"),
        ("deployments", "Created"),
        ("tasks", "QueueTime"),
        ("events", "Occurred"),
        ("runbookRuns", "Created"),
    ],
)
async def test_history_begins_with_the_newest(
    octopus: httpx.AsyncClient, path: str, time: str
) -> None:
    rows = (await read(octopus, f"{SPACE}/{path}", take=1000))["Items"]
    times = [row[time] for row in rows]
    assert len(times) > 10
    assert times == sorted(times, reverse=True)


@pytest.mark.parametrize(
    "path",
    [
        "projectgroups",
        "projects",
        "channels",
        "environments",
        "machines",
        "workers",
        "workerpools",
        "tenants",
        "tagsets",
        "lifecycles",
        "accounts",
        "certificates",
        "libraryvariablesets",
        "feeds",
        "runbooks",
        "machinepolicies",
    ],
)
async def test_every_list_has_all_and_single_items(
    octopus: httpx.AsyncClient, path: str
) -> None:
    everything = await read(octopus, f"{SPACE}/{path}/all")
    page = await read(octopus, f"/api/spaces/Spaces-1/{path}", take=1000)
    assert isinstance(everything, list)
    assert page["Items"] == everything != []
    own = await read(octopus, f"{SPACE}/{path}/{everything[0]['Id']}")
    assert own == everything[0]
    assert own["SpaceId"] == "Spaces-1"


async def test_items_are_found_in_their_own_space_only(
    octopus: httpx.AsyncClient, company: Company
) -> None:
    release = company.example.release_id
    assert (await octopus.get(f"{SPACE}/releases/{release}")).status_code == 200
    assert (await octopus.get(f"/api/releases/{release}")).status_code == 200
    elsewhere = await octopus.get(f"/api/Spaces-2/releases/{release}")
    assert elsewhere.status_code == 404
    assert elsewhere.json()["ErrorMessage"].startswith(f"The resource '{release}'")


async def test_unscoped_routes_mean_the_default_space(
    octopus: httpx.AsyncClient, sandbox: OctopusSandbox
) -> None:
    assert await ids(octopus, "/api/projects") == await ids(
        octopus, f"{SPACE}/projects"
    )
    sandbox.default_space_enabled = False
    assert (await octopus.get("/api/projects")).status_code == 400
    assert (await octopus.get(f"{SPACE}/projects")).status_code == 200


async def test_ids_narrow_a_list(octopus: httpx.AsyncClient) -> None:
    wanted = "ServerTasks-11005,ServerTasks-11010,ServerTasks-999999"
    found = [
        id_
        for space in (1, 2, 3)
        for id_ in await ids(octopus, f"/api/Spaces-{space}/tasks", ids=wanted)
    ]
    assert sorted(found) == ["ServerTasks-11005", "ServerTasks-11010"]


async def test_deployments_are_narrowed_by_what_they_are_of(
    octopus: httpx.AsyncClient, company: Company
) -> None:
    deployments = company.octopus["deployments"].values()
    tasks = company.octopus["tasks"]
    path = f"{SPACE}/deployments"
    by_project = await ids(octopus, path, projects="Projects-1,Projects-3")
    assert by_project == {
        d["Id"] for d in deployments if d["ProjectId"] in ("Projects-1", "Projects-3")
    }
    failed = await ids(octopus, path, taskState="Failed", projects="Projects-1")
    assert failed == {
        d["Id"]
        for d in deployments
        if d["ProjectId"] == "Projects-1"
        and tasks.get(d["TaskId"], {}).get("State") == "Failed"
    }
    tenant = await ids(octopus, path, tenants="Tenants-1")
    assert tenant == {d["Id"] for d in deployments if d["TenantId"] == "Tenants-1"}


async def test_tasks_are_counted_and_narrowed_by_state_and_date(
    octopus: httpx.AsyncClient, company: Company
) -> None:
    page = await read(octopus, f"{SPACE}/tasks", take=1, name="Deploy")
    assert sum(page["TotalCounts"].values()) == page["TotalResults"] > 200
    active = await ids(octopus, f"{SPACE}/tasks", active="true")
    assert active == {
        task["Id"]
        for task in company.octopus["tasks"].values()
        if task["SpaceId"] == "Spaces-1" and not task["IsCompleted"]
    }
    since = octopus_time(company.now - timedelta(days=30))
    young = await ids(octopus, f"{SPACE}/tasks", fromCompletedDate=since)
    assert 0 < len(young) < page["TotalResults"]
    waiting = await ids(
        octopus, "/api/tasks", spaces="all", hasPendingInterruptions="true"
    )
    assert len(waiting) == 1


async def test_teams_of_all_spaces_come_with_those_of_none(
    octopus: httpx.AsyncClient,
) -> None:
    everything = await read(octopus, "/api/teams", spaces="all", includeSystem="true")
    spaces = {team["SpaceId"] for team in everything["Items"]}
    assert spaces == {None, "Spaces-1", "Spaces-2", "Spaces-3"}
    own = await read(octopus, "/api/teams", spaces="Spaces-2", includeSystem="false")
    assert {team["SpaceId"] for team in own["Items"]} == {"Spaces-2"}


async def test_freezes_have_an_envelope_of_their_own(
    octopus: httpx.AsyncClient,
) -> None:
    path = "/api/deploymentfreezes"
    assert (await octopus.get(path)).status_code == 400
    open_ones = await read(octopus, path, skip=0, take=10)
    everything = await read(octopus, path, skip=0, take=10, includeComplete="true")
    assert (open_ones["Count"], everything["Count"]) == (2, 3)
    assert len(everything["DeploymentFreezes"]) == 3


async def test_runbooks_in_git_are_only_on_a_branch(
    octopus: httpx.AsyncClient, company: Company
) -> None:
    cluster = next(
        p for p in company.octopus["projects"].values() if p["IsVersionControlled"]
    )
    path = f"{SPACE}/projects/{cluster['Id']}"
    refused = await octopus.get(f"{path}/runbooks")
    assert refused.status_code == 400
    assert "include a Git ref" in refused.json()["ErrorMessage"]
    page = await read(octopus, f"{path}/refs%2Fheads%2Fmain/runbooks")
    assert [runbook["Id"] for runbook in page["Items"]] == ["restart", "restore-backup"]
    own = await read(octopus, f"{path}/refs%2Fheads%2Fmain/runbooks/restart")
    assert own == page["Items"][0]
    in_database = await read(octopus, f"{SPACE}/projects/Projects-1/runbooks")
    assert in_database["TotalResults"] == 3


async def test_dashboard_shows_the_latest_of_each_place(
    octopus: httpx.AsyncClient, sandbox: OctopusSandbox
) -> None:
    board = await read(octopus, f"{SPACE}/dashboard")
    places = [
        (item["ProjectId"], item["EnvironmentId"], item["TenantId"])
        for item in board["Items"]
    ]
    assert len(places) == len(set(places)) > 10
    assert any(item["TenantId"] for item in board["Items"])
    assert (board["ProjectLimit"], board["IsFiltered"]) == (None, False)
    sandbox.dashboard_limit = 3
    short = await read(octopus, f"{SPACE}/dashboard")
    assert (len(short["Projects"]), short["ProjectLimit"]) == (3, 3)
    assert short["IsFiltered"] is True
    own = await read(octopus, f"{SPACE}/dashboard", projectId="Projects-1")
    assert {item["ProjectId"] for item in own["Items"]} == {"Projects-1"}


async def test_progression_shows_as_many_releases_as_wanted(
    octopus: httpx.AsyncClient, company: Company
) -> None:
    path = f"{SPACE}/projects/Projects-1/progression"
    assert len((await read(octopus, path))["Releases"]) == 3
    long = await read(octopus, path, releaseHistoryCount=100)
    example = company.example
    own = next(
        entry
        for entry in long["Releases"]
        if entry["Release"]["Id"] == example.release_id
    )
    shown = [d["DeploymentId"] for rows in own["Deployments"].values() for d in rows]
    assert example.deployment_id in shown
