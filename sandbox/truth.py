"""What the catalog must hold after a resync, told from the company alone.

Nothing here is shared with the integration: where the two disagree, one is wrong.
"""

from collections.abc import Callable
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
    plain = _check(**_same(**_PLAIN.get(blueprint, {})))
    checks = [plain, *([_FACTS[blueprint]] if blueprint in _FACTS else [])]
    for identifier in items.keys() & entities.keys():
        for check in checks:
            complaints += check(items[identifier], entities[identifier])
    found = len(entities) - len(referred)
    shown = tuple(sorted(complaints))
    return Difference(blueprint, len(items), found, len(referred), shown)


def _same(**paths: str) -> dict[str, Callable[[Item, Item], bool]]:
    """Return checks of properties and relations: the entity's name, the item's path."""

    def check(name: str, path: str) -> Callable[[Item, Item], bool]:
        def is_right(item: Item, entity: Item) -> bool:
            value: Any = item
            for part in path.split("."):
                value = value.get(part) if isinstance(value, dict) else None
            own = {**entity["relations"], **entity["properties"]}
            return bool(value == (entity | own).get(name))

        return is_right

    return {name: check(name, path) for name, path in paths.items()}


def _check(**facts: Callable[[Item, Item], bool]) -> Callable[[Item, Item], list[str]]:
    def complaints(item: Item, entity: Item) -> list[str]:
        return [
            f"{entity['identifier']} has a wrong {name}"
            for name, is_right in facts.items()
            if not is_right(item, entity)
        ]

    return complaints


def _work_items(release: Item) -> set[str]:
    return {
        work["Id"]
        for build in release.get("BuildInformation") or []
        for work in build.get("WorkItems") or []
        if work["Source"] == "Jira" and not work["Id"].startswith(f"{HIDDEN}-")
    }


_PLAIN = yaml.safe_load(Path(__file__).with_name("facts.yml").read_text("utf-8"))
# What the mapping makes of values, for the blueprints that matter most.
_FACTS: dict[str, Callable[[Item, Item], list[str]]] = {
    "jiraStatusChange": _check(
        at=lambda change, entity: (
            parse_time(entity["properties"]["at"]) == parse_time(change["created"])
        ),
    ),
    "octopusRelease": _check(
        issues=lambda release, entity: (
            _work_items(release) <= set(entity["relations"].get("issues", []))
        ),
    ),
}
