"""What this version's blueprints, pages and scorecards have and Port's lack (pure).

Only what is missing is added. What is there in another form may be what people want, so
it is named and stays.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

type Item = dict[str, Any]

# Where a blueprint has what, and what one of these is called.
PARTS = {
    "schema": "property",
    "relations": "relation",
    "mirrorProperties": "mirror property",
    "calculationProperties": "calculation",
    "aggregationProperties": "aggregation",
}


@dataclass
class Change:
    """What is to be written: `document` is what the object will be as a whole."""

    kind: str
    identifier: str
    document: Item
    is_new: bool = False
    # A scorecard's blueprint.
    owner: str = ""
    added: list[str] = field(default_factory=list)
    # What stays, and why.
    stays: list[str] = field(default_factory=list)

    @property
    def is_needed(self) -> bool:
        """Return whether there is anything to write."""
        return self.is_new or bool(self.added)

    def lines(self) -> Iterator[str]:
        """Yield what to tell people."""
        of_owner = f" of {self.owner}" if self.owner else ""
        name = f"{self.kind} {self.identifier}{of_owner}"
        if self.is_new:
            yield f"+ {name}: is created"
        elif self.added or self.stays:
            yield f"  {name}:"
        yield from (f"    + {what}" for what in self.added)
        yield from (f"    = {what}" for what in self.stays)


def blueprint_change(ours: Item, theirs: Item | None) -> Change:
    """Return a blueprint with the properties and relations that it lacks."""
    change = Change("blueprint", ours["identifier"], ours, is_new=theirs is None)
    if theirs is None:
        return change
    change.document = dict(theirs)
    known = {name: word for part, word in PARTS.items() for name in _of(theirs, part)}
    for part, word in PARTS.items():
        merged = dict(_of(theirs, part))
        for name, wanted in _of(ours, part).items():
            if name not in known:
                merged[name] = wanted
                change.added.append(f"{word} {name}")
            elif known[name] != word:
                change.stays.append(
                    f"{name} is a {known[name]} in Port, and a {word} here: delete it"
                    " in Port and repeat this, or keep it without"
                )
            elif not fits(wanted, merged[name]):
                change.stays.append(f"{word} {name} is another one, and stays as it is")
        change.document[part] = _as(part, theirs, merged)
    return change


def _of(blueprint: Item, part: str) -> Item:
    found = blueprint.get(part) or {}
    inner = found.get("properties") if part == "schema" else found
    return inner or {}


def _as(part: str, theirs: Item, merged: Item) -> Item:
    if part != "schema":
        return merged
    return {"required": [], **(theirs.get("schema") or {}), "properties": merged}


def fits(wanted: Any, found: Any) -> bool:
    """Return whether something has all that is wanted; Port adds defaults."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        return all(fits(value, found.get(name)) for name, value in wanted.items())
    return bool(wanted == found) or (not wanted and not found)


def scorecard_change(blueprint: str, ours: Item, theirs: Item | None) -> Change:
    """Return a scorecard with the rules that it lacks."""
    change = Change(
        "scorecard", ours["identifier"], ours, is_new=theirs is None, owner=blueprint
    )
    if theirs is None:
        return change
    change.document, rules = dict(theirs), list(theirs["rules"])
    known = _by(rules, "identifier")
    levels = {level["title"] for level in theirs.get("levels") or ours["levels"]}
    for rule in ours["rules"]:
        name = rule["identifier"]
        if name not in known and rule["level"] in levels:
            rules.append(rule)
            change.added.append(f"rule {name}")
        elif name not in known:
            change.stays.append(f"rule {name} needs the level {rule['level']}")
        elif not fits(rule, known[name]):
            change.stays.append(f"rule {name} is another one, and stays as it is")
    change.document["rules"] = rules
    return change


def page_change(ours: Item, theirs: Item | None) -> Change:
    """Return a page with the widgets that it lacks, each below what is there."""
    change = Change("page", ours["identifier"], ours, is_new=theirs is None)
    if theirs is None:
        return change
    own_widgets = theirs.get("widgets") or []
    boards, extended = _by(own_widgets, "id"), dict[str, Item]()
    known = _by(_widgets(theirs), "id")
    for board in ours["widgets"]:
        missing = [w for w in board["widgets"] if w["id"] not in known]
        own = boards.get(board["id"])
        if own is None and missing:
            change.stays.append(f"it was rebuilt: {len(missing)} widgets are not added")
        elif own is not None and missing:
            extended[board["id"]] = _with_widgets(own, board, missing)
            change.added += [f"widget {w['id']}: {w['title']}" for w in missing]
        for widget in board["widgets"]:
            if widget["id"] in known and not fits(widget, known[widget["id"]]):
                other = f"widget {widget['id']} is another one, and stays as it is"
                change.stays.append(other)
    widgets = [extended.get(str(widget.get("id")), widget) for widget in own_widgets]
    change.document = {**theirs, "widgets": widgets}
    return change


def _widgets(item: Item) -> Iterator[Item]:
    for widget in item.get("widgets") or []:
        yield widget
        yield from _widgets(widget)


def _with_widgets(own: Item, ours: Item, missing: list[Item]) -> Item:
    """Return a dashboard with more widgets, in rows of their own."""
    ids = {widget["id"] for widget in missing}
    rows = [
        {**row, "columns": [c for c in row["columns"] if c["id"] in ids]}
        for row in ours["layout"]
    ]
    layout = [*(own.get("layout") or []), *(row for row in rows if row["columns"])]
    return {**own, "layout": layout, "widgets": [*own["widgets"], *missing]}


def _by(items: Iterable[Item], name: str) -> dict[str, Item]:
    return {str(item.get(name)): item for item in items}


def unmapped(ours: Iterable[Item], theirs: Iterable[Item]) -> Iterator[str]:
    """Yield what the default mapping gives and the mapping in Port does not."""
    known: dict[str, set[str]] = {}
    for resource in theirs:
        known.setdefault(resource["kind"], set()).update(_given(resource))
    for resource in ours:
        kind = resource["kind"]
        if kind not in known:
            yield f"{kind} is not mapped"
        elif missing := sorted(_given(resource) - known[kind]):
            yield f"{kind} lacks {', '.join(missing)}"


def _given(resource: Mapping[str, Any]) -> set[str]:
    mappings = resource["port"]["entity"]["mappings"]
    return {*(mappings.get("properties") or ()), *(mappings.get("relations") or ())}
