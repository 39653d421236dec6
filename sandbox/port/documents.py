"""Pages and scorecards: what Port would not accept in one, and how one is kept.

https://docs.port.io/api-reference/create-a-page/
https://docs.port.io/api-reference/create-a-scorecard/
"""

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.port.blueprints import CALCULATED
from sandbox.port.model import Item, Rejected, now
from sandbox.port.search import META, OPERATORS
from sandbox.port.validation import IDENTIFIER

LEVELS = ("Basic", "Bronze", "Silver", "Gold")
WIDGETS = {
    "dashboard-widget",
    "entities-number-chart",
    "entities-pie-chart",
    "table-entities-explorer",
    "markdown",
    "iframe-widget",
    "action-card-widget",
}
COLUMNS = 12

type Blueprints = Mapping[str, Item]


def keep(known: list[Item], sent: Item, complaints: Iterator[str]) -> Item:
    """Keep a new document; raise Rejected for one that is there, or is wrong."""
    identifier = sent["identifier"]
    if any(one["identifier"] == identifier for one in known):
        raise Rejected(409, "identifier_taken", f"there is {identifier!r} already")
    known.append(_accepted({**sent, "createdAt": now()}, complaints))
    return known[-1]


def change(known: list[Item], sent: Item, complaints: Iterator[str]) -> Item:
    """Replace a document; raise Rejected for one that is not there, or is wrong."""
    at = position(known, sent["identifier"])
    known[at] = _accepted(sent, complaints)
    return known[at]


def position(known: list[Item], identifier: str) -> int:
    """Return where a document is; raise Rejected for one that is not there."""
    for at, one in enumerate(known):
        if one["identifier"] == identifier:
            return at
    raise Rejected(404, "not_found", f"there is no {identifier!r}")


def _accepted(document: Item, complaints: Iterator[str]) -> Item:
    if found := "; ".join(complaints):
        raise Rejected(422, "invalid_request", found)
    return {**document, "updatedAt": now()}


def page_problems(page: Item, blueprints: Blueprints) -> Iterator[str]:
    """Yield each reason to refuse a page."""
    if not IDENTIFIER.fullmatch(page["identifier"]):
        yield f"identifier {page['identifier']!r} must match {IDENTIFIER.pattern}"
    for board in page.get("widgets", []):
        yield from _board_problems(board, blueprints)


def _board_problems(board: Item, blueprints: Blueprints) -> Iterator[str]:
    widgets = {widget["id"]: widget for widget in board.get("widgets", [])}
    placed: list[str] = []
    for row in board.get("layout", []):
        placed += [column["id"] for column in row["columns"]]
        if sum(column["size"] for column in row["columns"]) > COLUMNS:
            yield f"a row of {board['id']} has more than {COLUMNS} columns"
    if sorted(placed) != sorted(widgets):
        yield f"the layout of {board['id']} has {placed}, not its widgets"
    for widget in widgets.values():
        yield from _widget_problems(widget, blueprints)


def _widget_problems(widget: Item, blueprints: Blueprints) -> Iterator[str]:
    where = f"widget {widget['id']}"
    if widget["type"] not in WIDGETS:
        yield f"{where} has the type {widget['type']!r}"
    dataset = widget.get("dataset", [])
    rules = dataset["rules"] if isinstance(dataset, dict) else dataset
    named = [r["value"] for r in rules if r["property"] == "$blueprint"]
    if widget["type"].startswith(("entities-", "table-")) and len(named) != 1:
        yield f"{where} must name one blueprint"
    for name in named:
        if name not in blueprints:
            yield f"{where}: there is no blueprint {name!r}"
            continue
        yield from rule_problems(where, rules, blueprints[name])
        shown = widget.get("property", "").partition("property#")[2]
        config = widget.get("blueprintConfig", {}).get(name, {})
        yield from unknown(where, [shown, *_columns(config)], blueprints[name])


def _columns(config: Item) -> Iterator[str]:
    settings = config.get("propertiesSettings", {})
    for part in ("shown", "hidden", "order"):
        yield from settings.get(part, [])
    for rule in config.get("sortSettings", {}).get("sortBy", []):
        yield rule["property"]


def scorecard_problems(card: Item, blueprint: Item) -> Iterator[str]:
    """Yield each reason to refuse a scorecard of a blueprint."""
    levels = levels_of(card)
    if "filter" in card:
        yield from rule_problems("filter", card["filter"]["conditions"], blueprint)
    for rule in card["rules"]:
        if rule["level"] not in levels[1:]:
            yield f"rule {rule['identifier']} has the level {rule['level']!r}"
        conditions = rule["query"]["conditions"]
        yield from rule_problems(rule["identifier"], conditions, blueprint)


def levels_of(card: Item) -> list[str]:
    """Return the names of a scorecard's levels, the lowest first."""
    return [level["title"] for level in card.get("levels", [])] or [*LEVELS]


def rule_problems(where: str, rules: list[Item], blueprint: Item) -> Iterator[str]:
    """Yield what is wrong in rules over the entities of a blueprint."""
    for rule in rules:
        if rule["operator"] not in OPERATORS:
            yield f"{where}: there is no operator {rule['operator']!r}"
    yield from unknown(where, [rule["property"] for rule in rules], blueprint)


def unknown(where: str, names: list[Any], blueprint: Item) -> Iterator[str]:
    """Yield the names that a blueprint has neither a property nor a relation for."""
    kinds = (blueprint["schema"]["properties"], blueprint["relations"])
    calculated = (blueprint[kind] for kind in CALCULATED)
    there = {*META, *(name for part in (*kinds, *calculated) for name in part)}
    for name in dict.fromkeys(filter(None, names)):
        if name not in there:
            yield f"{where}: {blueprint['identifier']} has no {name!r}"
