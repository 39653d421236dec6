"""The stand-in of Port computes mirrored, aggregated and calculated properties."""

from typing import Any

import pytest

from sandbox.port.store import Options, Store

type Item = dict[str, Any]

NUMBER = {"type": "number"}
NEEDED = ["t1", "t2"]
COUNT = {"calculationSpec": {"calculationBy": "entities", "func": "count"}}
DONE = {"property": "done", "operator": "=", "value": True}
DIRECTLY = {"path": ["project", "area"], "fromBlueprint": "task"}
AGGREGATIONS: Item = {
    "tasks": COUNT,
    "done": {**COUNT, "query": {"combinator": "and", "rules": [DONE]}},
    "direct": {**COUNT, "pathFilter": [DIRECTLY]},
}
for func in ("sum", "min", "max", "average", "median"):
    how = {"calculationBy": "property", "func": func, "property": "points"}
    AGGREGATIONS[func] = {"calculationSpec": how}
BLUEPRINTS: list[Item] = [
    {
        "identifier": "area",
        "aggregationProperties": {
            name: {"target": "task", **spec} for name, spec in AGGREGATIONS.items()
        },
    },
    {
        "identifier": "project",
        "schema": {"properties": {"points": NUMBER}},
        "relations": {"area": {"target": "area"}},
        "calculationProperties": {
            "link": {"type": "string", "calculation": "'https://x.test/' + .identifier"}
        },
    },
    {
        "identifier": "task",
        "schema": {"properties": {"points": NUMBER, "done": {"type": "boolean"}}},
        "relations": {
            "project": {"target": "project"},
            "needs": {"target": "task", "many": True},
        },
    },
]
MIRRORS: Item = {
    "mirrorProperties": {
        "projectTitle": {"path": "project.$title"},
        "areaTitle": {"path": "project.area.$title"},
        "projectLink": {"path": "project.link"},
        "needed": {"path": "needs.$title"},
        "neededPoints": {"path": "needs.points"},
        "circle": {"path": "needs.circle"},
    },
    "calculationProperties": {
        "double": {"type": "number", "calculation": ".properties.points * 2"},
        "label": {"type": "string", "calculation": '.properties.areaTitle + "/it\'s"'},
        "broken": {"type": "number", "calculation": ".title | tonumber"},
        "nothing": {"type": "number", "calculation": "empty"},
    },
}


@pytest.fixture
def store() -> Store:
    store = Store()
    # What leads from one blueprint to the other needs both: first the bare ones.
    for blueprint in BLUEPRINTS:
        store.put_blueprint({"identifier": blueprint["identifier"]})
    for blueprint in (*BLUEPRINTS, {**BLUEPRINTS[-1], **MIRRORS}):
        store.put_blueprint(blueprint)
    put(store, "area", "shop")
    put(store, "project", "web", relations={"area": "shop"})
    for identifier, points, needs in (("t1", 1, []), ("t2", 2, []), ("t3", 6, NEEDED)):
        properties = {"points": points, "done": points > 1}
        relations = {"project": "web", "needs": needs}
        put(store, "task", identifier, properties=properties, relations=relations)
    put(store, "task", "lonely")
    return store


def put(store: Store, blueprint: str, identifier: str, **parts: Item) -> None:
    sent = {"identifier": identifier, "title": identifier.upper(), **parts}
    store.upsert(blueprint, sent, "test", Options(merge=True))


def shown(store: Store, blueprint: str, identifier: str) -> Item:
    entity = store.calculator.shown(store.get(blueprint, identifier))
    properties: Item = entity["properties"]
    return properties


def test_a_mirror_follows_relations(store: Store) -> None:
    task = shown(store, "task", "t3")
    assert (task["projectTitle"], task["areaTitle"]) == ("WEB", "SHOP")
    assert task["projectLink"] == "https://x.test/web"


def test_a_mirror_through_many_relations_is_a_list(store: Store) -> None:
    task = shown(store, "task", "t3")
    assert (task["needed"], task["neededPoints"]) == (["T1", "T2"], [1, 2])
    assert shown(store, "task", "t1")["needed"] == []


def test_a_mirror_that_leads_to_nothing_is_null(store: Store) -> None:
    assert shown(store, "task", "lonely")["areaTitle"] is None


def test_mirrors_in_a_circle_end(store: Store) -> None:
    put(store, "task", "lonely", relations={"needs": ["lonely"]})
    assert shown(store, "task", "lonely")["circle"] == []


def test_an_aggregation_counts_all_that_is_related(store: Store) -> None:
    area = shown(store, "area", "shop")
    assert (area["tasks"], area["done"], area["direct"]) == (3, 2, 3)


def test_a_path_leaves_out_what_is_related_otherwise(store: Store) -> None:
    put(store, "task", "t4", relations={"needs": ["t1"]})
    area = shown(store, "area", "shop")
    assert (area["tasks"], area["direct"]) == (4, 3)


def test_numbers_of_related_entities_are_aggregated(store: Store) -> None:
    area = shown(store, "area", "shop")
    found = [area[func] for func in ("sum", "min", "max", "average", "median")]
    assert found == [9, 1, 6, 3, 2]


def test_an_aggregation_of_no_numbers_is_null(store: Store) -> None:
    put(store, "area", "empty")
    area = shown(store, "area", "empty")
    assert (area["tasks"], area["sum"]) == (0, None)


def test_a_deleted_entity_no_longer_counts(store: Store) -> None:
    store.delete("task", "t3", dependents=False)
    assert shown(store, "area", "shop")["tasks"] == 2


def test_a_calculation_reads_stored_and_mirrored_properties(store: Store) -> None:
    task = shown(store, "task", "t3")
    assert (task["double"], task["label"]) == (12, "SHOP/it's")


def test_a_calculation_that_fails_is_null(store: Store) -> None:
    task = shown(store, "task", "t3")
    assert (task["broken"], task["nothing"]) == (None, None)


def test_computed_properties_can_be_searched_and_are_not_stored(store: Store) -> None:
    rule = {"property": "areaTitle", "operator": "=", "value": "SHOP"}
    found = store.search({"combinator": "and", "rules": [rule]}, "task")
    assert [task["identifier"] for task in found] == ["t1", "t2", "t3"]
    assert "areaTitle" not in store.entities["task"]["t1"]["properties"]
