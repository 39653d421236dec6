"""What selectors of Octopus share: which spaces, and how far back."""

from typing import get_args

from port_ocean.core.handlers.port_app_config.models import (
    ResourceConfig as FrameworkResourceConfig,
)
from pydantic.v1 import Field, validator

from framework.selectors import Selector, split_words
from octopus.permissions import PERMISSIONS

DEFAULT_LOOKBACK_DAYS = 90


class ResourceConfig(FrameworkResourceConfig):
    """Maps a kind; its permissions come from the table of all kinds."""

    def __init_subclass__(cls) -> None:
        (kind,) = get_args(cls.__fields__["kind"].type_)
        cls.probe_permissions = PERMISSIONS[kind]


class SpaceSelector(Selector):
    """Narrows a kind to some spaces."""

    spaces: list[str] = Field(
        default=[],
        title="Spaces",
        description="Names or ids of the spaces to read; empty for all visible ones.",
    )

    _split_spaces = validator("spaces", pre=True, allow_reuse=True)(split_words)


class DisablableSelector(SpaceSelector):
    """Narrows a kind whose items can be disabled."""

    include_disabled: bool = Field(
        default=True,
        alias="includeDisabled",
        title="Include Disabled",
        description="Whether to bring what is disabled, too.",
    )


class ProjectScopedSelector(SpaceSelector):
    """Narrows a kind to some projects."""

    projects: list[str] = Field(
        default=[],
        title="Projects",
        description="Names, slugs or ids of the projects; empty for all of them.",
    )

    _split_projects = validator("projects", pre=True, allow_reuse=True)(split_words)


class EnvironmentScopedSelector(SpaceSelector):
    """Narrows a kind to some environments."""

    environments: list[str] = Field(
        default=[],
        title="Environments",
        description="Names, slugs or ids of the environments; empty for all of them.",
    )

    _split_environments = validator("environments", pre=True, allow_reuse=True)(
        split_words
    )


class HistorySelector(ProjectScopedSelector):
    """Narrows a kind that grows for ever."""

    lookback_days: int = Field(
        default=DEFAULT_LOOKBACK_DAYS,
        ge=0,
        alias="lookbackDays",
        title="Lookback Days",
        description="How old items may be; older ones stay in the catalog as they are."
        " 0 reads everything.",
    )
