"""The stand-in of Port merges, relates and deletes as Port does."""

import pytest

from sandbox.port.model import Rejected
from sandbox.port.store import Options, Store
from tests.sandbox.port_shop import MERGE, REPLACE, SERVICE, SOURCE, Item, put


def test_null_clears_a_property_and_a_relation(store: Store) -> None:
    put(store, properties={"size": 1}, relations={"owner": "red"})
    entity = put(store, properties={"size": None}, relations={"owner": None})
    assert entity["properties"]["size"] is None
    assert entity["relations"] == {"owner": None}
    assert store.links.sources(("team", "red")) == []


def test_a_required_property_must_not_be_null(store: Store) -> None:
    schema: Item = {**SERVICE["schema"], "required": ["tier"]}  # type: ignore[dict-item]
    store.put_blueprint({**SERVICE, "schema": schema})
    put(store, properties={"tier": "gold"})
    with pytest.raises(Rejected, match="tier is required"):
        put(store, properties={"tier": None})
    with pytest.raises(Rejected, match="tier is required"):
        put(store, "item")


def test_a_new_entity_gets_defaults(store: Store) -> None:
    assert put(store)["properties"] == {"live": False}
    assert put(store, "item", properties={"live": None})["properties"]["live"] is None


def test_merging_keeps_what_is_not_mentioned(store: Store) -> None:
    put(store, title="Cart", properties={"size": 1}, relations={"owner": "red"})
    entity = put(store, properties={"tier": "gold"})
    assert entity["properties"] == {"live": False, "size": 1, "tier": "gold"}
    assert (entity["title"], entity["relations"]) == ("Cart", {"owner": "red"})


def test_replacing_forgets_what_is_not_mentioned(store: Store) -> None:
    put(store, title="Cart", properties={"size": 1}, relations={"owner": "red"})
    entity = put(store, properties={"tier": "gold"}, options=REPLACE)
    assert entity["properties"] == {"tier": "gold"}
    assert (entity["title"], entity["relations"]) == (None, {})
    assert store.links.sources(("team", "red")) == []


def test_a_single_team_is_a_list_of_one(store: Store) -> None:
    assert put(store, team="red")["team"] == ["red"]


def test_only_a_change_moves_the_date(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    moments = iter(["1", "2", "3"])
    monkeypatch.setattr("sandbox.port.store.now", lambda: next(moments))
    dates = [
        (entity["createdAt"], entity["updatedAt"])
        for entity in (put(store, title=title) for title in ("a", "a", "b"))
    ]
    assert dates == [("1", "1"), ("1", "1"), ("1", "3")]
    assert (store.upserts, store.changes) == (3, 2)


def test_a_missing_related_entity_is_created_with_a_name_only(store: Store) -> None:
    put(store, relations={"owner": "red", "users": ["blue", "red"]})
    assert list(store.entities["team"]) == ["red", "blue"]
    assert store.entities["team"]["blue"]["title"] is None
    assert store.entities["team"]["blue"]["_datasource"] == SOURCE
    assert store.upserts == 1


def test_an_entity_may_refer_to_itself(store: Store) -> None:
    put(store, relations={"parent": "cart"}, options=Options())
    store.delete("service", "cart", dependents=False)
    assert store.entities["service"] == {}


def test_an_unmet_relation_is_forgotten_once_it_is_met(store: Store) -> None:
    with pytest.raises(Rejected, match="team 'red'") as refusal:
        put(store, relations={"owner": "red"}, options=Options())
    assert (refusal.value.status, list(store.unmet)) == (404, ["service cart"])
    store.upsert("team", {"identifier": "red"}, SOURCE, Options())
    put(store, relations={"owner": "red"}, options=Options())
    assert (store.unmet, store.errors) == ({}, [])


def test_validation_alone_saves_nothing(store: Store) -> None:
    check = Options(create_missing=True, validation_only=True)
    put(store, relations={"owner": "red"}, options=check)
    assert store.entities == {"team": {}, "service": {}}
    assert store.upserts == 0
    with pytest.raises(Rejected):
        put(store, title=5, options=check)


def test_a_search_identifier_finds_its_entity(store: Store) -> None:
    put(store, properties={"tier": "gold"})
    rule = {"property": "tier", "operator": "=", "value": "gold"}
    put(store, {"combinator": "and", "rules": [rule]}, properties={"size": 7})
    assert store.entities["service"]["cart"]["properties"]["size"] == 7


def test_a_search_relation_is_resolved_in_its_target(store: Store) -> None:
    for name in ("red", "blue"):
        store.upsert("team", {"identifier": name, "title": "T"}, SOURCE, MERGE)
    put(store, "T", title="T")
    rule = {"property": "$title", "operator": "=", "value": "T"}
    query = {"combinator": "and", "rules": [rule]}
    nothing = {"combinator": "and", "rules": [{**rule, "value": "none"}]}
    relations = {"owner": query, "users": query, "parent": nothing}
    assert put(store, relations=relations)["relations"] == {
        "owner": "red",
        "users": ["red", "blue"],
        "parent": None,
    }


def test_teams_can_be_searched_for(store: Store) -> None:
    store.put_blueprint({"identifier": "_team"})
    store.upsert("_team", {"identifier": "red", "title": "Red"}, SOURCE, MERGE)
    rule = {"property": "$title", "operator": "=", "value": "Red"}
    query = {"combinator": "and", "rules": [rule]}
    assert put(store, team=query)["team"] == ["red"]


def test_deleting_clears_the_relations_that_lead_there(store: Store) -> None:
    put(store, relations={"owner": "red", "users": ["blue", "red"]})
    store.delete("team", "red", dependents=False)
    relations = store.entities["service"]["cart"]["relations"]
    assert relations == {"owner": None, "users": ["blue"]}


def _require_owner(store: Store) -> None:
    relations: Item = SERVICE["relations"]  # type: ignore[assignment]
    needed = {**relations, "owner": {"target": "team", "required": True}}
    store.put_blueprint({**SERVICE, "relations": needed})


def test_a_required_relation_takes_its_entity_along_only_if_asked(store: Store) -> None:
    _require_owner(store)
    put(store, "cart", relations={"owner": "red"})
    put(store, "item", relations={"owner": "blue", "parent": "cart", "users": ["red"]})
    with pytest.raises(Rejected) as refusal:
        store.delete("team", "red", dependents=False)
    assert (refusal.value.status, len(store.entities["service"])) == (409, 2)
    gone = store.delete("team", "red", dependents=True)
    assert gone == [("team", "red"), ("service", "cart")]
    left = store.entities["service"]["item"]["relations"]
    assert left == {"owner": "blue", "parent": None, "users": []}
    assert store.deletes == 2


@pytest.mark.parametrize("relations", [{}, {"owner": None}])
def test_a_required_relation_must_be_there(store: Store, relations: Item) -> None:
    _require_owner(store)
    with pytest.raises(Rejected, match="owner is required"):
        put(store, relations=relations)


def test_an_entity_loses_what_its_blueprint_loses(store: Store) -> None:
    put(store, properties={"size": 1, "tier": "gold"}, relations={"owner": "red"})
    schema = {"properties": {"tier": {"type": "string"}}}
    store.put_blueprint({"identifier": "service", "schema": schema})
    assert put(store)["properties"] == {"tier": "gold"}
    assert store.links.sources(("team", "red")) == []


def test_a_blueprint_with_entities_is_not_deleted(store: Store) -> None:
    put(store)
    with pytest.raises(Rejected):
        store.delete_blueprint("service")
    store.delete_all("service")
    store.delete_blueprint("service")
    assert "service" not in store.blueprints
