"""Which environment variables the framework and this integration know."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import yaml
from humps import decamelize
from port_ocean.config.settings import ApplicationSettings, IntegrationConfiguration
from pydantic import BaseModel

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["poetry"]
IMAGE = f"jira-octopus:{PROJECT['version']}"
SPEC = yaml.safe_load((ROOT / ".port" / "spec.yml").read_text())
CONFIGURATIONS: list[dict[str, Any]] = SPEC["configurations"]
OWN = "OCEAN__INTEGRATION__CONFIG__"


def variable(configuration: str) -> str:
    """Return the environment variable of a configuration, as the chart names it."""
    return OWN + str(decamelize(configuration)).upper()


SENSITIVE = {variable(c["name"]) for c in CONFIGURATIONS if c.get("sensitive")} | {
    "OCEAN__PORT__CLIENT_ID",
    "OCEAN__PORT__CLIENT_SECRET",
}


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """Yield the settings classes in an annotation, which may be a union."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)


def _known(prefix: str, model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield prefix + name.upper()
        for nested in _models(field.annotation):
            yield from _known(f"{prefix}{name.upper()}__", nested)


KNOWN = {
    *_known("OCEAN__", IntegrationConfiguration),
    *_known("APPLICATION__", ApplicationSettings),
    *(variable(configuration["name"]) for configuration in CONFIGURATIONS),
}
