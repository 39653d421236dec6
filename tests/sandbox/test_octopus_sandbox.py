"""The Octopus stand-in pages, filters, refuses and hides as the vendor does."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from sandbox.company import Company
from sandbox.company.base import octopus_time
from sandbox.octopus import API_KEY
from tests.companies import with_long_lists

URL = "https://octopus.test"
KEY = {"X-Octopus-ApiKey": API_KEY}
SPACE = "/api/Spaces-1"


async def read(client: httpx.AsyncClient, path: str, **params: Any) -> Any:
    response = await client.get(path, params=params or None)
    assert response.status_code == 200, response.text
    return response.json()


async def ids(client: httpx.AsyncClient, path: str, **params: Any) -> set[str]:
    page = await read(client, path, take=100_000, **params)
    return {item["Id"] for item in page["Items"]}


async def test_envelope_links_to_the_next_page(
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


@with_long_lists
async def test_next_page_keeps_the_filters(octopus: httpx.AsyncClient) -> None:
    page = await read(octopus, f"{SPACE}/tasks", name="RunbookRun", take=5)
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
        "lifecycles",
        "accounts",
        "certificates",
        "libraryvariablesets",
        "feeds",
        "runbooks",
    ],
)
async def test_every_list_has_single_items(
    octopus: httpx.AsyncClient, path: str
) -> None:
    first, *_ = (await read(octopus, f"{SPACE}/{path}"))["Items"]
    assert await read(octopus, f"{SPACE}/{path}/{first['Id']}") == first
    assert first["SpaceId"] == "Spaces-1"


async def test_items_are_found_in_their_own_space_only(
    octopus: httpx.AsyncClient, company: Company
) -> None:
    release = company.example.release_id
    assert (await octopus.get(f"{SPACE}/releases/{release}")).status_code == 200
    elsewhere = await octopus.get(f"/api/Spaces-2/releases/{release}")
    assert elsewhere.status_code == 404
    assert elsewhere.json()["ErrorMessage"].startswith(f"The resource '{release}'")


async def test_ids_narrow_a_list(octopus: httpx.AsyncClient) -> None:
    wanted = "ServerTasks-11005,ServerTasks-11010,ServerTasks-999999"
    found = [
        id_
        for space in (1, 2, 3)
        for id_ in await ids(octopus, f"/api/Spaces-{space}/tasks", ids=wanted)
    ]
    assert sorted(found) == ["ServerTasks-11005", "ServerTasks-11010"]


@with_long_lists
async def test_tasks_are_narrowed_by_state_and_date(
    octopus: httpx.AsyncClient, company: Company
) -> None:
    active = await ids(octopus, f"{SPACE}/tasks", active="true")
    assert active == {
        task["Id"]
        for task in company.octopus["tasks"].values()
        if task["SpaceId"] == "Spaces-1" and not task["IsCompleted"]
    }
    since = octopus_time(company.now - timedelta(days=30))
    young = await ids(octopus, f"{SPACE}/tasks", fromCompletedDate=since)
    assert 0 < len(young) < len(company.octopus["tasks"])
