"""A mistake in the mapping is one message; a good mapping is left as it is."""

from copy import deepcopy
from pathlib import Path
from typing import Any, Literal

import pytest
import yaml
from port_ocean.core.handlers.port_app_config.models import (
    CUSTOM_KIND,
    ResourceConfig,
)
from port_ocean.core.handlers.port_app_config.validators import (
    get_port_app_config_kinds,
    validate_and_get_config_schema,
)
from pydantic.v1 import Field, ValidationError

from framework.app_config import ReadablePortAppConfig
from framework.selectors import Selector
from integration import JiraOctopusPortAppConfig
from jira.kinds import JiraKind
from links.kinds import LinkKind
from octopus.kinds import OctopusKind

DEFAULT_MAPPING = Path(__file__).parents[2] / ".port/resources/port-app-config.yml"
PORT = {"entity": {"mappings": {"identifier": ".id", "blueprint": '"x"'}}}


class AppleSelector(Selector):
    sort: Literal["red", "green"] = Field("red", title="Sort", description="Which.")
    max_weight: int = Field(
        5, alias="maxWeight", title="Max Weight", description="In grams."
    )


class AppleConfig(ResourceConfig):
    kind: Literal["apple"] = Field(title="Apple", description="Apples.")
    selector: AppleSelector


class PearConfig(ResourceConfig):
    kind: Literal["pear"] = Field(title="Pear", description="Pears.")
    selector: Selector


class FruitConfig(ReadablePortAppConfig):
    resources: list[AppleConfig | PearConfig] = Field(  # type: ignore[assignment]
        default_factory=list, title="Resources", description="Fruit."
    )


class AppleOnlyConfig(ReadablePortAppConfig):
    resources: list[AppleConfig] = Field(  # type: ignore[assignment]
        default_factory=list, title="Resources", description="Apples."
    )


def apple(**selector: Any) -> dict[str, Any]:
    return {"kind": "apple", "selector": {"query": "true", **selector}, "port": PORT}


PEAR = {"kind": "pear", "selector": {"query": "true"}, "port": PORT}


def complaint(*resources: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        FruitConfig.parse_obj({"resources": list(resources)})
    (error,) = caught.value.errors()
    return str(error["msg"])


def without(resource: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in resource.items() if name != key}


@pytest.mark.parametrize(
    ("mistake", "message"),
    [
        (
            apple(maxWight=3),
            "resources[1] (apple) selector.maxWight: unknown key,"
            " did you mean 'maxWeight'?"
            " (allowed: query, exportEnvVariables, sites, sort, maxWeight)",
        ),
        (
            apple(zzz=3),
            "resources[1] (apple) selector.zzz: unknown key"
            " (allowed: query, exportEnvVariables, sites, sort, maxWeight)",
        ),
        (
            apple(sort="blue"),
            "resources[1] (apple) selector.sort: 'blue' (allowed: red, green)",
        ),
        (
            apple(maxWeight="much"),
            "resources[1] (apple) selector.maxWeight: value is not a valid integer",
        ),
        (
            without(apple(), "selector"),
            "resources[1] (apple) selector: field required",
        ),
        (without(apple(), "port"), "resources[1] (apple) port: field required"),
        (
            {**apple(), "port": {"entity": {"mappings": {"identifier": ".id"}}}},
            "resources[1] (apple) port.entity.mappings.blueprint: field required",
        ),
        (
            {**apple(), "kind": "aple"},
            "resources[1].kind: unknown kind 'aple', did you mean 'apple'?"
            " (allowed: apple, pear)",
        ),
        (
            {**apple(), "kind": "house"},
            "resources[1].kind: unknown kind 'house' (allowed: apple, pear)",
        ),
        (
            without(apple(), "kind"),
            "resources[1].kind: unknown kind None (allowed: apple, pear)",
        ),
        (
            {**apple(), "kind": ["apple"]},
            "resources[1].kind: unknown kind ['apple'], did you mean 'apple'?"
            " (allowed: apple, pear)",
        ),
        ("apple", "resources[1]: expected kind, selector and port"),
    ],
)
def test_mistake_is_one_message_with_index_kind_field_and_what_is_allowed(
    mistake: Any, message: str
) -> None:
    assert complaint(PEAR, mistake, apple()) == message


def test_several_mistakes_are_all_reported() -> None:
    message = complaint(apple(sort="blue", maxWeight="x"), {**PEAR, "kind": "paer"})

    assert message.count("resources[") == 2
    for part in ("selector.sort", "selector.maxWeight", "did you mean 'pear'?"):
        assert part in message


def test_resources_must_be_a_list() -> None:
    with pytest.raises(ValidationError, match="resources"):
        FruitConfig.parse_obj({"resources": {"kind": "apple"}})


def test_each_resource_becomes_the_class_of_its_kind() -> None:
    config = FruitConfig.parse_obj({"resources": [PEAR, apple(sort="green")]})

    assert [type(resource) for resource in config.resources] == [
        PearConfig,
        AppleConfig,
    ]
    assert config.resources[1].selector.dict()["sort"] == "green"


def test_config_with_a_single_kind_works_as_well() -> None:
    config = AppleOnlyConfig.parse_obj({"resources": [apple(maxWeight=9)]})

    assert config.resources[0].selector.max_weight == 9


def test_parsed_resources_can_be_assigned() -> None:
    config = FruitConfig.parse_obj({"resources": [PEAR, apple()]})

    config.resources = [config.resources[1]]

    assert [resource.kind for resource in config.resources] == ["apple"]


def test_good_mapping_round_trips() -> None:
    resources = [PEAR, apple(sort="green", maxWeight=3), apple()]
    request = FruitConfig.parse_obj({"resources": resources}).to_request()

    assert request["resources"] == resources
    assert FruitConfig.parse_obj(request).to_request() == request


# --- Ours -----------------------------------------------------------------------------


@pytest.fixture
def mapping() -> dict[str, Any]:
    loaded = yaml.safe_load(DEFAULT_MAPPING.read_text())
    assert isinstance(loaded, dict)
    return loaded


def test_default_mapping_is_valid_and_round_trips(mapping: dict[str, Any]) -> None:
    config = JiraOctopusPortAppConfig.parse_obj(deepcopy(mapping))

    assert config.to_request()["resources"] == mapping["resources"]
    again = JiraOctopusPortAppConfig.parse_obj(config.to_request())
    assert again.to_request() == config.to_request()


def test_misspelt_selector_of_the_default_mapping_is_one_message(
    mapping: dict[str, Any],
) -> None:
    index = [r["kind"] for r in mapping["resources"]].index("jira-issue")
    mapping["resources"][index]["selector"]["jqll"] = "project = SHOP"

    with pytest.raises(ValidationError) as caught:
        JiraOctopusPortAppConfig.parse_obj(mapping)

    (error,) = caught.value.errors()
    assert f"resources[{index}] (jira-issue) selector.jqll: unknown" in error["msg"]
    assert "did you mean 'jql'?" in error["msg"]


def test_framework_finds_every_kind() -> None:
    kinds = get_port_app_config_kinds(JiraOctopusPortAppConfig)

    assert kinds == sorted([*JiraKind, *LinkKind, *OctopusKind])


def test_framework_can_build_the_schema() -> None:
    schema = validate_and_get_config_schema(JiraOctopusPortAppConfig)

    assert set(schema["kinds"]) == {*JiraKind, *LinkKind, *OctopusKind, CUSTOM_KIND}
    properties = schema["kinds"]["jira-issue"]["selectors"]["properties"]
    assert {"query", "jql", "fields", "expand"} <= set(properties)


def test_names_of_fields_can_be_a_text_with_commas() -> None:
    kind = {"kind": "jira-issue", "port": PORT}
    selector = {"query": "true", "customFields": "Story Points, Sprint"}
    config = JiraOctopusPortAppConfig.parse_obj(
        {"resources": [{**kind, "selector": selector}]}
    )
    found = config.resources[0].selector

    assert getattr(found, "custom_fields") == ["Story Points", "Sprint"]  # noqa: B009
