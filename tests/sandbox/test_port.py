"""The stand-in of Port refuses and remembers what Port would."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from port_ocean.core.models import Entity
from port_ocean.core.utils.utils import resolve_entities_diff

from sandbox.port import PortSandbox
from sandbox.port.app import TOKEN

type Item = dict[str, Any]

TEAM = {"identifier": "team", "schema": {"properties": {}}, "relations": {}}
SERVICE = {
    "identifier": "service",
    "schema": {
        "properties": {
            "url": {"type": "string", "format": "url"},
            "tier": {"type": "string", "enum": ["gold", "silver"]},
            "since": {"type": "string", "format": "date-time"},
            "size": {"type": "number"},
            "tags": {"type": "array", "items": {"type": "string"}},
        },
        "required": [],
    },
    "relations": {
        "owner": {"target": "team", "many": False, "required": False},
        "users": {"target": "team", "many": True, "required": False},
        "parent": {"target": "service", "many": False, "required": False},
    },
}
HEADERS = {
    "Authorization": f"Bearer {TOKEN}",
    "User-Agent": "port-ocean/shop/0.1.0/mine/exporter",
}
CREATE = {"upsert": "true", "merge": "true", "create_missing_related_entities": "true"}


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
        transport=transport, base_url="http://port.test/v1", headers=HEADERS
    ) as client:
        yield client


def service(identifier: str = "cart", **parts: Any) -> Item:
    return {"identifier": identifier, "title": identifier.title(), **parts}


async def put(http: httpx.AsyncClient, *entities: Item, **params: str) -> Item:
    reply = await http.post(
        "blueprints/service/entities/bulk",
        json={"entities": entities},
        params={**CREATE, **params},
    )
    body: Item = reply.json()
    return body


async def test_a_request_without_the_token_is_refused(http: httpx.AsyncClient) -> None:
    reply = await http.get("organization", headers={"Authorization": "Bearer wrong"})
    assert reply.status_code == 401


async def test_an_unknown_route_is_remembered(
    port: PortSandbox, http: httpx.AsyncClient
) -> None:
    assert (await http.get("nonsense")).status_code == 404
    assert port.unknown_routes == ["GET /v1/nonsense"]


@pytest.mark.parametrize(
    ("entity", "complaint"),
    [
        (service("a b"), "identifier"),
        (service(properties={"colour": "red"}), "no such property"),
        (service(properties={"url": "not a url"}), "must be a url"),
        (service(properties={"tier": "iron"}), "must be one of"),
        (service(properties={"since": "yesterday"}), "must be a date-time"),
        (service(properties={"since": "2026-01-01T10:00:00"}), "must be a date-time"),
        (service(properties={"size": "10"}), "must be number"),
        (service(properties={"size": True}), "must be number"),
        (service(properties={"tags": [1]}), "tags[0] must be string"),
        (service(properties={"tags": "a"}), "must be array"),
        (service(relations={"owner": ["a"]}), "must be one"),
        (service(relations={"users": "a"}), "must be a list"),
        (service(relations={"boss": "a"}), "no such relation"),
        (service(title=5), "title must be string"),
    ],
)
async def test_an_entity_that_breaks_the_blueprint_is_refused_alone(
    port: PortSandbox, http: httpx.AsyncClient, entity: Item, complaint: str
) -> None:
    reply = await put(http, entity, service("fine"))
    assert [error["index"] for error in reply["errors"]] == [0]
    assert complaint in reply["errors"][0]["message"]
    assert list(port.entities["service"]) == ["fine"]


async def test_good_values_and_nulls_are_accepted(http: httpx.AsyncClient) -> None:
    properties = {
        "url": "https://x.test",
        "tier": None,
        "since": "2026-01-01T10:00:00.000+0000",
        "size": 1.5,
        "tags": [],
    }
    reply = await put(http, service(properties=properties, relations={"owner": None}))
    assert reply["errors"] == []


async def test_merging_keeps_what_is_not_mentioned(
    port: PortSandbox, http: httpx.AsyncClient
) -> None:
    await put(http, service(properties={"size": 1, "tier": "gold"}))
    await put(http, service(properties={"size": 2}))
    assert port.entities["service"]["cart"]["properties"] == {"size": 2, "tier": "gold"}
    await put(http, service(properties={"size": 3}), merge="false")
    assert port.entities["service"]["cart"]["properties"] == {"size": 3}


async def test_a_missing_related_entity_is_created_or_refused_as_asked(
    port: PortSandbox, http: httpx.AsyncClient
) -> None:
    entity = service(relations={"owner": "red", "users": ["blue"]})
    reply = await put(http, entity, create_missing_related_entities="false")
    assert reply["errors"][0]["error"] == "not_found"
    assert (await put(http, entity))["errors"] == []
    assert set(port.entities["team"]) == {"red", "blue"}


async def test_more_entities_than_a_bulk_holds_are_refused(
    http: httpx.AsyncClient,
) -> None:
    reply = await http.post(
        "blueprints/service/entities/bulk",
        json={"entities": [service(f"s{n}") for n in range(21)]},
    )
    assert reply.status_code == 413


async def test_the_framework_finds_an_unchanged_entity_unchanged(
    http: httpx.AsyncClient,
) -> None:
    body = service(
        properties={"size": 1, "url": None},
        relations={"owner": "red", "users": ["b", "a"], "parent": None},
    )
    await put(http, body)
    reply = await http.post(
        "entities/search",
        json={
            "combinator": "and",
            "rules": [
                {"property": "$identifier", "operator": "in", "value": ["cart"]},
                {"property": "$blueprint", "operator": "=", "value": "service"},
                {"property": "$datasource", "operator": "contains", "value": "/mine/"},
            ],
        },
        params={
            "include": [
                "blueprint",
                "identifier",
                "title",
                *(f"properties.{name}" for name in body["properties"]),
                *(f"relations.{name}" for name in body["relations"]),
            ]
        },
    )
    source = Entity.parse_obj({**body, "blueprint": "service"})

    async def at_port() -> AsyncIterator[list[Entity]]:
        yield [Entity.parse_obj(entity) for entity in reply.json()["entities"]]

    async def changed() -> AsyncIterator[list[Entity]]:
        yield [source.copy(update={"properties": {"size": 2, "url": None}})]

    assert await resolve_entities_diff([source], at_port()) == []  # type: ignore[arg-type]
    assert await resolve_entities_diff([source], changed()) == [source]  # type: ignore[arg-type]


async def test_the_entities_of_a_source_come_in_pages(http: httpx.AsyncClient) -> None:
    await put(http, *(service(f"s{n}") for n in range(5)))
    query = {"datasource_prefix": "port-ocean/shop/", "datasource_suffix": "/exporter"}
    found: list[str] = []
    body: Item = {**query, "limit": 2}
    while body is not None:
        reply = await http.post("blueprints/entities/datasource-entities", json=body)
        page = reply.json()
        found += [entity["identifier"] for entity in page["entities"]]
        body = {**body, "from": page["next"]} if page["next"] else None
    assert found == [f"s{n}" for n in range(5)]


async def test_deleting_removes_the_entity_and_what_leads_to_it(
    port: PortSandbox, http: httpx.AsyncClient
) -> None:
    await put(http, service("cart"), service("item", relations={"parent": "cart"}))
    reply = await http.post(
        "blueprints/service/bulk/entities/delete",
        json={"entities": ["cart", "unknown"]},
        params={"delete_dependents": "true"},
    )
    assert reply.json()["deletedEntities"] == ["cart"]
    assert port.entities["service"]["item"]["relations"]["parent"] is None


async def test_a_required_relation_takes_its_entity_along_only_if_told(
    port: PortSandbox, http: httpx.AsyncClient
) -> None:
    needed = {"target": "team", "many": False, "required": True}
    port.store.put_blueprint({**SERVICE, "relations": {"owner": needed}})
    await put(http, service(relations={"owner": "red"}))
    path, body = "blueprints/team/bulk/entities/delete", {"entities": ["red"]}
    refused = await http.post(path, json=body)
    assert (refused.status_code, list(port.entities["service"])) == (409, ["cart"])
    await http.post(path, json=body, params={"delete_dependents": "true"})
    assert port.entities["service"] == {}


async def test_a_search_identifier_finds_its_entity(
    port: PortSandbox, http: httpx.AsyncClient
) -> None:
    await put(http, service("cart", properties={"tier": "gold"}))
    rule = {"property": "tier", "operator": "=", "value": "gold"}
    query = {"combinator": "and", "rules": [rule]}
    await put(http, {"identifier": query, "properties": {"size": 7}})
    assert port.entities["service"]["cart"]["properties"]["size"] == 7


async def test_a_relation_to_no_blueprint_is_refused(http: httpx.AsyncClient) -> None:
    relation = {"target": "nowhere", "many": False}
    reply = await http.post(
        "blueprints", json={"identifier": "x", "relations": {"to": relation}}
    )
    assert (reply.status_code, reply.json()["error"]) == (404, "not_found")
