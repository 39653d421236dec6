"""The stand-in of Port gives each run to one process, as the framework expects."""

import httpx
import pytest

from sandbox.port import PortSandbox

EACH = pytest.mark.parametrize("is_node", [False, True], ids=["action", "workflow"])
ASKED = {"installationId": "sandbox", "limit": 5, "visibilityTimeoutMs": 60_000}


def paths(is_node: bool) -> tuple[str, str, str]:
    """Return the group of routes, the list in replies and the id of a run."""
    if is_node:
        return "workflows", "nodeRuns", "nodeRunIdentifier"
    return "actions", "runs", "runId"


async def claimed(http: httpx.AsyncClient, is_node: bool) -> list[dict[str, object]]:
    group, listed, _ = paths(is_node)
    reply = await http.post(f"/v1/{group}/runs/claim-pending", json=ASKED)
    found: list[dict[str, object]] = reply.json()[listed]
    return found


@EACH
async def test_a_claimed_run_is_hidden_and_comes_back(
    port: PortSandbox, http: httpx.AsyncClient, is_node: bool
) -> None:
    kept = port.state.runs.ask("create_issue", {}, is_node=is_node)

    assert await claimed(http, is_node) == [kept.shown]
    assert await claimed(http, is_node) == []
    kept.hidden_until = 0
    assert await claimed(http, is_node) == [kept.shown]
    assert await claimed(http, not is_node) == []


@EACH
async def test_only_the_first_acknowledgement_counts(
    port: PortSandbox, http: httpx.AsyncClient, is_node: bool
) -> None:
    group, _, name = paths(is_node)
    kept = port.state.runs.ask("create_issue", {}, is_node=is_node)
    id_ = kept.shown["identifier" if is_node else "id"]

    replies = [
        await http.patch(f"/v1/{group}/runs/ack", json={name: id_}) for _ in range(2)
    ]

    assert [reply.status_code for reply in replies] == [200, 409]
    kept.hidden_until = 0
    assert await claimed(http, is_node) == []


async def test_runs_of_other_installations_are_not_given_away(
    port: PortSandbox, http: httpx.AsyncClient
) -> None:
    port.state.runs.ask("create_issue", {}, installation="another")

    assert await claimed(http, is_node=False) == []


async def test_a_run_is_found_by_its_external_id(
    port: PortSandbox, http: httpx.AsyncClient
) -> None:
    kept = port.state.runs.ask("create_issue", {})
    id_ = kept.shown["id"]
    await http.patch(f"/v1/actions/runs/{id_}", json={"externalRunId": "task-1"})

    found = await http.get("/v1/actions/runs", params={"external_run_id": "task-1"})
    other = await http.get("/v1/actions/runs", params={"external_run_id": "task-2"})

    assert [run["id"] for run in found.json()["runs"]] == [id_]
    assert other.json()["runs"] == []
