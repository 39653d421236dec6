"""The stand-in of Port takes and deletes entities as the framework expects."""

from typing import Any

import httpx
import pytest

from sandbox.port import PortSandbox
from sandbox.port.store import Options
from tests.sandbox.port_shop import BULK, SERVICE, post, service


async def test_a_bad_entity_is_refused_alone_and_named_by_its_place(
    port: PortSandbox, http: httpx.AsyncClient
) -> None:
    bad = service("bad", properties={"size": "big"})
    reply = await post(http, service("first"), bad, service("last"))
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
    reply = await post(http, entity, create_missing_related_entities="false")
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
    reply = await post(http, {"identifier": query, "properties": {"size": 2}})
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
    await post(http, service(properties={"size": 30.0}))
    assert repr(port.entities["service"]["cart"]["properties"]["size"]) == "30"


async def test_bulk_deletion_returns_what_it_deleted(http: httpx.AsyncClient) -> None:
    await post(http, service("cart"), service("item"))
    reply = await http.post(
        "/v1/blueprints/service/bulk/entities/delete",
        json={"entities": ["cart", "unknown"]},
    )
    assert reply.json()["deletedEntities"] == ["cart"]


async def test_an_identifier_with_slashes_is_deleted(
    port: PortSandbox, http: httpx.AsyncClient
) -> None:
    await post(http, service("a/b+c:d"))
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
    await post(http, service(properties={"size": 1}))
    path = "/v1/blueprints/service/entities/"
    reply = await http.patch(path + "cart", json={"title": "New"})
    entity = reply.json()["entity"]
    assert (entity["title"], entity["properties"]["size"]) == ("New", 1)
    assert (await http.patch(path + "none", json={})).status_code == 404


async def test_bulk_deletion_does_all_or_nothing(
    port: PortSandbox, http: httpx.AsyncClient
) -> None:
    needed = {"owner": {"target": "team", "required": True}}
    port.store.put_blueprint({**SERVICE, "relations": needed, "mirrorProperties": {}})
    await post(http, service(relations={"owner": "red"}))
    port.store.upsert("team", {"identifier": "blue"}, "test", Options())
    path = "/v1/blueprints/team/bulk/entities/delete"
    reply = await http.post(path, json={"entities": ["red", "blue"]})
    assert (reply.status_code, reply.json()["error"]) == (409, "has_dependents")
    assert {*port.entities["team"]} == {"red", "blue"}
    params = {"delete_dependents": "true"}
    await http.post(path, json={"entities": ["red", "blue"]}, params=params)
    assert port.entities == {"team": {}, "service": {}}
