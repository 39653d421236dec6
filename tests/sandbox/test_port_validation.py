"""The stand-in of Port refuses the entities and blueprints that Port would."""

import pytest

from sandbox.port.model import Rejected
from sandbox.port.store import Store
from tests.sandbox.port_shop import SERVICE, Item, put


@pytest.mark.parametrize(
    ("parts", "complaint"),
    [
        ({"identifier": "a b"}, "identifier"),
        ({"identifier": 5}, "identifier must be string"),
        ({"identifier": ""}, "identifier"),
        ({"title": 5}, "title must be string"),
        ({"team": [1]}, "team must be"),
        ({"properties": {"colour": "red"}}, "no such property"),
        ({"properties": {"url": "not a url"}}, "must be a url"),
        ({"properties": {"mail": "me at home"}}, "must be a email"),
        ({"properties": {"tier": "iron"}}, "must be one of"),
        ({"properties": {"since": "yesterday"}}, "must be a date-time"),
        ({"properties": {"since": "2026-01-01"}}, "must be a date-time"),
        ({"properties": {"since": "2026-01-01T10:00:00"}}, "must be a date-time"),
        ({"properties": {"since": "2026-13-01T10:00:00Z"}}, "must be a date-time"),
        ({"properties": {"size": "10"}}, "must be number"),
        ({"properties": {"size": True}}, "must be number"),
        ({"properties": {"size": -1}}, "within minimum"),
        ({"properties": {"live": "yes"}}, "must be boolean"),
        ({"properties": {"tags": [1]}}, "tags[0] must be string"),
        ({"properties": {"tags": "a"}}, "must be array"),
        ({"properties": {"tags": ["a", "b", "c"]}}, "within maxItems"),
        ({"properties": {"extra": []}}, "must be object"),
        ({"relations": {"owner": ["a"]}}, "must be one"),
        ({"relations": {"users": "a"}}, "must be a list"),
        ({"relations": {"boss": "a"}}, "no such relation"),
        ({"relations": {"owner": "no team"}}, "related team"),
    ],
)
def test_what_breaks_the_blueprint_is_refused(
    store: Store, parts: Item, complaint: str
) -> None:
    with pytest.raises(Rejected) as refusal:
        put(store, **parts)
    assert complaint in str(refusal.value)
    assert refusal.value.status == 422
    assert len(store.errors) == 1
    assert store.entities == {"team": {}, "service": {}}


@pytest.mark.parametrize(
    "since",
    [
        "2026-01-01T10:00:00Z",
        "2026-01-01T10:00:00.000+0000",
        "2026-01-01T10:00:00.1234567+02:00",
    ],
)
def test_dates_of_both_vendors_are_accepted(store: Store, since: str) -> None:
    assert put(store, properties={"since": since})["properties"]["since"] == since


@pytest.mark.parametrize(
    ("changes", "status", "complaint"),
    [
        ({"identifier": "a b"}, 422, "identifier"),
        (
            {"relations": {"to": {"target": "nowhere"}}, "mirrorProperties": {}},
            404,
            "'nowhere'",
        ),
        ({"schema": {"properties": {"a": {"type": "text"}}}}, 422, "needs a type"),
        ({"schema": {"properties": {"a": {}}}}, 422, "needs a type"),
        ({"schema": {"required": ["a"]}}, 422, "no property 'a'"),
        ({"mirrorProperties": {"m": {"path": "owner.none"}}}, 422, "leads nowhere"),
        ({"mirrorProperties": {"m": {"path": "none.$title"}}}, 422, "leads nowhere"),
        ({"mirrorProperties": {"m": {"path": "$title"}}}, 422, "leads nowhere"),
        ({"mirrorProperties": {"size": {"path": "owner.$title"}}}, 422, "this name"),
        ({"calculationProperties": {"c": {"type": "string"}}}, 422, "calculation"),
        ({"aggregationProperties": {"a": {"target": "team"}}}, 422, "needs func"),
        (
            {
                "schema": {
                    "properties": {
                        "a": {
                            "type": "string",
                            "enum": ["x"],
                            "enumColors": {"y": "red"},
                        }
                    }
                }
            },
            422,
            "'y' is not in the enum",
        ),
    ],
)
def test_a_blueprint_that_makes_no_sense_is_refused(
    store: Store, changes: Item, status: int, complaint: str
) -> None:
    with pytest.raises(Rejected) as refusal:
        store.put_blueprint({**SERVICE, **changes})
    assert complaint in str(refusal.value)
    assert refusal.value.status == status
