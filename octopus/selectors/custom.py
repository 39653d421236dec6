"""The selector of kinds that only a mapping knows: any other list of Octopus."""

import re

from port_ocean.core.handlers.port_app_config.models import ResourceConfig
from pydantic.v1 import Field, validator

from octopus.selectors.base import SpaceSelector

# Names of routes, without a query and without a way out of `/api`.
PATH = re.compile(r"[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*")


class CustomSelector(SpaceSelector):
    """Says where a kind of the user's own is."""

    path: str = Field(
        title="Path",
        description="The list's address below `/api/{space}` or `/api`, such as"
        " `proxies`. https://octopus.com/docs/api tells them all.",
    )
    space_scoped: bool = Field(
        default=True,
        alias="spaceScoped",
        title="Space Scoped",
        description="Whether every space has such a list, or the server one.",
    )

    @validator("path")
    @classmethod
    def _is_route(cls, path: str) -> str:
        route = path.strip().strip("/").removeprefix("api/")
        if not PATH.fullmatch(route):
            raise ValueError("write the names of a route only, such as proxies")
        return route


class OctopusCustomResourceConfig(ResourceConfig):
    """Maps any other list of Octopus Deploy."""

    kind: str = Field(
        title="Custom Octopus Kind",
        description="Any name, for a list of Octopus Deploy at `selector.path`.",
    )
    selector: CustomSelector
