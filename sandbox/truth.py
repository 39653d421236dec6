"""What the catalog must hold after a resync, told from the company alone.

Nothing here is shared with the integration: where the two disagree, one is wrong.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sandbox.company import Company, Item
from sandbox.company.base import parse_time
from sandbox.expected import LOOK_BACK, expected

type Catalog = dict[str, dict[str, Item]]

# The company's clock stands at a full hour,
# the real one goes on: what lies on the border may be there or not.
BORDER = timedelta(hours=3)
DATES = {
    "octopusRelease": "Assembled",
    "octopusDeployment": "Created",
    "octopusRunbookRun": "Created",
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
    for blueprint, items in truth.items():
        entities = catalog.get(blueprint, {})
        for identifier in _on_the_border(company, blueprint, items):
            entities = {i: e for i, e in entities.items() if i != identifier}
            items = {i: item for i, item in items.items() if i != identifier}
        differences.append(_difference(blueprint, items, entities))
    return differences


def _on_the_border(
    company: Company, blueprint: str, items: dict[str, Item]
) -> list[str]:
    if blueprint not in DATES:
        return []
    border = company.now - LOOK_BACK
    return [
        identifier
        for identifier, item in items.items()
        if abs(parse_time(item[DATES[blueprint]]) - border) < BORDER
    ]


def _difference(
    blueprint: str, items: dict[str, Item], entities: dict[str, Item]
) -> Difference:
    referred = {i for i, e in entities.items() if i not in items and not e["title"]}
    surplus = entities.keys() - items.keys() - referred
    complaints = [
        *(f"{identifier} is missing" for identifier in items.keys() - entities.keys()),
        *(f"{identifier} should not be there" for identifier in surplus),
    ]
    check = _FACTS.get(blueprint)
    for identifier in items.keys() & entities.keys() if check else ():
        complaints += check(items[identifier], entities[identifier]) if check else []
    found = len(entities) - len(referred)
    shown = tuple(sorted(complaints))
    return Difference(blueprint, len(items), found, len(referred), shown)


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
        if work["Source"] == "Jira"
    }


# Facts that the mapping must not lose, one or two for each blueprint that matters most.
_FACTS: dict[str, Callable[[Item, Item], list[str]]] = {
    "jiraIssue": _check(
        title=lambda issue, entity: entity["title"] == issue["fields"]["summary"],
        status=lambda issue, entity: (
            entity["properties"].get("status") == issue["fields"]["status"]["name"]
        ),
        project=lambda issue, entity: (
            entity["relations"].get("project") == issue["fields"]["project"]["id"]
        ),
    ),
    "octopusRelease": _check(
        version=lambda release, entity: entity["title"] == release["Version"],
        issues=lambda release, entity: (
            _work_items(release) <= set(entity["relations"].get("issues", []))
        ),
    ),
    "octopusDeployment": _check(
        release=lambda deployment, entity: (
            entity["relations"].get("release") == deployment["ReleaseId"]
        ),
        environment=lambda deployment, entity: (
            entity["relations"].get("environment") == deployment["EnvironmentId"]
        ),
    ),
}
