"""The stand-in of Port answers the framework over HTTP as Port would."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import jwt
import pytest
from port_ocean.core.models import Entity
from port_ocean.core.utils.utils import resolve_entities_diff

from sandbox.port import PortSandbox
from sandbox.port.wire import TOKEN

type Item = dict[str, Any]

TEAM = {"identifier": "team", "schema": {"properties": {}}}
SERVICE = {
    "identifier": "service",
    "schema": {
        "properties": {
            "url": {"type": "string", "format": "url"},
            "size": {"type": "number"},
            "tags": {"type": "array", "items": {"type": "string"}},
            "extra": {"type": "object"},
        },
    },
    "relations": {
        "owner": {"target": "team"},
        "users": {"target": "team", "many": True},
        "parent": {"target": "service"},
    },
    "mirrorProperties": {"ownerTitle": {"path": "owner.$title"}},
}
HEADERS = {
    "Authorization": f"Bearer {TOKEN}",
    "User-Agent": "port-ocean/shop/0.1.0/mine/exporter",
}
CREATE = {"upsert": "true", "merge": "true", "create_missing_related_entities": "true"}
BULK = "/v1/blueprints/service/entities/bulk"
OF_SOURCE = "/v1/blueprints/entities/datasource-entities"
MINE = {"datasource_prefix": "port-ocean/shop/", "datasource_suffix": "/mine/exporter"}


@pytest.fixture
def port() -> PortSandbox:
    sandbox = PortSandbox()
    sandbox.store.put_blueprint(TEAM)
    sandbox.store.put_blueprint(SERVICE)
    return sandbox


@pytest.fixture
async def http(port: PortSandbox) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(port.app)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://port.test", headers=HEADERS
    ) as client:
        yield client


def service(identifier: str = "cart", **parts: Any) -> Item:
    return {"identifier": identifier, "title": identifier.title(), **parts}


async def put(http: httpx.AsyncClient, *entities: Item, **params: str) -> Item:
    body = {"entities": entities}
    reply = await http.post(BULK, json=body, params={**CREATE, **params})
    found: Item = reply.json()
    return found


async def test_a_token_is_of_a_machine(http: httpx.AsyncClient) -> None:
    credentials = {"clientId": "id", "clientSecret": "secret"}
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


async def test_a_bad_entity_is_refused_alone_and_named_by_its_place(
    port: PortSandbox, http: httpx.AsyncClient
) -> None:
    bad = service("bad", properties={"size": "big"})
    reply = await put(http, service("first"), bad, service("last"))
    assert list(port.entities["service"]) == ["first", "last"]
    assert [(e["index"], e["identifier"]) for e in reply["entities"]] == [
        (0, "first"),
        (2, "last"),
    ]
    (error,) = reply["errors"]
    assert (error["index"], error["identifier"]) == (1, "bad")
    assert (error["statusCode"], error["error"]) == (422, "invalid_request")
    assert "size must be number" in error["message"]


async def test_an_unmet_relation_is_refused_as_not_found_and_named(
    http: httpx.AsyncClient,
) -> None:
    entity = service(relations={"owner": "red"})
    reply = await put(http, entity, create_missing_related_entities="false")
    assert reply["errors"][0]["error"] == "not_found"
    assert "team 'red'" in reply["errors"][0]["message"]
    alone = await http.post("/v1/blueprints/service/entities", json=entity)
    # The framework puts such an entity off until its relations are there.
    assert (alone.status_code, alone.json()["error"]) == (404, "not_found")


async def test_an_unfound_search_identifier_is_reported_as_unknown(
    http: httpx.AsyncClient,
) -> None:
    rule = {"property": "size", "operator": "=", "value": 1}
    query = {"combinator": "and", "rules": [rule]}
    reply = await put(http, {"identifier": query, "properties": {"size": 2}})
    assert reply["errors"][0]["identifier"] == "unknown"


@pytest.mark.parametrize(
    ("path", "rows", "limit"),
    [
        (BULK, [service(f"s{n}") for n in range(21)], 20),
        ("/v1/blueprints/service/bulk/entities/delete", [""] * 101, 100),
    ],
)
async def test_a_bulk_has_a_limit(
    http: httpx.AsyncClient, path: str, rows: list[Any], limit: int
) -> None:
    assert (await http.post(path, json={"entities": rows})).status_code == 422
    reply = await http.post(path, json={"entities": rows[:limit]})
    assert reply.status_code == 200


async def test_a_body_above_a_mebibyte_is_too_large(http: httpx.AsyncClient) -> None:
    entity = service(properties={"url": "x" * 1024 * 1024})
    reply = await http.post(BULK, json={"entities": [entity]})
    assert reply.status_code == 413


async def test_the_framework_finds_an_unchanged_entity_unchanged(
    http: httpx.AsyncClient,
) -> None:
    body = service(
        properties={"size": 1.5, "url": None, "tags": ["b", "a"], "extra": {"k": [1]}},
        relations={"owner": "red", "users": ["b", "a"], "parent": None},
        team=["red"],
    )
    await put(http, body)
    source = Entity.parse_obj({**body, "blueprint": "service"})
    other = source.copy(update={"properties": {**body["properties"], "size": 2}})

    async def at_port() -> AsyncIterator[list[Entity]]:
        yield [Entity.parse_obj(entity) for entity in await _searched(http, body)]

    assert await resolve_entities_diff([source], at_port()) == []  # type: ignore[arg-type]
    assert await resolve_entities_diff([other], at_port()) == [other]  # type: ignore[arg-type]


async def _searched(http: httpx.AsyncClient, body: Item) -> list[Item]:
    """Search as the framework does before it upserts."""
    wanted = ["blueprint", "identifier", "title", "team"]
    wanted += [f"properties.{name}" for name in body["properties"]]
    wanted += [f"relations.{name}" for name in body["relations"]]
    rules = [
        {"property": "$identifier", "operator": "in", "value": [body["identifier"]]},
        {"property": "$blueprint", "operator": "=", "value": "service"},
        {"property": "$datasource", "operator": "contains", "value": "/mine/exporter"},
    ]
    reply = await http.post(
        "/v1/entities/search",
        json={"combinator": "and", "rules": rules},
        params={"include": wanted, "exclude_calculated_properties": "true"},
    )
    found: list[Item] = reply.json()["entities"]
    return found


async def test_include_shows_nothing_else(http: httpx.AsyncClient) -> None:
    await put(http, service(properties={"size": 1}, relations={"owner": "red"}))
    rule = {"property": "$blueprint", "operator": "=", "value": "service"}
    query = {"combinator": "and", "rules": [rule]}
    include = {"include": ["identifier", "properties.size", "properties.url"]}
    reply = await http.post("/v1/entities/search", json=query, params=include)
    shown = {"identifier": "cart", "properties": {"size": 1, "url": None}}
    assert reply.json()["entities"] == [shown]


async def test_a_whole_number_is_stored_as_javascript_reads_it(
    port: PortSandbox, http: httpx.AsyncClient
) -> None:
    await put(http, service(properties={"size": 30.0}))
    assert repr(port.entities["service"]["cart"]["properties"]["size"]) == "30"


async def test_the_entities_of_a_source_come_in_pages(http: httpx.AsyncClient) -> None:
    await put(http, *(service(f"s{n}") for n in range(5)))
    found: list[str] = []
    body: Item = {**MINE, "limit": 2}
    for expected in (2, 2, 1):
        page = (await http.post(OF_SOURCE, json=body)).json()
        assert len(page["entities"]) == expected
        found += [entity["identifier"] for entity in page["entities"]]
        body["from"] = page["next"]
    assert (found, body["from"]) == ([f"s{n}" for n in range(5)], None)


async def test_an_entity_deleted_between_two_pages_hides_no_other(
    port: PortSandbox, http: httpx.AsyncClient
) -> None:
    await put(http, *(service(f"s{n}") for n in range(4)))
    page = (await http.post(OF_SOURCE, json={**MINE, "limit": 2})).json()
    port.store.delete("service", "s0", dependents=False)
    body = {**MINE, "limit": 2, "from": page["next"]}
    rest = (await http.post(OF_SOURCE, json=body)).json()
    assert [entity["identifier"] for entity in rest["entities"]] == ["s2", "s3"]


@pytest.mark.parametrize(
    ("changes", "count"),
    [
        ({}, 1),
        ({"datasource_prefix": "port-ocean/other/"}, 0),
        ({"datasource_suffix": "/other/exporter"}, 0),
        ({"before": "2000-01-01T00:00:00+00:00"}, 0),
        ({"before": "2100-01-01T00:00:00+02:00"}, 1),
    ],
)
async def test_only_older_entities_of_the_same_source_are_listed(
    http: httpx.AsyncClient, changes: Item, count: int
) -> None:
    await put(http, service())
    reply = await http.post(OF_SOURCE, json={**MINE, **changes})
    assert len(reply.json()["entities"]) == count


async def test_the_entities_of_one_blueprint_are_searched_in_pages(
    http: httpx.AsyncClient,
) -> None:
    await put(http, *(service(f"s{n}", properties={"size": n}) for n in range(4)))
    rule = {"property": "size", "operator": ">", "value": 0}
    body: Item = {"query": {"combinator": "and", "rules": [rule]}, "limit": 2}
    path = "/v1/blueprints/service/entities/search"
    first = (await http.post(path, json=body)).json()
    last = (await http.post(path, json={**body, "from": first["next"]})).json()
    found = [e["identifier"] for e in first["entities"] + last["entities"]]
    assert (found, last["next"]) == (["s1", "s2", "s3"], None)


async def test_bulk_deletion_tells_what_it_deleted(http: httpx.AsyncClient) -> None:
    await put(http, service("cart"), service("item"))
    reply = await http.post(
        "/v1/blueprints/service/bulk/entities/delete",
        json={"entities": ["cart", "unknown"]},
    )
    assert reply.json()["deletedEntities"] == ["cart"]


async def test_an_identifier_with_slashes_is_deleted(
    port: PortSandbox, http: httpx.AsyncClient
) -> None:
    await put(http, service("a/b+c:d"))
    path = "/v1/blueprints/service/entities/a%2Fb%2Bc%3Ad"
    assert (await http.delete(path)).status_code == 200
    assert port.entities["service"] == {}
    assert (await http.delete(path)).status_code == 404


async def test_a_reply_shows_computed_properties_and_nothing_internal(
    port: PortSandbox, http: httpx.AsyncClient
) -> None:
    await put(http, service(relations={"owner": "red"}))
    port.entities["team"]["red"]["title"] = "Red"
    reply = await http.get("/v1/blueprints/service/entities/cart")
    entity = reply.json()["entity"]
    assert entity["properties"] == {"ownerTitle": "Red"}
    assert not [name for name in entity if name.startswith("_")]


async def test_the_state_tells_what_happened(http: httpx.AsyncClient) -> None:
    await put(http, service("cart"), service("bad", title=5))
    await put(http, service("cart"))
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
    await put(http, service())
    await http.get("/v1/nonsense")
    await http.post("/_sandbox/reset")
    assert (port.entities, port.requests, port.unknown_routes) == ({}, 0, [])


async def test_latency_delays_each_request(
    port: PortSandbox, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr("sandbox.port.wire.asyncio.sleep", sleep)
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
    await put(http, service())
    path = "/v1/blueprints/service/all-entities"
    reply = await http.delete(path, params={"delete_blueprint": "true"})
    migration = await http.get(f"/v1/migrations/{reply.json()['migrationId']}")
    assert migration.json()["migration"]["status"] == "COMPLETED"
    assert "service" not in port.entities
