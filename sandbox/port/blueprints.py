"""Say what Port would not accept in a blueprint."""

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.port.model import Item, Rejected, now
from sandbox.port.validation import IDENTIFIER, TYPES

# All that an entity shows among its properties, besides those of the schema.
CALCULATED = ("mirrorProperties", "calculationProperties", "aggregationProperties")


def accepted(blueprint: Item, known: Mapping[str, Item]) -> Item:
    """Return the blueprint as it is stored; refuse it if it doesn't fit the others."""
    blueprint = complete(blueprint)
    if complaints := list(problems(blueprint, known)):
        raise Rejected(422, "invalid_request", "; ".join(complaints))
    if missing := list(missing_targets(blueprint, known)):
        raise Rejected(404, "not_found", "; ".join(missing))
    before = known.get(blueprint["identifier"], {})
    stamps = {"createdAt": before.get("createdAt", now()), "updatedAt": now()}
    return {**blueprint, **stamps}


def needed_by(identifier: str, known: Mapping[str, Item]) -> Iterator[str]:
    """Yield the other blueprints that relate to this one."""
    for name, blueprint in known.items():
        relations = blueprint["relations"].values()
        if name != identifier and any(r["target"] == identifier for r in relations):
            yield name


def complete(blueprint: Item) -> Item:
    """Return the blueprint with everything that Port fills in."""
    schema = blueprint.get("schema") or {}
    relations = blueprint.get("relations") or {}
    return {
        **blueprint,
        "schema": {"properties": {}, "required": [], **schema},
        "relations": {
            name: {"many": False, "required": False, **relation}
            for name, relation in relations.items()
        },
        **{kind: blueprint.get(kind) or {} for kind in CALCULATED},
    }


def problems(blueprint: Item, known: Mapping[str, Item]) -> Iterator[str]:
    """Yield each reason to refuse a complete blueprint, given all others."""
    identifier = blueprint.get("identifier")
    if not isinstance(identifier, str) or not IDENTIFIER.fullmatch(identifier):
        yield f"identifier {identifier!r} must match {IDENTIFIER.pattern}"
        return
    known = {**known, identifier: blueprint}
    yield from _schema_problems(blueprint)
    yield from _aggregation_problems(blueprint)
    for name, mirror in blueprint["mirrorProperties"].items():
        if not _leads_somewhere(blueprint, mirror.get("path") or "", known):
            yield f"mirrorProperties.{name}: {mirror.get('path')!r} leads nowhere"
    for name, calculation in blueprint["calculationProperties"].items():
        if not calculation.get("calculation") or calculation.get("type") not in TYPES:
            yield f"calculationProperties.{name} needs a calculation and a type"


def missing_targets(blueprint: Item, known: Mapping[str, Item]) -> Iterator[str]:
    """Yield the relations and aggregations that lead to no blueprint."""
    for kind in ("relations", "aggregationProperties"):
        for name, spec in blueprint[kind].items():
            target = spec.get("target")
            if target not in known and target != blueprint["identifier"]:
                yield f"{kind}.{name}: there is no blueprint {target!r}"


def _schema_problems(blueprint: Item) -> Iterator[str]:
    properties = blueprint["schema"]["properties"]
    for name, schema in properties.items():
        if schema.get("type") not in TYPES:
            yield f"properties.{name} needs a type, one of {', '.join(TYPES)}"
        yield from _enum_problems(f"properties.{name}", schema)
        yield from _enum_problems(f"properties.{name}.items", schema.get("items") or {})
        if any(name in blueprint[kind] for kind in CALCULATED):
            yield f"properties.{name}: another property has this name"
    for name in blueprint["schema"]["required"]:
        if name not in properties:
            yield f"required: there is no property {name!r}"


def _enum_problems(where: str, schema: Item) -> Iterator[str]:
    for value in (schema.get("enumColors") or {}).keys() - _texts(schema.get("enum")):
        yield f"{where}.enumColors: {value!r} is not in the enum"


def _texts(values: list[Any] | None) -> set[str]:
    return {str(value) for value in values or ()}


def _aggregation_problems(blueprint: Item) -> Iterator[str]:
    for name, spec in blueprint["aggregationProperties"].items():
        calculation = spec.get("calculationSpec") or {}
        if not calculation.get("func") or not calculation.get("calculationBy"):
            yield f"aggregationProperties.{name} needs func and calculationBy"


def _leads_somewhere(blueprint: Item, path: str, known: Mapping[str, Item]) -> bool:
    *relations, last = path.split(".")
    for name in relations:
        relation = blueprint["relations"].get(name)
        if relation is None or relation["target"] not in known:
            return False
        blueprint = known[relation["target"]]
    kinds = (blueprint["schema"]["properties"], *(blueprint[k] for k in CALCULATED))
    return bool(relations) and (
        last.startswith("$") or any(last in kind for kind in kinds)
    )
