"""What the catalog must hold after a resync, told from the company alone.

Nothing here is shared with the integration: where the two disagree, one is wrong.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml

from sandbox.company import Company, Item
from sandbox.company.base import parse_time
from sandbox.company.jira.projects import HIDDEN
from sandbox.delivery_truth import delivery_complaints
from sandbox.expected import LOOK_BACK, expected

type Catalog = dict[str, dict[str, Item]]

# The company's clock stands at a full hour,
# the real one goes on: what lies on the border may be there or not.
BORDER = timedelta(hours=3)
DATES = {
    "octopusRelease": "Assembled",
    "octopusDeployment": "Created",
    "octopusRunbookRun": "Created",
    "jiraWorklog": "updated",
    "octopusTask": "QueueTime",
}


@dataclass(frozen=True)
class Difference:
    """Tell for one blueprint what is missing, too much, or wrong."""

    blueprint: str
    expected: int
    found: int
    # Entities that exist only because another one refers to them.
    referred: int
    complaints: tuple[str, ...]


def compare(company: Company, catalog: Catalog) -> list[Difference]:
    """Compare the catalog with the company, blueprint by blueprint."""
    truth, differences = expected(company), []
    of_delivery = delivery_complaints(company, catalog)
    for blueprint, items in truth.items():
        entities = catalog.get(blueprint, {})
        border = _on_the_border(company, blueprint, items)
        entities = {i: e for i, e in entities.items() if i not in border}
        items = {i: item for i, item in items.items() if i not in border}
        own = of_delivery.get(blueprint, [])
        differences.append(_difference(blueprint, items, entities, own))
    return differences


def _on_the_border(
    company: Company, blueprint: str, items: dict[str, Item]
) -> set[str]:
    if blueprint not in DATES:
        return set()
    border = company.now - LOOK_BACK
    return {
        identifier
        for identifier, item in items.items()
        if abs(parse_time(item[DATES[blueprint]]) - border) < BORDER
    }


def _difference(
    blueprint: str,
    items: dict[str, Item],
    entities: dict[str, Item],
    of_delivery: list[str],
) -> Difference:
    # Stubs have no title, or their own name if a release carries them.
    stubs = {i for i, e in entities.items() if e["title"] in (None, "", i)}
    referred = stubs - items.keys()
    surplus = entities.keys() - items.keys() - referred
    complaints = [
        *of_delivery,
        *(f"{identifier} is missing" for identifier in items.keys() - entities.keys()),
        *(f"{identifier} should not be there" for identifier in surplus),
    ]
    for identifier in items.keys() & entities.keys():
        wrong = _wrong(blueprint, items[identifier], entities[identifier])
        complaints += (f"{identifier} has a wrong {name}" for name in wrong)
    found = len(entities) - len(referred)
    shown = tuple(sorted(complaints))
    return Difference(blueprint, len(items), found, len(referred), shown)


def _wrong(blueprint: str, item: Item, entity: Item) -> Iterator[str]:
    """Yield the properties and relations that are not what the item has."""
    shown = entity | entity["relations"] | entity["properties"]
    for name, path in _PLAIN.get(blueprint, {}).items():
        if _value_at(item, path) != shown.get(name):
            yield name
    name, is_right = _FACTS.get(blueprint, ("", None))
    if is_right and not is_right(item, shown):
        yield name


def _value_at(item: Item, path: str) -> Any:
    value: Any = item
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _work_items(release: Item) -> set[str]:
    return {
        work["Id"]
        for build in release.get("BuildInformation") or []
        for work in build.get("WorkItems") or []
        if work["Source"] == "Jira" and not work["Id"].startswith(f"{HIDDEN}-")
    }


_PLAIN = yaml.safe_load(Path(__file__).with_name("facts.yml").read_text("utf-8"))
# What the mapping makes of values, for the blueprints that matter most.
_FACTS: dict[str, tuple[str, Callable[[Item, Item], bool]]] = {
    "jiraStatusChange": (
        "at",
        lambda change, shown: parse_time(shown["at"]) == parse_time(change["created"]),
    ),
    "octopusRelease": (
        "issues",
        lambda release, shown: _work_items(release) <= set(shown.get("issues", [])),
    ),
}
