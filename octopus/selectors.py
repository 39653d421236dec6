"""What the user may set for each kind of Octopus Deploy in the mapping."""

from typing import Literal

from port_ocean.core.handlers.port_app_config.models import ResourceConfig
from pydantic.v1 import Field, validator

from core.selectors import Selector, split_words


class SpaceSelector(Selector):
    """Narrows a kind to some spaces."""

    spaces: list[str] = Field(
        default=[],
        title="Spaces",
        description="Names or ids of the spaces to read; empty for all visible ones.",
    )

    _split = validator("spaces", pre=True, allow_reuse=True)(split_words)


class OctopusSpaceResourceConfig(ResourceConfig):
    """Maps spaces."""

    kind: Literal["octopus-space"] = Field(
        title="Octopus Space", description="Spaces that the credential can see."
    )
    selector: SpaceSelector


class OctopusProjectResourceConfig(ResourceConfig):
    """Maps projects."""

    kind: Literal["octopus-project"] = Field(
        title="Octopus Project", description="Projects of every selected space."
    )
    selector: SpaceSelector


class OctopusEnvironmentResourceConfig(ResourceConfig):
    """Maps environments."""

    kind: Literal["octopus-environment"] = Field(
        title="Octopus Environment", description="Environments of the selected spaces."
    )
    selector: SpaceSelector


class OctopusReleaseResourceConfig(ResourceConfig):
    """Maps releases."""

    kind: Literal["octopus-release"] = Field(
        title="Octopus Release",
        description="Releases, with the Jira issues that build information names.",
    )
    selector: SpaceSelector


class OctopusDeploymentResourceConfig(ResourceConfig):
    """Maps deployments."""

    kind: Literal["octopus-deployment"] = Field(
        title="Octopus Deployment",
        description="Deployments, joined with their task: state, start, end, duration.",
    )
    selector: SpaceSelector


class OctopusMachineResourceConfig(ResourceConfig):
    """Maps deployment targets."""

    kind: Literal["octopus-machine"] = Field(
        title="Octopus Machine",
        description="Deployment targets, which Octopus' API calls machines.",
    )
    selector: SpaceSelector
