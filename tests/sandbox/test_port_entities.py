"""The stand-in of Port takes and deletes entities as the framework expects."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from sandbox.port import PortSandbox
from sandbox.port.store import Options
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


async def test_a_whole_number_is_stored_as_javascript_reads_it(
    port: PortSandbox, http: httpx.AsyncClient
) -> None:
    await put(http, service(properties={"size": 30.0}))
    assert repr(port.entities["service"]["cart"]["properties"]["size"]) == "30"


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


async def test_an_entity_is_created_once_unless_upserted(
    http: httpx.AsyncClient,
) -> None:
    path = "/v1/blueprints/service/entities"
    upsert = {"upsert": "true"}
    statuses = [
        (await http.post(path, json=service(), params=params)).status_code
        for params in ({}, {}, upsert)
    ]
    assert statuses == [201, 409, 200]
    found = (await http.get(path)).json()["entities"]
    assert [entity["identifier"] for entity in found] == ["cart"]


async def test_a_patch_changes_a_known_entity(http: httpx.AsyncClient) -> None:
    await put(http, service(properties={"size": 1}))
    path = "/v1/blueprints/service/entities/"
    reply = await http.patch(path + "cart", json={"title": "New"})
    entity = reply.json()["entity"]
    assert (entity["title"], entity["properties"]["size"]) == ("New", 1)
    assert (await http.patch(path + "none", json={})).status_code == 404


async def test_bulk_deletion_spares_what_is_needed(
    port: PortSandbox, http: httpx.AsyncClient
) -> None:
    needed = {"owner": {"target": "team", "required": True}}
    port.store.put_blueprint({**SERVICE, "relations": needed, "mirrorProperties": {}})
    await put(http, service(relations={"owner": "red"}))
    port.store.upsert("team", {"identifier": "blue"}, "test", Options())
    path = "/v1/blueprints/team/bulk/entities/delete"
    reply = await http.post(path, json={"entities": ["red", "blue"]})
    assert reply.json()["deletedEntities"] == ["blue"]
    assert [error["identifier"] for error in reply.json()["errors"]] == ["red"]
    params = {"delete_dependents": "true"}
    await http.post(path, json={"entities": ["red"]}, params=params)
    assert port.entities == {"team": {}, "service": {}}
