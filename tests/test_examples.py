"""Every example is true: the framework makes exactly this entity of this raw item."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from port_ocean.core.handlers.entity_processor.jq_entity_processor_sync import (
    JQEntityProcessorSync,
)

from integration import JiraOctopusPortAppConfig
from jira.kinds import JiraKind
from octopus.kinds import OctopusKind
from sandbox.port.validation import problems

EXAMPLES = Path(".port/examples")
KINDS = [str(kind) for kind in (*JiraKind, *OctopusKind)]


def load(kind: str, name: str) -> Any:
    text = (EXAMPLES / kind / name).read_text(encoding="utf-8")
    return json.loads(text) if name.endswith(".json") else yaml.safe_load(text)


@pytest.fixture
def _jq_without_ocean(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the framework's mapping run without an initialised app."""
    monkeypatch.setattr(
        "port_ocean.core.handlers.entity_processor.jq_entity_processor_sync.ocean",
        type(
            "Ocean",
            (),
            {
                "config": type(
                    "Config", (), {"allow_environment_variables_jq_access": False}
                )
            },
        ),
    )


@pytest.mark.usefixtures("_jq_without_ocean")
@pytest.mark.parametrize("kind", KINDS)
def test_the_mapping_makes_the_entity_of_the_raw_item(kind: str) -> None:
    config = JiraOctopusPortAppConfig.parse_obj(
        {"resources": [load(kind, "mapping.yml")]}
    )
    resource = config.resources[0]
    assert resource.kind == kind
    mapped = JQEntityProcessorSync._get_mapped_entity(
        load(kind, "raw.json"),
        resource.port.entity.mappings.dict(exclude_unset=True),
        resource.selector.query,
    )
    assert mapped.did_entity_pass_selector
    expected = load(kind, "entity.json")
    assert {"properties": {}, "relations": {}, **mapped.entity} == expected
    whole = {"icon": None, "team": [], **expected}
    assert list(problems(load(kind, "blueprint.json"), whole)) == []


def test_the_default_mapping_and_the_examples_say_the_same() -> None:
    resources = Path(".port/resources")
    text = (resources / "port-app-config.yml").read_text(encoding="utf-8")
    for mapping in yaml.safe_load(text)["resources"]:
        assert load(mapping["kind"], "mapping.yml") == mapping
    blueprints = json.loads((resources / "blueprints.json").read_text(encoding="utf-8"))
    shown = [load(kind, "blueprint.json") for kind in KINDS]
    assert [b for b in blueprints if b not in shown] == []


def test_no_example_is_of_an_unknown_kind() -> None:
    assert sorted(folder.name for folder in EXAMPLES.iterdir()) == sorted(KINDS)
