"""The stand-in of Port answers the framework over HTTP as Port would."""

import httpx
import jwt
import pytest

from sandbox.port import PortSandbox
from tests.sandbox.port_shop import BULK, HEADERS, post, service


async def test_a_token_is_of_a_machine(http: httpx.AsyncClient) -> None:
    credentials = {"clientId": "sandbox", "clientSecret": "sandbox-secret"}
    reply = await http.post(
        "/v1/auth/access_token", json=credentials, headers={"Authorization": ""}
    )
    token = reply.json()
    assert (token["tokenType"], token["expiresIn"] > 0) == ("Bearer", True)
    claims = jwt.decode(token["accessToken"], options={"verify_signature": False})
    assert claims["isMachine"] is True


async def test_a_request_without_the_token_is_refused(http: httpx.AsyncClient) -> None:
    wrong = {"Authorization": "Bearer wrong"}
    reply = await http.get("/v1/organization", headers=wrong)
    assert (reply.status_code, reply.json()["ok"]) == (401, False)


async def test_feature_flags_are_those_that_were_set() -> None:
    transport = httpx.ASGITransport(PortSandbox(feature_flags=["FAST"]).app)
    async with httpx.AsyncClient(transport=transport, headers=HEADERS) as http:
        reply = await http.get("http://port.test/v1/organization")
    assert reply.json()["organization"]["featureFlags"] == ["FAST"]


@pytest.mark.parametrize(("method", "path"), [("GET", "/v1/no"), ("PUT", BULK)])
async def test_an_unknown_route_is_remembered(
    port: PortSandbox, http: httpx.AsyncClient, method: str, path: str
) -> None:
    reply = await http.request(method, path)
    assert (reply.status_code, reply.json()["error"]) == (404, "not_found")
    assert port.unknown_routes == [f"{method} {path}"]


async def test_a_missing_entity_is_no_unknown_route(
    port: PortSandbox, http: httpx.AsyncClient
) -> None:
    reply = await http.get("/v1/blueprints/service/entities/none")
    assert (reply.status_code, port.unknown_routes) == (404, [])


async def test_requests_are_counted_by_route(
    port: PortSandbox, http: httpx.AsyncClient
) -> None:
    await http.get("/v1/blueprints/service")
    await http.get("/v1/blueprints/team")
    await http.get("/_sandbox/state")
    assert port.state.requests == {"GET /v1/blueprints/{blueprint}": 2}


async def test_a_body_above_a_mebibyte_is_too_large(http: httpx.AsyncClient) -> None:
    entity = service(properties={"url": "x" * 1024 * 1024})
    reply = await http.post(BULK, json={"entities": [entity]})
    assert reply.status_code == 413


async def test_the_state_lists_what_happened(http: httpx.AsyncClient) -> None:
    await post(http, service("cart"), service("bad", title=5))
    await post(http, service("cart"))
    state = (await http.get("/_sandbox/state", headers={"Authorization": ""})).json()
    counts = [state[name] for name in ("upserts", "changes", "deletes", "requests")]
    assert counts == [2, 1, 0, 2]
    assert state["errors"] == ["service bad: title must be string, not 5"]
    shown = state["entities"]["service"]["cart"]
    assert shown["_datasource"] == HEADERS["User-Agent"]
    assert list(state["blueprints"]) == ["team", "service"]


async def test_reset_forgets_everything(
    port: PortSandbox, http: httpx.AsyncClient
) -> None:
    await post(http, service())
    await http.get("/v1/nonsense")
    await http.post("/_sandbox/reset")
    assert (port.entities, port.requests, port.unknown_routes) == ({}, 0, [])


async def test_latency_delays_each_request(
    port: PortSandbox, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr("sandbox.faults.asyncio.sleep", sleep)
    await http.post("/_sandbox/latency", json={"seconds": 0.5})
    await http.get("/v1/organization")
    assert slept == [0.5]


async def test_blueprints_are_created_changed_and_deleted(
    port: PortSandbox, http: httpx.AsyncClient
) -> None:
    one = "/v1/blueprints/area"
    created = await http.post("/v1/blueprints", json={"identifier": "area"})
    assert created.status_code == 201
    assert (await http.post("/v1/blueprints", json={"identifier": "area"})).is_error
    await http.patch(one, json={"relations": {"lead": {"target": "team"}}})
    found = (await http.get(one)).json()["blueprint"]
    assert found["relations"]["lead"] == {
        "target": "team",
        "many": False,
        "required": False,
    }
    refused = await http.delete("/v1/blueprints/team")
    assert (refused.status_code, refused.json()["error"]) == (409, "has_dependents")
    assert (await http.delete(one)).status_code == 200
    assert "area" not in port.blueprints


async def test_a_blueprint_goes_with_all_its_entities(
    port: PortSandbox, http: httpx.AsyncClient
) -> None:
    await post(http, service())
    path = "/v1/blueprints/service/all-entities"
    reply = await http.delete(path, params={"delete_blueprint": "true"})
    migration = await http.get(f"/v1/migrations/{reply.json()['migrationId']}")
    assert migration.json()["migration"]["status"] == "COMPLETED"
    assert "service" not in port.entities


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"{", 400), (b"[]", 422), (b'{"title": "no identifier"}', 422)],
)
async def test_a_body_that_is_not_understood_is_refused(
    http: httpx.AsyncClient, body: bytes, status: int
) -> None:
    assert (await http.post("/v1/blueprints", content=body)).status_code == status


async def test_wrong_credentials_are_refused(http: httpx.AsyncClient) -> None:
    nobody = {"clientId": "sandbox", "clientSecret": "wrong"}
    reply = await http.post("/v1/auth/access_token", json=nobody)
    assert reply.status_code == 401


async def test_replacing_a_blueprint_keeps_nothing_of_it(
    http: httpx.AsyncClient,
) -> None:
    await http.put("/v1/blueprints/service", json={"title": "Service"})
    blueprints = (await http.get("/v1/blueprints")).json()["blueprints"]
    assert [found["identifier"] for found in blueprints] == ["team", "service"]
    assert blueprints[1]["schema"]["properties"] == {}
