"""The stand-in of Port computes aggregations as late and as seldom as Port."""

import pytest

from sandbox.port import PortSandbox, aggregation_limits
from sandbox.port.aggregation_limits import SECONDS, AggregationLimits
from sandbox.port.store import Options, Store
from tests.api import Clock

PARENT = {
    "identifier": "parent",
    "aggregationProperties": {
        "children": {
            "target": "child",
            "calculationSpec": {"calculationBy": "entities", "func": "count"},
        }
    },
    "calculationProperties": {
        "doubled": {"type": "number", "calculation": ".properties.children * 2"}
    },
}
CHILD = {"identifier": "child", "relations": {"parent": {"target": "parent"}}}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(clock: Clock) -> Store:
    store = Store(limits=AggregationLimits(clock))
    store.put_blueprint({"identifier": "parent"})
    store.put_blueprint(CHILD)
    store.put_blueprint(PARENT)
    store.upsert("parent", {"identifier": "p"}, "test", Options())
    add(store, "c1")
    return store


def add(store: Store, identifier: str) -> None:
    sent = {"identifier": identifier, "relations": {"parent": "p"}}
    store.upsert("child", sent, "test", Options())


def shown(store: Store) -> tuple[object, object]:
    properties = store.calculator.shown(store.entities["parent"]["p"])["properties"]
    return properties["children"], properties["doubled"]


def test_nothing_is_computed_before_fifteen_minutes_are_over(
    store: Store, clock: Clock
) -> None:
    clock.now += SECONDS - 1
    assert shown(store) == (None, None)
    clock.now += 1
    assert shown(store) == (1, 2)


def test_what_was_computed_stays_for_fifteen_minutes(
    store: Store, clock: Clock
) -> None:
    clock.now += SECONDS
    assert shown(store) == (1, 2)
    add(store, "c2")
    assert shown(store) == (1, 2)
    clock.now += SECONDS
    assert shown(store) == (2, 4)


def test_of_too_many_entities_nothing_is_computed(
    store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.now += SECONDS
    monkeypatch.setattr(aggregation_limits, "MOST_ENTITIES", 1)
    assert shown(store)[0] == 1
    add(store, "c2")
    clock.now += SECONDS
    assert shown(store)[0] is None


def test_the_stand_in_is_as_port_unless_it_is_switched_off() -> None:
    port = PortSandbox()
    assert port.store.limits is not None
    port.store.limits = None
    assert port.store.calculator.limits is None
