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
from links.kinds import LinkKind
from octopus.kinds import OctopusKind
from sandbox.port.validation import problems

EXAMPLES = Path(".port/examples")
KINDS = [str(kind) for kind in (*JiraKind, *LinkKind, *OctopusKind)]


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


def mapped(kind: str, raw: Any) -> Any:
    """Return the entity that the example's mapping makes of an item."""
    config = JiraOctopusPortAppConfig.parse_obj(
        {"resources": [load(kind, "mapping.yml")]}
    )
    resource = config.resources[0]
    assert resource.kind == kind
    made = JQEntityProcessorSync._get_mapped_entity(
        raw,
        resource.port.entity.mappings.dict(exclude_unset=True),
        resource.selector.query,
    )
    assert made.did_entity_pass_selector
    return {"properties": {}, "relations": {}, **made.entity}


def complaints(kind: str, entity: Any) -> list[str]:
    """Return what Port would not accept in an entity."""
    whole = {"title": None, "icon": None, "team": [], **entity}
    return list(problems(load(kind, "blueprint.json"), whole))


@pytest.mark.usefixtures("_jq_without_ocean")
@pytest.mark.parametrize("kind", KINDS)
def test_the_mapping_makes_the_entity_of_the_raw_item(kind: str) -> None:
    entity = mapped(kind, load(kind, "raw.json"))
    assert entity == load(kind, "entity.json")
    assert complaints(kind, entity) == []


# What vendors write as they like, or may add to their lists of values one day.
STRANGE = ["SomethingNew", "jdoe@localhost", "git@github.com:acme/shop.git", "ÄÖ ß"]
# Our own additions, and what has a form that the vendors document.
OWN, DATE = "__", "-"


def with_texts(raw: Any, text: str) -> Any:
    """Return the item with another text in the place of each of the vendor's."""
    if isinstance(raw, dict):
        return {
            name: value if name.startswith(OWN) else with_texts(value, text)
            for name, value in raw.items()
        }
    if isinstance(raw, list):
        return [with_texts(part, text) for part in raw]
    is_free = isinstance(raw, str) and raw[4:5] != DATE and "://" not in raw
    return text if is_free else raw


@pytest.mark.usefixtures("_jq_without_ocean")
@pytest.mark.parametrize("text", STRANGE)
@pytest.mark.parametrize("kind", [*JiraKind, *OctopusKind])
def test_no_text_of_the_vendors_makes_port_refuse_an_entity(
    kind: str, text: str
) -> None:
    entity = mapped(kind, with_texts(load(kind, "raw.json"), text))
    found = complaints(kind, entity)
    assert [each for each in found if each.startswith("properties.")] == []


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
