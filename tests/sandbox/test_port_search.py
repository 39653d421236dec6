"""The stand-in of Port finds what Port's search rules say, and finds it fast."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.port.model import Rejected
from sandbox.port.search import candidates
from sandbox.port.store import Options, Store

type Item = dict[str, Any]

YESTERDAY = (datetime.now(UTC) - timedelta(days=1)).isoformat()
CART = {
    "name": "cart-api",
    "size": 10,
    "live": True,
    "tags": ["go", "web"],
    "since": "2026-01-01T10:00:00.000+0100",
    "seen": YESTERDAY,
}


@pytest.fixture
def store() -> Store:
    store = Store()
    types = {"size": "number", "live": "boolean", "tags": "array"}
    names = (*CART, "none")
    properties = {name: {"type": types.get(name, "string")} for name in names}
    relations = {"parent": {"target": "service"}}
    for blueprint in ("service", "team"):
        store.put_blueprint(
            {
                "identifier": blueprint,
                "schema": {"properties": properties},
                "relations": relations if blueprint == "service" else {},
            }
        )
    source = "port-ocean/shop/0.1.0/mine/exporter"
    for blueprint, identifier, parts in (
        ("service", "root", {}),
        ("service", "cart", {"properties": CART, "relations": {"parent": "root"}}),
        ("team", "cart", {"title": "Cart"}),
    ):
        sent = {"identifier": identifier, **parts}
        store.upsert(blueprint, sent, source, Options())
    return store


def rule(name: str, operator: str, value: Any = None) -> Item:
    return {"property": name, "operator": operator, "value": value}


def every(*rules: Item) -> Item:
    return {"combinator": "and", "rules": list(rules)}


def some(*rules: Item) -> Item:
    return {"combinator": "or", "rules": list(rules)}


@pytest.mark.parametrize(
    ("name", "operator", "value", "found"),
    [
        ("name", "=", "cart-api", True),
        ("name", "=", "cart", False),
        ("live", "=", True, True),
        ("name", "!=", "other", True),
        ("none", "!=", "other", True),
        ("name", "in", ["a", "cart-api"], True),
        ("name", "notIn", ["a", "cart-api"], False),
        ("none", "notIn", ["a"], True),
        ("name", "contains", "t-a", True),
        ("tags", "contains", "go", True),
        ("none", "contains", "go", False),
        ("none", "doesNotContains", "go", True),
        ("tags", "containsAny", ["rust", "go"], True),
        ("tags", "containsAny", ["rust"], False),
        ("name", "beginsWith", "cart", True),
        ("none", "beginsWith", "N", False),
        ("name", "doesNotBeginsWith", "cart", False),
        ("name", "endsWith", "api", True),
        ("name", "doesNotEndsWith", "api", False),
        ("none", "isEmpty", None, True),
        ("tags", "isNotEmpty", None, True),
        ("size", ">", 9, True),
        ("size", ">", 10, False),
        ("size", ">=", 10, True),
        ("size", "<", 10, False),
        ("size", "<=", 10, True),
        ("none", "<", 10, False),
        ("none", ">", 10, False),
        ("size", ">", "9", False),
        # Ten o'clock in a zone one hour ahead is nine.
        ("since", ">", "2026-01-01T09:30:00Z", False),
        ("since", ">=", "2026-01-01T09:00:00Z", True),
        ("seen", "between", {"preset": "lastWeek"}, True),
        ("since", "between", {"preset": "lastDay"}, False),
        ("seen", "notBetween", {"preset": "lastWeek"}, False),
        ("since", "between", {"from": "2025-12-31T00Z", "to": "2026-01-02T00Z"}, True),
        ("$identifier", "=", "cart", True),
        ("$blueprint", "=", "team", False),
        ("$title", "isEmpty", None, True),
        ("$datasource", "contains", "/mine/exporter", True),
        ("$updatedAt", "<", "2000-01-01T00:00:00Z", False),
    ],
)
def test_a_comparison_holds_or_not(
    store: Store, name: str, operator: str, value: Any, found: bool
) -> None:
    query = every(rule("size", "=", 10), rule(name, operator, value))
    assert [e["identifier"] for e in store.search(query)] == ["cart"] * found


def test_a_relation_can_be_compared(store: Store) -> None:
    query = every({"relation": "parent", "operator": "=", "value": "root"})
    assert [e["identifier"] for e in store.search(query)] == ["cart"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (every(), ["service/root", "service/cart", "team/cart"]),
        (some(), []),
        (every(some()), []),
        (some(rule("size", "=", 10), rule("$title", "=", "Cart")), ["cart", "cart"]),
        (every(some(every(rule("size", "=", 10))), rule("live", "=", True)), ["cart"]),
        (
            every(rule("$identifier", "=", "cart"), rule("$blueprint", "=", "team")),
            ["team/cart"],
        ),
        (
            every(some(rule("$identifier", "=", "root"), rule("size", "=", 10))),
            ["root", "cart"],
        ),
    ],
)
def test_combinations_nest(store: Store, query: Item, found: list[str]) -> None:
    shown = [f"{e['blueprint']}/{e['identifier']}" for e in store.search(query)]
    assert len(shown) == len(found)
    assert all(one.endswith(end) for one, end in zip(shown, found, strict=True))


@pytest.mark.parametrize(
    "broken",
    [
        rule("name", "isLike", "x"),
        rule("seen", "between", {"preset": "nextWeek"}),
    ],
)
def test_a_rule_that_is_not_supported_is_refused(store: Store, broken: Item) -> None:
    with pytest.raises(Rejected) as refusal:
        store.search(every(broken))
    assert refusal.value.status == 422


def test_what_hangs_together_is_found_from_both_ends(store: Store) -> None:
    for start, found in (("root", "cart"), ("cart", "root")):
        rule = {"operator": "relatedTo", "blueprint": "service", "value": start}
        assert [e["identifier"] for e in store.search(every(rule))] == [found]


class Unscannable(dict[str, Item]):
    """Entities that can be looked up and not gone through."""

    def values(self) -> Any:
        raise AssertionError("all entities were gone through")

    def __iter__(self) -> Iterator[str]:
        raise AssertionError("all entities were gone through")


def pair(blueprint: str, identifier: str) -> Item:
    named = rule("$identifier", "=", identifier)
    return every(named, rule("$blueprint", "=", blueprint))


@pytest.mark.parametrize(
    ("query", "count"),
    [
        (every(rule("$identifier", "in", ["cart", "x"]), rule("$title", "=", "")), 2),
        (
            every(
                rule("$identifier", "in", ["cart", "root"]),
                rule("$blueprint", "=", "service"),
                rule("$datasource", "contains", "/mine/"),
            ),
            2,
        ),
        (every(some(pair("service", "cart"), pair("team", "cart"))), 2),
        (some(pair("service", "cart"), pair("service", "cart")), 1),
        (every(some()), 0),
    ],
)
def test_named_entities_are_found(store: Store, query: Item, count: int) -> None:
    guarded = {name: Unscannable(all_) for name, all_ in store.entities.items()}
    assert len(list(candidates(guarded, query))) == count


def test_a_named_blueprint_is_the_only_one_gone_through(store: Store) -> None:
    guarded = {"service": Unscannable(), "team": store.entities["team"]}
    query = every(rule("$blueprint", "=", "team"), rule("$title", "=", "Cart"))
    assert [e["identifier"] for e in candidates(guarded, query)] == ["cart"]
