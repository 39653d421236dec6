"""What widgets and scorecards come to, with the entities of a catalog."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from sandbox.port.documents import levels_of
from sandbox.port.model import Item
from sandbox.port.search import matches
from sandbox.port.state import State

NOTHING = "(none)"


def all_of(state: State, blueprint: str) -> list[Item]:
    """Return the entities of a blueprint with all their properties."""
    shown = state.store.calculator.shown
    return [shown(e) for e in state.store.entities.get(blueprint, {}).values()]


def value_of(entity: Item, name: str) -> Any:
    """Return what an entity has under a property's or relation's name."""
    if name.startswith("$"):
        return entity.get(name[1:])
    return entity["properties"].get(name, entity["relations"].get(name))


def chosen(state: State, dataset: Any) -> list[Item]:
    """Return the entities that a widget is about."""
    rules = dataset["rules"] if isinstance(dataset, dict) else dataset
    (blueprint,) = (r["value"] for r in rules if r["property"] == "$blueprint")
    query = {"combinator": "and", "rules": rules}
    found = all_of(state, blueprint)
    return [entity for entity in found if matches(entity, query, _read)]


def _read(entity: Item, name: str) -> Any:
    if name == "$blueprint":
        return entity["blueprint"]
    return value_of(entity, name)


def shares(state: State, widget: Item) -> dict[str, int]:
    """Return how many entities a pie chart has of which value, most first."""
    sort, _, name = widget["property"].partition("#")
    if sort == "scorecard":
        levels = (level_of(state, e, name) for e in chosen(state, widget["dataset"]))
        return dict(Counter(level for level in levels if level).most_common())
    values = (value_of(entity, name) for entity in chosen(state, widget["dataset"]))
    return dict(Counter(map(_word, values)).most_common())


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return NOTHING if value is None else str(value)


def rows(state: State, widget: Item) -> tuple[list[str], list[Item]]:
    """Return the columns and the entities of a table, as it is sorted."""
    ((_, config),) = widget["blueprintConfig"].items()
    found = chosen(state, widget["dataset"])
    for rule in config.get("sortSettings", {}).get("sortBy", []):
        name, is_falling = rule["property"], rule["order"] == "desc"
        known = [e for e in found if value_of(e, name) is not None]
        known.sort(key=lambda e: value_of(e, name), reverse=is_falling)
        found = [*known, *(e for e in found if value_of(e, name) is None)]
    return config["propertiesSettings"]["order"], found


def scorecards(state: State, blueprint: str) -> list[Item]:
    """Return the scorecards of a blueprint."""
    return state.documents.get(f"blueprints/{blueprint}/scorecards", [])


def level_of(state: State, entity: Item, card: str) -> str | None:
    """Return the level of an entity, None if the scorecard is not about it.

    An entity has the highest level up to which it passes all rules.
    """
    (found,) = (
        one
        for one in scorecards(state, entity["blueprint"])
        if one["identifier"] == card
    )
    if "filter" in found and not _passes(entity, found["filter"]):
        return None
    reached, *others = levels_of(found)
    for level in others:
        own = [rule for rule in found["rules"] if rule["level"] == level]
        if not all(_passes(entity, rule["query"]) for rule in own):
            break
        reached = level
    return reached


def _passes(entity: Item, query: Item) -> bool:
    rules = {"combinator": query["combinator"], "rules": query["conditions"]}
    return matches(entity, rules, _read)


def way_of(state: State, key: str) -> Iterator[Item]:
    """Yield what happened to an issue: when, what, and where of how many lanes."""
    issue = state.store.entities["jiraIssue"][key]
    if created := issue["properties"].get("created"):
        yield {"at": created, "lane": "Jira", "what": "created", "sort": "start"}
    for release in all_of(state, "octopusRelease"):
        if key in (release["relations"].get("issues") or []):
            at, what = release["properties"]["assembled"], release["title"]
            yield {"at": at, "lane": "release", "what": what, "sort": "release"}
    for deployment in all_of(state, "octopusDeployment"):
        properties = deployment["properties"]
        if key in (deployment["relations"].get("issues") or []):
            yield {
                "at": properties.get("completed") or properties["created"],
                "lane": properties["stage"] or properties["environmentName"],
                "what": properties["state"],
                "sort": _sort_of(properties),
                "order": properties["stageNumber"] or 0,
            }


def _sort_of(deployment: Item) -> str:
    """Return how a deployment went, by its properties."""
    if deployment["state"] == "Success":
        return "good"
    return "bad" if deployment.get("completed") else "open"
