"""Evaluate Port's search rules over entities.

https://docs.port.io/search-and-query/structure-and-syntax
"""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.port.model import Item, Key, Rejected

type Reader = Callable[[Item, str], Any]
# Returns everything that hangs together with an entity.
type Related = Callable[[Key], Container[Key]]

META = {
    "$identifier": "identifier",
    "$blueprint": "blueprint",
    "$title": "title",
    "$icon": "icon",
    "$team": "team",
    "$datasource": "_datasource",
    "$createdAt": "createdAt",
    "$updatedAt": "updatedAt",
}
_DAYS_BACK = {
    "lastDay": 1,
    "lastWeek": 7,
    "last2Weeks": 14,
    "lastMonth": 30,
    "last3Months": 90,
    "last6Months": 180,
    "last12Months": 365,
}


def _contains(value: Any, wanted: Any) -> bool:
    return wanted in value if isinstance(value, str | list) else False


def _contains_any(value: Any, wanted: Any) -> bool:
    return isinstance(value, list) and any(each in value for each in wanted)


def _begins(value: Any, wanted: Any) -> bool:
    return isinstance(value, str) and value.startswith(wanted)


def _ends(value: Any, wanted: Any) -> bool:
    return isinstance(value, str) and value.endswith(wanted)


def _comparable(value: Any) -> Any:
    """Return dates as dates: the same moment is written in several ways."""
    try:
        return datetime.fromisoformat(value).astimezone(UTC)
    except (TypeError, ValueError):
        return value


def _in_order(low: Any, high: Any, *, strictly: bool = False) -> bool:
    low, high = _comparable(low), _comparable(high)
    try:
        return bool(low < high if strictly else low <= high)
    except TypeError:
        return False


def _between(value: Any, wanted: Item) -> bool:
    if "preset" not in wanted:
        return _in_order(wanted["from"], value) and _in_order(value, wanted["to"])
    if wanted["preset"] not in _DAYS_BACK:
        raise Rejected(422, "invalid_request", f"no such preset: {wanted['preset']}")
    start = datetime.now(UTC) - timedelta(days=_DAYS_BACK[wanted["preset"]])
    return _in_order(start.isoformat(), value)


OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda value, wanted: value == wanted,
    "!=": lambda value, wanted: value != wanted,
    "in": lambda value, wanted: value in wanted,
    "notIn": lambda value, wanted: value not in wanted,
    "contains": _contains,
    "doesNotContains": lambda value, wanted: not _contains(value, wanted),
    "containsAny": _contains_any,
    "beginsWith": _begins,
    "doesNotBeginsWith": lambda value, wanted: not _begins(value, wanted),
    "endsWith": _ends,
    "doesNotEndsWith": lambda value, wanted: not _ends(value, wanted),
    "isEmpty": lambda value, wanted: value in (None, "", []),
    "isNotEmpty": lambda value, wanted: value not in (None, "", []),
    "<": lambda value, wanted: _in_order(value, wanted, strictly=True),
    "<=": _in_order,
    ">": lambda value, wanted: _in_order(wanted, value, strictly=True),
    ">=": lambda value, wanted: _in_order(wanted, value),
    "between": _between,
    "notBetween": lambda value, wanted: not _between(value, wanted),
}


def matches(
    entity: Item, rule: Item, read: Reader, related: Related | None = None
) -> bool:
    """Tell whether an entity fits a rule or a combination of rules."""
    if "combinator" in rule:
        results = (matches(entity, part, read, related) for part in rule["rules"])
        return all(results) if rule["combinator"] == "and" else any(results)
    if rule.get("operator") == "relatedTo" and related is not None:
        key = (entity["blueprint"], entity["identifier"])
        value = rule["value"]
        wanted = value if isinstance(value, list) else [value]
        return any(key in related((rule["blueprint"], name)) for name in wanted)
    operator = OPERATORS.get(rule.get("operator", ""))
    if operator is None or not ("relation" in rule or "property" in rule):
        raise Rejected(422, "invalid_request", f"the stand-in can't do {rule}")
    if "relation" in rule:
        value = entity["relations"].get(rule["relation"])
    else:
        value = read(entity, rule["property"])
    return operator(value, rule.get("value"))


def candidates(
    entities: Mapping[str, Mapping[str, Item]], query: Item
) -> Iterator[Item]:
    """Yield what can match, through the index where the query names identifiers."""
    keys = _keys(query, entities)
    if keys is not None:
        for blueprint, identifier in dict.fromkeys(keys):
            found = entities.get(blueprint, {}).get(identifier)
            if found is not None:
                yield found
        return
    blueprints = _named(query, "$blueprint")
    for blueprint in entities if blueprints is None else blueprints:
        yield from list(entities.get(blueprint, {}).values())


def _keys(query: Item, blueprints: Iterable[str]) -> list[Key] | None:
    """Return the only entities that can match, None if it may be any."""
    parts = [_keys(rule, blueprints) for rule in query.get("rules", ())]
    if query.get("combinator") == "or":
        if any(part is None for part in parts):
            return None
        return [key for part in parts for key in part or ()]
    identifiers = _named(query, "$identifier")
    if identifiers is not None:
        named = _named(query, "$blueprint")
        within = blueprints if named is None else named
        return [(name, identifier) for name in within for identifier in identifiers]
    return next((part for part in parts if part is not None), None)


def _named(query: Item, name: str) -> list[str] | None:
    """Return the values that the query demands of a property, None for any."""
    if query.get("combinator") == "or":
        return None
    for rule in query.get("rules", ()):
        if rule.get("property") == name and rule["operator"] == "=":
            return [rule["value"]]
        if rule.get("property") == name and rule["operator"] == "in":
            return list(rule["value"])
    return None
