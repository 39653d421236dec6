"""Faults happen where and as often as they were ordered; requests are counted."""

import asyncio
import time

import httpx
import pytest

from sandbox.faults import pattern_of
from sandbox.octopus import API_KEY, OctopusSandbox
from tests.companies import with_long_lists

URL = "https://octopus.test"
SPACES = "/api/spaces"
MACHINES = "/api/Spaces-1/machines"


async def statuses(octopus: httpx.AsyncClient, path: str, times: int) -> list[int]:
    return [(await octopus.get(path)).status_code for _ in range(times)]


async def test_rule_spares_some_and_hits_some(
    octopus: httpx.AsyncClient, octopus_sandbox: OctopusSandbox
) -> None:
    octopus_sandbox.faults.add(path="machines", status=503, times=2, skip=1)
    assert await statuses(octopus, SPACES, 1) == [200]
    assert await statuses(octopus, MACHINES, 4) == [200, 503, 503, 200]


async def test_rule_may_last(
    octopus: httpx.AsyncClient, octopus_sandbox: OctopusSandbox
) -> None:
    octopus_sandbox.faults.add(
        path=r"/api/spaces$", times=None, status=500, method="GET"
    )
    assert await statuses(octopus, SPACES, 3) == [500, 500, 500]
    octopus_sandbox.faults.clear()
    assert await statuses(octopus, SPACES, 1) == [200]


async def test_rule_answers_with_headers_and_body(
    octopus: httpx.AsyncClient, octopus_sandbox: OctopusSandbox
) -> None:
    headers = {"Retry-After": "7"}
    octopus_sandbox.faults.add(
        status=429, headers=headers, body={"ErrorMessage": "slow"}
    )
    octopus_sandbox.faults.add(status=502, body="<html>down</html>")
    limited = await octopus.get(SPACES)
    assert (limited.headers["Retry-After"], limited.json()) == (
        "7",
        {"ErrorMessage": "slow"},
    )
    down = await octopus.get(SPACES)
    assert down.headers["Content-Type"] == "text/html"
    assert down.text == "<html>down</html>"


async def test_rule_may_only_add_headers(
    octopus: httpx.AsyncClient, octopus_sandbox: OctopusSandbox
) -> None:
    octopus_sandbox.faults.add(headers={"Octopus-RateLimit": "r=0;t=18"})
    response = await octopus.get(SPACES)
    assert response.headers["Octopus-RateLimit"] == "r=0;t=18"
    assert len(response.json()["Items"]) == 3


async def test_connection_is_dropped(
    octopus: httpx.AsyncClient, octopus_sandbox: OctopusSandbox
) -> None:
    octopus_sandbox.faults.add(drop=True)
    with pytest.raises(httpx.RemoteProtocolError):
        await octopus.get(SPACES)
    assert await statuses(octopus, SPACES, 1) == [200]


async def test_reply_is_cut_in_half(
    octopus: httpx.AsyncClient, octopus_sandbox: OctopusSandbox
) -> None:
    octopus_sandbox.faults.add(truncate=True)
    response = await octopus.get(SPACES)
    assert response.status_code == 200
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        response.json()


async def test_latency_is_spent_and_requests_overlap(
    octopus: httpx.AsyncClient, octopus_sandbox: OctopusSandbox
) -> None:
    octopus_sandbox.faults.latency_seconds = 0.05
    start = time.monotonic()
    await asyncio.gather(*(octopus.get(SPACES) for _ in range(4)))
    assert time.monotonic() - start >= 0.05
    assert octopus_sandbox.faults.peak_in_flight == 4
    assert octopus_sandbox.faults.in_flight == 0


async def test_requests_are_kept_with_their_headers(
    octopus: httpx.AsyncClient, octopus_sandbox: OctopusSandbox
) -> None:
    await octopus.get(f"{MACHINES}?take=1")
    await octopus.get("/api/Spaces-2/machines")
    first = octopus_sandbox.faults.requests[0]
    assert (first.method, first.path, first.query) == ("GET", MACHINES, "take=1")
    assert first.headers["x-octopus-apikey"] == API_KEY
    assert octopus_sandbox.faults.by_pattern == {"GET /api/{id}/machines": 2}


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


async def test_rounds_are_requests_that_waited_for_one_another(
    octopus: httpx.AsyncClient, octopus_sandbox: OctopusSandbox
) -> None:
    octopus_sandbox.faults.latency_seconds = 0.01
    await asyncio.gather(*(octopus.get(SPACES) for _ in range(5)))
    assert octopus_sandbox.faults.rounds == 1
    await statuses(octopus, SPACES, 2)
    assert octopus_sandbox.faults.rounds == 3


# Control routes


@with_long_lists
async def test_state_has_counts_and_requests(octopus: httpx.AsyncClient) -> None:
    await octopus.get(SPACES)
    state = (await octopus.get("/_sandbox/state")).json()
    assert state["collections"]["deployments"] == 400
    assert state["visible"]["spaces"] == 3
    assert state["requests"]["total"] == 1
    assert state["requests"]["byPattern"] == {"GET /api/spaces": 1}
    await octopus.delete("/_sandbox/requests")
    assert (await octopus.get("/_sandbox/requests")).json() == []


async def test_items_are_put_and_deleted(octopus: httpx.AsyncClient) -> None:
    machine = (await octopus.get("/_sandbox/machines/Machines-1")).json()
    path = "/_sandbox/machines/Machines-900"
    await octopus.put(path, json={**machine, "Id": "Machines-900", "Name": "aaa"})
    listed = (await octopus.get(f"{MACHINES}?take=1")).json()
    assert listed["Items"][0]["Id"] == "Machines-900"
    assert (await octopus.delete(path)).status_code == 200
    assert (await octopus.delete(path)).status_code == 404
    listed = (await octopus.get(f"{MACHINES}?take=1")).json()
    assert listed["Items"][0]["Id"] == machine["Id"]
    assert len((await octopus.get("/_sandbox/machines")).json()) == 24
    assert (await octopus.get("/_sandbox/nonsense")).status_code == 404


async def test_faults_and_latency_are_ordered_over_http(
    octopus: httpx.AsyncClient, octopus_sandbox: OctopusSandbox
) -> None:
    rules = [{"status": 503, "times": 1}, {"status": 404, "times": None}]
    await octopus.post("/_sandbox/faults", json=rules)
    assert await statuses(octopus, SPACES, 3) == [503, 404, 404]
    await octopus.delete("/_sandbox/faults")
    assert await statuses(octopus, SPACES, 1) == [200]
    await octopus.post("/_sandbox/latency", json={"perItemSeconds": 0.5})
    assert octopus_sandbox.faults.latency_per_item_seconds == 0.5


async def test_a_parameter_is_ignored_on_demand(
    octopus: httpx.AsyncClient, octopus_sandbox: OctopusSandbox
) -> None:
    octopus_sandbox.faults.add(path="ids=", ignore="ids")
    path, params = "/api/Spaces-1/tasks", {"ids": "ServerTasks-11010", "take": "2"}
    first, second = [(await octopus.get(path, params=params)).json() for _ in "12"]
    assert [len(first["Items"]), len(second["Items"])] == [2, 1]
    assert first["TotalResults"] > second["TotalResults"] == 1
