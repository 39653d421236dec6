"""Compute the properties that nobody writes: mirrored, aggregated, calculated.

https://docs.port.io/build-your-software-catalog/customize-integrations/configure-data-model/setup-blueprint/properties/
"""

import re
import statistics
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import jq

from sandbox.port.aggregation_limits import AggregationLimits
from sandbox.port.blueprints import CALCULATED
from sandbox.port.links import Links
from sandbox.port.model import Item, Key, related_keys
from sandbox.port.search import META, matches

# What is being computed, so that a circle of entities ends.
type Path = frozenset[tuple[str, str, str]]

_FUNCTIONS: dict[str, Callable[[list[float]], float]] = {
    "sum": sum,
    "min": min,
    "max": max,
    "average": statistics.fmean,
    "median": statistics.median,
}
# Port lets a text have single quotes, jq doesn't.
_TEXTS = re.compile(r'"(?:\\.|[^"\\])*"|\'([^\']*)\'')


@dataclass(frozen=True)
class Calculator:
    """Read any property of an entity, stored or computed."""

    blueprints: Mapping[str, Item]
    entities: Mapping[str, Mapping[str, Item]]
    links: Links
    # None computes aggregations at once, however many entities there are.
    limits: AggregationLimits | None = None

    def shown(self, entity: Item) -> Item:
        """Return the entity as Port shows it, with all its properties."""
        blueprint = self.blueprints[entity["blueprint"]]
        names = [name for kind in CALCULATED for name in blueprint[kind]]
        if not names:
            return entity
        computed = {name: self.value(entity, name) for name in names}
        return {**entity, "properties": {**entity["properties"], **computed}}

    def value(self, entity: Item, name: str, path: Path = frozenset()) -> Any:
        """Return a meta property, a stored property or a computed one."""
        if name in META:
            return entity[META[name]]
        if name in entity["properties"]:
            return entity["properties"][name]
        step = (entity["blueprint"], entity["identifier"], name)
        if step in path:
            return None
        path |= {step}
        blueprint = self.blueprints[entity["blueprint"]]
        if mirror := blueprint["mirrorProperties"].get(name):
            return self._mirrored(entity, mirror["path"], path)
        if aggregation := blueprint["aggregationProperties"].get(name):
            return self._limited(entity, name, aggregation, path)
        if calculation := blueprint["calculationProperties"].get(name):
            return self._calculated(entity, calculation["calculation"], path)
        return None

    def _mirrored(self, entity: Item, where: str, path: Path) -> Any:
        *relations, last = where.split(".")
        many, reached = False, [entity]
        for relation in relations:
            known = [self.blueprints[e["blueprint"]]["relations"] for e in reached]
            many = many or any(r.get(relation, {}).get("many") for r in known)
            reached = [next_ for e in reached for next_ in self._follow(e, relation)]
        values = [self.value(e, last, path) for e in reached]
        if many:
            return [value for value in values if value is not None]
        return values[0] if values else None

    def _follow(self, entity: Item, relation: str) -> Iterator[Item]:
        blueprint = self.blueprints[entity["blueprint"]]
        for name, (target, identifier) in related_keys(blueprint, entity):
            if name == relation and identifier in self.entities[target]:
                yield self.entities[target][identifier]

    def _limited(self, entity: Item, name: str, spec: Item, path: Path) -> Any:
        if self.limits is None:
            return self._aggregated(entity, spec, path)
        own = entity["blueprint"]
        number = max(len(self.entities[one]) for one in (own, spec["target"]))
        place = (own, entity["identifier"], name)
        return self.limits.value(
            place, number, lambda: self._aggregated(entity, spec, path)
        )

    def _aggregated(self, entity: Item, spec: Item, path: Path) -> Any:
        def read(other: Item, name: str) -> Any:
            return self.value(other, name, path)

        query, how = spec.get("query"), spec["calculationSpec"]
        related = [
            self.entities[blueprint][identifier]
            for blueprint, identifier in self._counted(entity, spec)
        ]
        if query:
            related = [e for e in related if matches(e, query, read)]
        if how["calculationBy"] == "entities":
            # The average by time, which Port also has, is not done here.
            return len(related) if how["func"] == "count" else None
        values = [read(e, how["property"]) for e in related]
        numbers = [value for value in values if isinstance(value, int | float)]
        return _FUNCTIONS[how["func"]](numbers) if numbers else None

    def _counted(self, entity: Item, spec: Item) -> list[Key]:
        """Return the related entities of the target, over the named paths if any."""
        key = (entity["blueprint"], entity["identifier"])
        target, filters = spec["target"], spec.get("pathFilter")
        known = self.entities[target]
        related = [k for k in self.links.related(key) if k[0] == target]
        related = [k for k in related if k[1] in known]
        if not filters:
            return related
        return [k for k in related if any(self._on(key, k, rule) for rule in filters)]

    def _on(self, start: Key, end: Key, rule: Item) -> bool:
        """Tell whether the path of a rule leads from one entity to the other."""
        if rule.get("fromBlueprint") == end[0]:
            start, end = end, start
        reached = [self.entities[start[0]][start[1]]]
        for relation in rule["path"]:
            reached = [next_ for e in reached for next_ in self._follow(e, relation)]
        return end in {(e["blueprint"], e["identifier"]) for e in reached}

    def _calculated(self, entity: Item, program: str, path: Path) -> Any:
        blueprint = self.blueprints[entity["blueprint"]]
        names = [*blueprint["mirrorProperties"], *blueprint["aggregationProperties"]]
        computed = {name: self.value(entity, name, path) for name in names}
        properties = {**entity["properties"], **computed}
        try:
            found = _program(program).input_value({**entity, "properties": properties})
            return found.first()
        except (ValueError, StopIteration):
            # Port shows nothing where a calculation fails.
            return None


@cache
def _program(text: str) -> Any:
    def double_quoted(found: re.Match[str]) -> str:
        return found[0] if found[1] is None else f'"{found[1]}"'

    return jq.compile(_TEXTS.sub(double_quoted, text))
