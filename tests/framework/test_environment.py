"""The mapping can't read the environment unless the user lets it."""

from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from port_ocean.config.settings import IntegrationConfiguration
from pydantic.v1 import ValidationError

from framework import environment
from framework.environment import (
    OPEN,
    SETTING,
    VARIABLE,
    close_environment,
    is_environment_open,
)
from integration import JiraOctopusPortAppConfig
from sandbox.everything import DEFAULTS


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    yield
    environment._STATE["open"] = False


def configured() -> IntegrationConfiguration:
    config = IntegrationConfiguration(
        port={"client_id": "x", "client_secret": "x"},  # type: ignore[arg-type]
        integration={"identifier": "x", "type": "x"},  # type: ignore[arg-type]
    )
    close_environment(config)
    return config


@pytest.mark.parametrize("own", [None, "true", "false"])
def test_it_is_open_only_if_the_user_opens_it(
    own: str | None, monkeypatch: pytest.MonkeyPatch, warnings: list[str]
) -> None:
    if own:
        monkeypatch.setenv(VARIABLE, own)
    is_open = own == "true"
    assert getattr(configured(), SETTING) is is_environment_open() is is_open
    assert [OPEN in warning for warning in warnings] == [True] * is_open


def exporting() -> JiraOctopusPortAppConfig:
    text = (DEFAULTS / "port-app-config.yml").read_text("utf-8")
    resource: dict[str, Any] = yaml.safe_load(text)["resources"][0]
    selector = {**resource["selector"], "exportEnvVariables": ["SECRET"]}
    config = {"resources": [{**resource, "selector": selector}]}
    return JiraOctopusPortAppConfig.parse_obj(config)


def test_a_mapping_that_exports_variables_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(ValidationError, match=f"exportEnvVariables: {VARIABLE}"):
        exporting()
    monkeypatch.setenv(VARIABLE, "true")
    configured()
    (resource,) = exporting().resources
    assert resource.selector.export_env_variables == ["SECRET"]
