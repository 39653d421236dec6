"""A kind is complete, or one message says where it is missing."""

import ast
import json
import re
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
import yaml
from port_ocean.core.handlers.port_app_config.validators import (
    get_port_app_config_kinds,
)

import jira.resources
import octopus.resources
from integration import JiraOctopusPortAppConfig
from jira.kinds import JiraKind
from links.issue_delivery import ISSUE_DELIVERY
from links.kinds import LinkKind
from octopus.kinds import OctopusKind

ROOT = Path(__file__).parents[1]
KINDS: list[str] = [*JiraKind, *OctopusKind, *LinkKind]
# Kinds that the default mapping leaves out, since they cost much or concern few.
OPTIONAL: set[str] = {
    JiraKind.ISSUE_LINK,
    JiraKind.ISSUE_CHANGELOG,
    JiraKind.WORKLOG,
    JiraKind.REQUEST,
    JiraKind.BACKLOG,
    JiraKind.GROUP,
    JiraKind.FILTER,
    OctopusKind.TASK,
    OctopusKind.INTERRUPTION,
    OctopusKind.APPROVAL,
    OctopusKind.DEPLOYMENT_FREEZE,
    OctopusKind.TEAM,
    OctopusKind.USER,
    OctopusKind.ACCOUNT,
    OctopusKind.CERTIFICATE,
    OctopusKind.LIBRARY_VARIABLE_SET,
    OctopusKind.FEED,
    OctopusKind.POLICY,
    OctopusKind.PROCESS_TEMPLATE,
}


def listeners() -> list[str]:
    """Return the kinds that main.py has an `@ocean.on_resync(Enum.KIND)` for."""
    enums: dict[str, type[StrEnum]] = {
        e.__name__: e for e in (JiraKind, OctopusKind, LinkKind)
    }
    found = []
    for node in ast.walk(ast.parse((ROOT / "main.py").read_text())):
        if isinstance(node, ast.AsyncFunctionDef):
            for decorator in node.decorator_list:
                # The one without a kind serves those that only a mapping knows.
                if re.match(r"ocean\.on_resync\(\w", ast.unparse(decorator)):
                    assert isinstance(decorator, ast.Call)
                    enum, _, name = ast.unparse(decorator.args[0]).partition(".")
                    found.append(str(enums[enum][name]))
    return found


def spec_kinds() -> list[str]:
    spec = yaml.safe_load((ROOT / ".port/spec.yml").read_text())
    return [
        resource["kind"]
        for feature in spec["features"]
        for resource in feature["resources"]
    ]


def default_mapping() -> list[dict[str, Any]]:
    path = ROOT / ".port/resources/port-app-config.yml"
    resources = yaml.safe_load(path.read_text())["resources"]
    assert isinstance(resources, list)
    return resources


def blueprints() -> dict[str, dict[str, Any]]:
    path = ROOT / ".port/resources/blueprints.json"
    return {
        blueprint["identifier"]: blueprint for blueprint in json.loads(path.read_text())
    }


def readme_rows() -> list[str]:
    text = (ROOT / "README.md").read_text()
    return re.findall(r"^\| `((?:jira|octopus)-[a-z-]+)`(?: ¹)? \|", text, re.MULTILINE)


MAPPING = default_mapping()
MAPPED = [resource["kind"] for resource in MAPPING]
BLUEPRINTS = blueprints()

# Where each kind must be; a new place is one line.
PLACES: dict[str, list[str]] = {
    "RESOURCES of its product": [
        *jira.resources.RESOURCES,
        *octopus.resources.RESOURCES,
        ISSUE_DELIVERY.kind,
    ],
    "a @ocean.on_resync generator in main.py": listeners(),
    "the union in integration.py": get_port_app_config_kinds(JiraOctopusPortAppConfig),
    "the features in .port/spec.yml": spec_kinds(),
    "the default mapping (or OPTIONAL here)": [*MAPPED, *OPTIONAL],
    "an example in .port/examples": [
        p.name for p in (ROOT / ".port/examples").iterdir()
    ],
    "the table of kinds in README.md": readme_rows(),
}


@pytest.mark.parametrize("kind", KINDS)
def test_kind_is_in_every_place(kind: str) -> None:
    missing = [place for place, kinds in PLACES.items() if kind not in kinds]

    assert not missing, f"{kind} is missing in: {'; '.join(missing)}"


@pytest.mark.parametrize("place", PLACES)
def test_place_has_each_kind_once_and_no_other(place: str) -> None:
    kinds = PLACES[place]
    repeated = {kind for kind in kinds if kinds.count(kind) > 1}
    unknown = set(kinds) - set(KINDS)

    assert not unknown, f"{place} has kinds that no enum knows: {unknown}"
    assert not repeated, f"{place} has these kinds twice: {repeated}"


def test_optional_kinds_are_not_mapped() -> None:
    assert not OPTIONAL & set(MAPPED)


@pytest.mark.parametrize("kind", KINDS)
def test_kind_names_its_product(kind: str) -> None:
    product = "jira-" if kind in list(JiraKind) else "octopus-"

    assert kind.startswith(product)


@pytest.mark.parametrize("identifier", BLUEPRINTS)
def test_mappings_and_blueprint_agree(identifier: str) -> None:
    """A blueprint has what its mappings give, of which there may be several."""
    mapped = [
        mappings
        for resource in MAPPING
        for mappings in [resource["port"]["entity"]["mappings"]]
        if mappings["blueprint"].strip('"') == identifier
    ]
    blueprint = BLUEPRINTS[identifier]

    for of_blueprint, what in [
        (blueprint["schema"]["properties"], "properties"),
        (blueprint["relations"], "relations"),
    ]:
        given = [name for mappings in mapped for name in mappings.get(what) or {}]
        differing = set(of_blueprint) ^ set(given)
        assert not differing, f"{identifier} differs in {what}: {sorted(differing)}"
        assert len(given) == len(set(given)), f"two mappings give the same {what}"


@pytest.mark.parametrize("resource", MAPPING, ids=MAPPED)
def test_the_blueprint_of_a_mapping_is_there(resource: dict[str, Any]) -> None:
    identifier = resource["port"]["entity"]["mappings"]["blueprint"].strip('"')
    assert identifier in BLUEPRINTS, f"{resource['kind']}: {identifier} is missing"


@pytest.mark.parametrize("identifier", BLUEPRINTS)
def test_blueprint_is_mapped_and_its_relations_lead_somewhere(identifier: str) -> None:
    mapped = {r["port"]["entity"]["mappings"]["blueprint"].strip('"') for r in MAPPING}
    assert identifier in mapped, f"no kind maps to the blueprint {identifier}"

    for name, relation in BLUEPRINTS[identifier]["relations"].items():
        assert (
            relation["target"] in BLUEPRINTS
        ), f"{identifier}.{name} leads to {relation['target']}, which is no blueprint"
