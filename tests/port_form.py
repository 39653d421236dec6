"""What Port's UI makes of .port/spec.yml, as far as the official integrations show.

The framework reads a part of that file only, and accepts anything in the rest.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Strict(BaseModel):
    """Something that has no other keys than these."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Condition(Strict):
    """Which value of another field makes a field appear."""

    equals: str | bool | None = None
    in_: list[str] | None = Field(None, alias="in")

    @model_validator(mode="after")
    def has_one_of_both(self) -> "Condition":
        if (self.equals is None) == (self.in_ is None):
            raise ValueError("either equals or in")
        return self

    @property
    def values(self) -> list[str | bool]:
        return [*(self.in_ or [])] if self.equals is None else [self.equals]


class Consequence(Strict):
    """What becomes of a field that has appeared."""

    required: bool


class Dependency(Strict):
    """When a field appears, and whether it has to be filled in then."""

    on: str
    when: Condition
    then: Consequence


class Configuration(Strict):
    """One field of the form."""

    name: str = Field(pattern=r"^[a-z][A-Za-z]+$")
    type: Literal["object", "url", "string", "integer", "boolean", "array"]
    required: bool
    description: str = Field(min_length=20)
    sensitive: bool = False
    default: str | int | bool | None = None
    enum: list[str] = Field(default_factory=list)
    format: Literal["tabSwitcher"] | None = None
    dependencies: list[Dependency] = Field(default_factory=list)


class Kind(Strict):
    """One kind of the tile."""

    kind: str


class Feature(Strict):
    """What the integration does, and in which section the tile is."""

    type: Literal["exporter"]
    section: str
    resources: list[Kind]


class Section(Strict):
    """A part of the form that is folded."""

    label: str
    configurationNames: list[str]


class Interface(Strict):
    """How the form is laid out."""

    sections: list[Section]


class ActionInput(Strict):
    """One input of an action."""

    name: str = Field(pattern=r"^[a-z][A-Za-z]+$")
    title: str
    type: Literal["string", "boolean", "array", "jqObject"]
    description: str = Field(min_length=10)
    required: bool = False
    default: str | bool | None = None


class Action(Strict):
    """What people can have done; the name is that of its executor."""

    name: str = Field(pattern=r"^[a-z]+(_[a-z]+)*$")
    icon: str
    description: str
    inputs: list[ActionInput]


class Toggle(Strict):
    """Something that can be on or off."""

    enabled: bool


class Secret(Strict):
    """A secret that comes out of an OAuth connection, by jq."""

    name: str
    value: str
    description: str


class Overrides(Strict):
    """Settings that come out of an OAuth connection, by jq."""

    integrationSpec: dict[str, str]


class OAuth(Strict):
    """What the button for OAuth fills in."""

    requiredSecrets: list[Secret]
    valuesOverride: Overrides


class Saas(Strict):
    """How Port may host it."""

    enabled: bool
    liveEvents: Toggle
    incrementalSync: Toggle
    oauthConfiguration: OAuth


class Method(Strict):
    """A way to install it, with the page below https://docs.port.io."""

    enabled: bool
    docs: str = Field(pattern=r"^[a-z0-9/-]+/$")


class NamedMethod(Method):
    """A way to have it hosted."""

    name: Literal["Saas", "SaasOAuth2"]


class Methods(Strict):
    """All ways to install it."""

    saas: list[NamedMethod]
    helm: Method
    docker: Method
    githubWorkflow: Method
    gitlabCI: Method


class Spec(Strict):
    """The whole file."""

    type: str
    title: str
    description: str
    icon: str
    docs: str = Field(pattern="^https://")
    formMappingEnabled: bool
    features: list[Feature]
    actionsProcessingEnabled: bool
    actions: list[Action]
    configurations: list[Configuration]
    interface: Interface
    saas: Saas
    installationDocs: Methods


class Form:
    """The form that somebody fills in."""

    def __init__(self, fields: list[Configuration]) -> None:
        self._fields = fields

    def shown(self, choices: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
        """Yield the fields that appear, and whether they have to be filled in."""
        for field in self._fields:
            met = [
                dependency.then.required
                for dependency in field.dependencies
                if choices[dependency.on] in dependency.when.values
            ]
            if met or not field.dependencies:
                yield field.name, field.required or any(met)

    def required(self, choices: Mapping[str, Any]) -> list[str]:
        return [name for name, required in self.shown(choices) if required]
