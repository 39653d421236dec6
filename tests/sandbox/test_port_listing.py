"""The stand-in of Port shows entities as the framework expects."""

from collections.abc import AsyncIterator

import httpx
import pytest
from port_ocean.core.models import Entity
from port_ocean.core.utils.utils import resolve_entities_diff

from sandbox.port import PortSandbox
from tests.sandbox.port_shop import Item, post, service

OF_SOURCE = "/v1/blueprints/entities/datasource-entities"
MINE = {"datasource_prefix": "port-ocean/shop/", "datasource_suffix": "/mine/exporter"}


async def test_the_framework_finds_an_unchanged_entity_unchanged(
    http: httpx.AsyncClient,
) -> None:
    body = service(
        properties={"size": 1.5, "url": None, "tags": ["b", "a"], "extra": {"k": [1]}},
        relations={"owner": "red", "users": ["b", "a"], "parent": None},
        team=["red"],
    )
    await post(http, body)
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
    await post(http, service(properties={"size": 1}, relations={"owner": "red"}))
    rule = {"property": "$blueprint", "operator": "=", "value": "service"}
    query = {"combinator": "and", "rules": [rule]}
    include = {"include": ["identifier", "properties.size", "properties.url"]}
    reply = await http.post("/v1/entities/search", json=query, params=include)
    shown = {"identifier": "cart", "properties": {"size": 1, "url": None}}
    assert reply.json()["entities"] == [shown]


async def test_the_entities_of_a_source_come_in_pages(http: httpx.AsyncClient) -> None:
    await post(http, *(service(f"s{n}") for n in range(5)))
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
    await post(http, *(service(f"s{n}") for n in range(4)))
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
    await post(http, service())
    reply = await http.post(OF_SOURCE, json={**MINE, **changes})
    assert len(reply.json()["entities"]) == count


async def test_the_entities_of_one_blueprint_are_searched_in_pages(
    http: httpx.AsyncClient,
) -> None:
    await post(http, *(service(f"s{n}", properties={"size": n}) for n in range(4)))
    rule = {"property": "size", "operator": ">", "value": 0}
    body: Item = {"query": {"combinator": "and", "rules": [rule]}, "limit": 2}
    path = "/v1/blueprints/service/entities/search"
    first = (await http.post(path, json=body)).json()
    last = (await http.post(path, json={**body, "from": first["next"]})).json()
    found = [e["identifier"] for e in first["entities"] + last["entities"]]
    assert (found, last["next"]) == (["s1", "s2", "s3"], None)


async def test_a_reply_shows_computed_properties_and_nothing_internal(
    port: PortSandbox, http: httpx.AsyncClient
) -> None:
    await post(http, service(relations={"owner": "red"}))
    port.entities["team"]["red"]["title"] = "Red"
    reply = await http.get("/v1/blueprints/service/entities/cart")
    entity = reply.json()["entity"]
    assert entity["properties"] == {"live": False, "ownerTitle": "Red"}
    assert not [name for name in entity if name.startswith("_")]
