"""What Port's mapping form is made of, by the framework's own command."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from jira.kinds import JiraKind
from octopus.kinds import OctopusKind
from sandbox.sail import OCEAN

pytestmark = [pytest.mark.process, pytest.mark.xdist_group("schemas")]

ROOT = Path(__file__).parents[1]
KINDS = sorted([*JiraKind, *OctopusKind])
TYPES = {"string", "boolean", "integer", "number", "array", "object"}
type Schema = dict[str, Any]


def by_the_command(form: str) -> Schema:
    done = subprocess.run(
        [OCEAN, "port-app-config", "schema", ".", "--format", form],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    schema: Schema = json.loads(done.stdout)
    return schema


@pytest.fixture(scope="module")
def for_forms() -> Schema:
    return by_the_command("ui")


@pytest.fixture(scope="module")
def for_machines() -> Schema:
    return by_the_command("json")


def parts(schema: Any) -> Iterator[Schema]:
    """Yield every object in a schema."""
    if isinstance(schema, dict):
        yield schema
        schema = [*schema.values()]
    for part in schema if isinstance(schema, list) else ():
        yield from parts(part)


def test_every_kind_has_its_fields(for_forms: Schema) -> None:
    named = {kind for kind in for_forms["kinds"] if kind in KINDS}

    assert sorted(named) == KINDS
    for kind in KINDS:
        selectors = for_forms["kinds"][kind]["selectors"]
        assert selectors["additionalProperties"] is False, kind
        assert "query" in selectors["properties"], kind


def test_a_person_understands_every_field(for_forms: Schema) -> None:
    for kind, about in for_forms["kinds"].items():
        assert re.search(r"[a-z]{3}.*\.$", about["description"]), kind
        for name, field in about["selectors"]["properties"].items():
            where = f"{kind}: {name}"
            assert re.fullmatch(r"[A-Z][A-Za-z -]+", field["title"]), where
            # A sentence, and not the name once more.
            assert re.fullmatch(r"[A-Z].*\.", field["description"]), where
            assert len(field["description"].split()) > 3, where


def test_every_field_has_a_type_that_a_form_can_show(for_forms: Schema) -> None:
    for kind, about in for_forms["kinds"].items():
        for name, field in about["selectors"]["properties"].items():
            kinds = {part.get("type") for part in field.get("anyOf", [field])}
            assert kinds <= TYPES, f"{kind}: {name}"
            for part in parts(field):
                assert part.get("type") != "array" or "items" in part, name
                assert not {"$ref", "allOf"} & part.keys(), f"{kind}: {name}"


def test_every_reference_leads_somewhere(for_machines: Schema) -> None:
    references = {
        p["$ref"] for p in parts(for_machines) if isinstance(p.get("$ref"), str)
    }
    definitions = {f"#/definitions/{name}" for name in for_machines["definitions"]}

    assert references <= definitions
    assert len(references) > len(KINDS)


def test_the_default_mapping_uses_fields_that_the_schema_has(for_forms: Schema) -> None:
    text = (ROOT / ".port/resources/port-app-config.yml").read_text()
    for resource in yaml.safe_load(text)["resources"]:
        selectors = for_forms["kinds"][resource["kind"]]["selectors"]
        assert set(resource["selector"]) <= set(selectors["properties"])
