"""Faults happen where and as often as they were ordered; requests are counted."""

import asyncio
import time
from collections.abc import AsyncIterator

import httpx
import pytest

from sandbox.company import Company
from sandbox.faults import Faults, pattern_of
from sandbox.octopus import API_KEY, OctopusSandbox

URL = "https://octopus.test"
SPACES = "/api/spaces"
MACHINES = "/api/Spaces-1/machines"


@pytest.fixture
def sandbox(company: Company) -> OctopusSandbox:
    return OctopusSandbox(company, Faults())


@pytest.fixture
async def client(sandbox: OctopusSandbox) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(sandbox.app),
        base_url=URL,
        headers={"X-Octopus-ApiKey": API_KEY},
    ) as client:
        yield client


async def statuses(client: httpx.AsyncClient, path: str, times: int) -> list[int]:
    return [(await client.get(path)).status_code for _ in range(times)]


async def test_rule_spares_some_and_hits_some(
    client: httpx.AsyncClient, sandbox: OctopusSandbox
) -> None:
    sandbox.faults.add(path="machines", status=503, times=2, skip=1)
    assert await statuses(client, SPACES, 1) == [200]
    assert await statuses(client, MACHINES, 4) == [200, 503, 503, 200]


async def test_rule_may_last(
    client: httpx.AsyncClient, sandbox: OctopusSandbox
) -> None:
    sandbox.faults.add(path=r"/api/spaces$", times=None, status=500, method="GET")
    assert await statuses(client, SPACES, 3) == [500, 500, 500]
    sandbox.faults.clear()
    assert await statuses(client, SPACES, 1) == [200]


async def test_rule_answers_with_headers_and_body(
    client: httpx.AsyncClient, sandbox: OctopusSandbox
) -> None:
    headers = {"Retry-After": "7"}
    sandbox.faults.add(status=429, headers=headers, body={"ErrorMessage": "slow"})
    sandbox.faults.add(status=502, body="<html>down</html>")
    limited = await client.get(SPACES)
    assert (limited.headers["Retry-After"], limited.json()) == (
        "7",
        {"ErrorMessage": "slow"},
    )
    down = await client.get(SPACES)
    assert down.headers["Content-Type"] == "text/html"
    assert down.text == "<html>down</html>"


async def test_rule_may_only_add_headers(
    client: httpx.AsyncClient, sandbox: OctopusSandbox
) -> None:
    sandbox.faults.add(headers={"Octopus-RateLimit": "r=0;t=18"})
    response = await client.get(SPACES)
    assert response.headers["Octopus-RateLimit"] == "r=0;t=18"
    assert len(response.json()["Items"]) == 3


async def test_connection_is_dropped(
    client: httpx.AsyncClient, sandbox: OctopusSandbox
) -> None:
    sandbox.faults.add(drop=True)
    with pytest.raises(httpx.RemoteProtocolError):
        await client.get(SPACES)
    assert await statuses(client, SPACES, 1) == [200]


async def test_reply_is_cut_in_half(
    client: httpx.AsyncClient, sandbox: OctopusSandbox
) -> None:
    sandbox.faults.add(truncate=True)
    response = await client.get(SPACES)
    assert response.status_code == 200
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        response.json()


async def test_latency_is_spent_and_requests_overlap(
    client: httpx.AsyncClient, sandbox: OctopusSandbox
) -> None:
    sandbox.faults.latency_seconds = 0.05
    start = time.monotonic()
    await asyncio.gather(*(client.get(SPACES) for _ in range(4)))
    assert time.monotonic() - start >= 0.05
    assert sandbox.faults.peak_in_flight == 4
    assert sandbox.faults.in_flight == 0


async def test_requests_are_kept_with_their_headers(
    client: httpx.AsyncClient, sandbox: OctopusSandbox
) -> None:
    await client.get(f"{MACHINES}?take=1")
    await client.get("/api/Spaces-2/machines")
    first = sandbox.faults.requests[0]
    assert (first.method, first.path, first.query) == ("GET", MACHINES, "take=1")
    assert first.headers["x-octopus-apikey"] == API_KEY
    assert sandbox.faults.by_pattern == {"GET /api/{id}/machines": 2}


@pytest.mark.parametrize(
    ("path", "pattern"),
    [
        ("/rest/api/3/issue/10001", "/rest/api/3/issue/{id}"),
        ("/rest/agile/1.0/board/5/sprint", "/rest/agile/1.0/board/{id}/sprint"),
        ("/api/Spaces-1/releases", "/api/{id}/releases"),
        ("/api/spaces/Spaces-1/x", "/api/spaces/{id}/x"),
        ("/v1/blueprints/jiraIssue", "/v1/blueprints/jiraIssue"),
    ],
)
def test_ids_in_paths_are_put_together(path: str, pattern: str) -> None:
    assert pattern_of(path) == pattern


# Control routes


async def test_state_tells_counts_and_requests(client: httpx.AsyncClient) -> None:
    await client.get(SPACES)
    state = (await client.get("/_sandbox/state")).json()
    assert state["collections"]["deployments"] == 400
    assert state["visible"]["spaces"] == 3
    assert state["requests"]["total"] == 1
    assert state["requests"]["byPattern"] == {"GET /api/spaces": 1}
    await client.delete("/_sandbox/requests")
    assert (await client.get("/_sandbox/requests")).json() == []


async def test_items_are_put_and_deleted(client: httpx.AsyncClient) -> None:
    machine = (await client.get("/_sandbox/machines/Machines-1")).json()
    path = "/_sandbox/machines/Machines-900"
    await client.put(path, json={**machine, "Id": "Machines-900", "Name": "aaa"})
    listed = (await client.get(f"{MACHINES}?take=1")).json()
    assert listed["Items"][0]["Id"] == "Machines-900"
    assert (await client.delete(path)).status_code == 200
    assert (await client.delete(path)).status_code == 404
    listed = (await client.get(f"{MACHINES}?take=1")).json()
    assert listed["Items"][0]["Id"] == machine["Id"]
    assert len((await client.get("/_sandbox/machines")).json()) == 24
    assert (await client.get("/_sandbox/nonsense")).status_code == 404


async def test_faults_and_latency_are_ordered_over_http(
    client: httpx.AsyncClient, sandbox: OctopusSandbox
) -> None:
    rules = [{"status": 503, "times": 1}, {"status": 404, "times": None}]
    await client.post("/_sandbox/faults", json=rules)
    assert await statuses(client, SPACES, 3) == [503, 404, 404]
    await client.delete("/_sandbox/faults")
    assert await statuses(client, SPACES, 1) == [200]
    await client.post("/_sandbox/latency", json={"perItemSeconds": 0.5})
    assert sandbox.faults.latency_per_item_seconds == 0.5
