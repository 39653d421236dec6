"""Blueprints and entities with Port's rules for merging, relating and deleting."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from itertools import count

from sandbox.port import blueprints as rules
from sandbox.port.aggregation_limits import AggregationLimits
from sandbox.port.calculated import Calculator
from sandbox.port.links import Links
from sandbox.port.merging import (
    is_changed,
    known_parts,
    merged,
    resolved,
    with_defaults,
    without,
)
from sandbox.port.model import Item, Key, Rejected, now, refuse, related_keys, timestamp
from sandbox.port.search import candidates, matches
from sandbox.port.validation import identifier_problems, problems


@dataclass(frozen=True)
class Options:
    """How to upsert, as the query parameters say."""

    merge: bool = False
    create_missing: bool = False
    validation_only: bool = False


@dataclass
class Store:
    """The catalog: blueprints, entities, and what happened to them."""

    blueprints: dict[str, Item] = field(default_factory=dict)
    # Blueprint -> identifier -> entity.
    entities: dict[str, dict[str, Item]] = field(default_factory=dict)
    links: Links = field(default_factory=Links)
    # Entities accepted; entities that were new or different; entities deleted.
    upserts: int = 0
    changes: int = 0
    deletes: int = 0
    # When the first entity was accepted, in seconds since 1970.
    first_upsert_at: float | None = None
    # Entities refused for what they are.
    errors: list[str] = field(default_factory=list)
    # Entities refused for a related one that isn't there, until they are accepted.
    unmet: dict[str, str] = field(default_factory=dict)

    # When aggregations are computed; None for at once.
    limits: AggregationLimits | None = None

    # The order in which entities came.
    _numbers: Iterator[int] = field(default_factory=count)

    @property
    def calculator(self) -> Calculator:
        """Return what computes the properties that nobody writes."""
        return Calculator(self.blueprints, self.entities, self.links, self.limits)

    def put_blueprint(self, blueprint: Item) -> Item:
        """Create or replace a blueprint; its relations must lead to known ones."""
        stored = rules.accepted(blueprint, self.blueprints)
        name = stored["identifier"]
        self.blueprints[name] = stored
        for entity in self.entities.setdefault(name, {}).values():
            entity.update(known_parts(stored, entity))
            self._link(entity)
        return stored

    def get_blueprint(self, identifier: str) -> Item:
        """Return a blueprint."""
        if identifier not in self.blueprints:
            raise Rejected(404, "not_found", f"no blueprint {identifier!r}")
        return self.blueprints[identifier]

    def delete_blueprint(self, identifier: str) -> None:
        """Delete a blueprint that has no entities and that no other one needs."""
        self.get_blueprint(identifier)
        needed_by = list(rules.needed_by(identifier, self.blueprints))
        if needed_by or self.entities[identifier]:
            message = f"{identifier} is needed by {needed_by or 'its entities'}"
            raise Rejected(409, "has_dependents", message)
        del self.blueprints[identifier], self.entities[identifier]

    def get(self, name: str, identifier: str) -> Item:
        """Return an entity as it is stored."""
        self.get_blueprint(name)
        if identifier not in self.entities[name]:
            raise Rejected(404, "not_found", f"no {name} {identifier!r}")
        return self.entities[name][identifier]

    def upsert(
        self, name: str, sent: Item, source: str, options: Options
    ) -> tuple[Item, bool]:
        """Create or change an entity; return it and whether it is new."""
        blueprint = self.get_blueprint(name)
        where = f"{name} {sent.get('identifier')}"
        try:
            entity = self._prepared(blueprint, sent, options)
            missing = self._missing(blueprint, entity, options)
        except Rejected as error:
            if error.status == 404:
                self.unmet[where] = str(error)
            else:
                self.errors.append(f"{where}: {error}")
            raise
        self.unmet.pop(where, None)
        new = entity["identifier"] not in self.entities[name]
        if options.validation_only:
            return {**entity, "blueprint": name}, new
        for target, identifier in missing:
            self._save(target, merged(None, {"identifier": identifier}), source)
        self.upserts += 1
        self.first_upsert_at = self.first_upsert_at or time.time()
        return self._save(name, entity, source), new

    def _prepared(self, blueprint: Item, sent: Item, options: Options) -> Item:
        """Return the entity as it is to be saved; refuse a wrong one."""
        entity = resolved(blueprint, sent, self._identifiers)
        refuse(identifier_problems(entity["identifier"]))
        found = self.entities[blueprint["identifier"]].get(entity["identifier"])
        entity = merged(found if options.merge else None, entity)
        if found is None:
            entity = with_defaults(blueprint, entity)
        refuse(problems(blueprint, entity))
        return entity

    def _save(self, name: str, entity: Item, source: str) -> Item:
        found = self.entities[name].get(entity["identifier"])
        changed = is_changed(found, entity)
        self.changes += changed
        moment = now()
        stored = {
            **entity,
            "blueprint": name,
            "createdAt": found["createdAt"] if found else moment,
            "updatedAt": found["updatedAt"] if found and not changed else moment,
            "_datasource": source,
            "_number": found["_number"] if found else next(self._numbers),
        }
        self.entities[name][entity["identifier"]] = stored
        self._link(stored)
        return stored

    def _link(self, entity: Item) -> None:
        source = (entity["blueprint"], entity["identifier"])
        blueprint = self.blueprints[entity["blueprint"]]
        self.links.replace(source, [key for _, key in related_keys(blueprint, entity)])

    def _identifiers(self, blueprint: str, query: Item) -> list[str]:
        return [entity["identifier"] for entity in self.search(query, blueprint)]

    def _missing(self, blueprint: Item, entity: Item, options: Options) -> list[Key]:
        """Return the related entities to create; refuse if that isn't wanted."""
        itself = (blueprint["identifier"], entity["identifier"])
        missing = [
            (target, identifier)
            for _, (target, identifier) in related_keys(blueprint, entity)
            if identifier not in self.entities[target]
            and (target, identifier) != itself
        ]
        if missing and not options.create_missing:
            names = ", ".join(f"{target} {name!r}" for target, name in missing)
            raise Rejected(404, "not_found", f"related entities not found: {names}")
        for target, name in missing:
            refuse(f"related {target}: {p}" for p in identifier_problems(name))
        return missing

    def search(self, query: Item, blueprint: str | None = None) -> list[Item]:
        """Return the entities, of one blueprint or of all, that fit a query."""
        within = self.entities
        if blueprint is not None:
            within = {blueprint: self.entities.get(blueprint, {})}
        read, related = self.calculator.value, cache(self.links.related)
        found = candidates(within, query)
        return [e for e in found if matches(e, query, read, related)]

    def of_source(self, prefix: str, suffix: str, before: str | None) -> Iterator[Item]:
        """Yield what an integration wrote, but nothing changed since `before`.

        The order is that of `position` in the routes.
        """
        limit = timestamp(datetime.fromisoformat(before)) if before else None
        for name in sorted(self.entities):
            for entity in self.entities[name].values():
                source = entity["_datasource"]
                in_time = limit is None or entity["updatedAt"] < limit
                if in_time and source.startswith(prefix) and source.endswith(suffix):
                    yield entity

    def delete(self, name: str, identifier: str, *, dependents: bool) -> list[Key]:
        """Delete an entity and, if told so, those that can't be without it."""
        self.get(name, identifier)
        if not dependents:
            self.check_unneeded(name, identifier)
        doomed = self._needing((name, identifier))
        for key in doomed:
            self._remove(key)
        return doomed

    def check_unneeded(self, name: str, identifier: str) -> None:
        """Refuse if some entity can't be without this one."""
        if others := self._needing((name, identifier))[1:]:
            message = f"{name} {identifier!r} is needed by {others[0]}"
            raise Rejected(409, "has_dependents", message)

    def delete_all(self, name: str) -> None:
        """Delete all entities of a blueprint."""
        self.get_blueprint(name)
        for identifier in list(self.entities[name]):
            self._remove((name, identifier))

    def _needing(self, start: Key) -> list[Key]:
        """Return the entity and all that can't be without it, over any hops."""
        found = {start: None}
        waiting = [start]
        while waiting:
            target = waiting.pop()
            for source in self.links.sources(target):
                if source not in found and self._requires(source, target):
                    found[source] = None
                    waiting.append(source)
        return list(found)

    def _requires(self, source: Key, target: Key) -> bool:
        blueprint = self.blueprints[source[0]]
        entity = self.entities[source[0]][source[1]]
        return any(
            key == target and blueprint["relations"][name]["required"]
            for name, key in related_keys(blueprint, entity)
        )

    def _remove(self, key: Key) -> None:
        name, identifier = key
        del self.entities[name][identifier]
        self.links.replace(key, ())
        self.deletes += 1
        for source in self.links.sources(key):
            entity = self.entities[source[0]][source[1]]
            blueprint = self.blueprints[source[0]]
            entity["relations"] = without(blueprint, entity["relations"], key)
            self._link(entity)
