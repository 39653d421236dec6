"""The stand-in of Port keeps what integrations are and what they report."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from sandbox.port import PortSandbox
from sandbox.port.wire import TOKEN

type Item = dict[str, Any]

ONE = "/v1/integration/shop"
NEW = {"installationId": "shop", "installationAppType": "jira-octopus", "config": {}}


@pytest.fixture
def port() -> PortSandbox:
    return PortSandbox()


@pytest.fixture
async def http(port: PortSandbox) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(port.app),
        base_url="http://port.test",
        headers={"Authorization": f"Bearer {TOKEN}"},
    ) as client:
        # The framework asks before it creates.
        assert (await client.get(ONE)).status_code == 404
        assert (await client.post("/v1/integration", json=NEW)).is_success
        yield client


async def test_an_integration_is_told_to_report_here(http: httpx.AsyncClient) -> None:
    integration = (await http.get(ONE)).json()["integration"]
    for name in ("logAttributes", "metricAttributes", "ingestAttributes"):
        assert integration[name]["ingestUrl"].startswith("http://port.test/ingest/")


async def test_a_second_integration_of_the_name_is_refused(
    http: httpx.AsyncClient,
) -> None:
    assert (await http.post("/v1/integration", json=NEW)).status_code == 409


async def test_the_state_of_a_resync_has_a_date(http: httpx.AsyncClient) -> None:
    for state in ({"status": "running"}, {"status": "completed"}):
        reply = await http.patch(f"{ONE}/resync-state", json=state)
    kept = reply.json()["integration"]["resyncState"]
    assert (kept["status"], "updatedAt" in kept) == ("completed", True)


@pytest.mark.parametrize(
    ("mapping", "headers", "requested"),
    [
        ({"resources": [1]}, {}, True),
        ({}, {}, False),
        ({"resources": [1]}, {"x-skip-resync": "true"}, False),
    ],
)
async def test_only_a_new_mapping_asks_for_a_resync(
    http: httpx.AsyncClient, mapping: Item, headers: dict[str, str], requested: bool
) -> None:
    await http.patch(f"{ONE}/config", json={"config": mapping}, headers=headers)
    assert (await http.get(ONE)).json()["integration"]["config"] == mapping
    reply = await http.get(f"{ONE}/resync-request")
    assert ("updatedAt" in reply.json()["request"]) is requested


async def test_a_cursor_is_created_before_it_is_changed(
    http: httpx.AsyncClient,
) -> None:
    path, of = f"{ONE}/cursor", {"kind": "jira-issue", "index": "1"}
    assert (await http.get(path, params=of)).json()["cursor"] is None
    value = {"primary": "2026-01-01T00:00:00+00:00"}
    assert (await http.put(path, params=of, json=value)).status_code == 404
    assert (await http.post(path, params=of, json=value)).is_success
    assert (await http.put(path, params=of, json=value)).is_success
    assert (await http.get(path, params=of)).json()["cursor"] == value
    other = await http.get(path, params={**of, "index": "2"})
    assert other.json()["cursor"] is None


async def test_reports_are_kept(port: PortSandbox, http: httpx.AsyncClient) -> None:
    metrics = "/ingest/metrics/syncMetrics"
    metric = {"kindIdentifier": "jira-issue-0", "syncState": "syncing"}
    done = {**metric, "syncState": "completed"}
    one = f"{metrics}/resync/e1/kind/jira-issue-0"
    for method, path, body in (
        ("POST", "/ingest/logs", {"logs": [{"message": "hello"}]}),
        ("POST", metrics, {"syncKindsMetrics": [metric]}),
        ("PUT", one, {"syncKindMetrics": done}),
        ("POST", "/ingest/metrics/heartbeat", {"eventId": "e1"}),
        ("POST", f"{ONE}/kinds/jira-issue/examples", {"examples": [{"key": "A"}]}),
        ("PATCH", "/v1/org/o/integration/probe/p1", {"status": "RUNNING"}),
        ("PATCH", "/v1/org/o/integration/probe/p1", {"result": 1}),
        ("POST", "/v1/lifecycle/e1", {"status": "started"}),
        ("POST", "/v1/lifecycle/e1/kind", {"status": "finished"}),
        ("POST", "/ingest/data/lake/write/sync/e1", {"kind": "k", "data": []}),
        ("POST", "/v1/actions", {"identifier": "a"}),
    ):
        reply = await http.request(method, path, json=body)
        assert reply.is_success, path
    known = port.state.integrations
    assert known.logs[0]["message"] == "hello"
    assert known.metrics == {"jira-issue-0": done}
    assert known.examples == {("shop", "jira-issue"): [{"key": "A"}]}
    assert known.probes == {"p1": {"status": "RUNNING", "result": 1}}
    assert known.lake == [{"kind": "k", "data": []}]
    status = (await http.get("/v1/lifecycle/e1")).json()["status"]
    assert status == "started"
    assert port.state.documents == {"actions": [{"identifier": "a"}]}
    assert port.unknown_routes == []


async def test_metrics_of_the_latest_resync_are_found_by_the_internal_id(
    http: httpx.AsyncClient,
) -> None:
    def metric(kind: str, event: str, integration: str = "shop") -> Item:
        return {
            "kindIdentifier": kind,
            "eventId": event,
            "integrationIdentifier": integration,
        }

    first = [metric("a-0", "e1"), metric("gone-1", "e1")]
    latest = [metric("a-0", "e2")]
    foreign = [metric("b-0", "e3", "other")]
    for sent in (first, latest, foreign):
        body = {"syncKindsMetrics": sent}
        await http.post("/ingest/metrics/syncMetrics", json=body)
    internal = (await http.get(ONE)).json()["integration"]["_id"]
    for id_, told in ((internal, latest), ("shop", [])):
        reply = await http.get(f"/v1/integration/{id_}/syncMetrics")
        assert reply.json() == {"ok": True, "count": len(told), "data": told}


async def test_an_integration_is_deleted(
    port: PortSandbox, http: httpx.AsyncClient
) -> None:
    assert (await http.delete(ONE)).json()["ok"] is True
    assert port.integrations == {}
