"""What all selectors have in common: nothing misspelt gets through."""

from collections.abc import Sequence
from typing import Any

from port_ocean.core.handlers.port_app_config.models import (
    Selector as FrameworkSelector,
)
from pydantic.v1 import Field, validator

from core.api import Api
from core.errors import Refused
from core.resource import unknown_names
from core.site import Site


class Selector(FrameworkSelector):
    """A kind's selector; unknown keys are refused when the mapping is read."""

    sites: list[str] = Field(
        default_factory=list,
        title="Sites",
        description=(
            "Bring the kind from these sites of Jira, or servers of Octopus Deploy,"
            " only: by their names in the settings, the first one is called default."
        ),
    )

    @validator("sites", pre=True)
    def _split_sites(cls, value: Any) -> Any:
        return split_words(value)

    class Config:
        extra = "forbid"
        allow_population_by_field_name = True


def split_words(value: Any) -> Any:
    """Accept `a, b` where a list is expected, as the official integrations do."""
    if isinstance(value, str):
        return [word.strip() for word in value.split(",") if word.strip()]
    return value


def serves(selector: Any, site: Site) -> bool:
    """Return whether a selector brings anything of a site."""
    wanted = getattr(selector, "sites", None)
    return not wanted or site.label in {name.casefold() for name in wanted}


def selected(selector: Any, apis: Sequence[Api]) -> list[Api]:
    """Return the connections that a selector brings; raises Refused for other names."""
    wanted = getattr(selector, "sites", None) or []
    if unknown := unknown_names(wanted, [api.site.label for api in apis]):
        raise Refused(f"selector.sites names {unknown}: no connection has that name")
    return [api for api in apis if serves(selector, api.site)]
