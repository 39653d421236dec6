"""What the resource configs of Jira share: each names what a probe has to check."""

from typing import get_args

from port_ocean.core.handlers.port_app_config.models import (
    ResourceConfig as FrameworkResourceConfig,
)

from jira.permissions import PERMISSIONS, SCOPES


class ResourceConfig(FrameworkResourceConfig):
    """Maps a kind; its permissions come from the table of all kinds."""

    def __init_subclass__(cls) -> None:
        for kind in get_args(cls.__fields__["kind"].type_):  # none of a base class
            cls.probe_permissions = {
                "permissions": PERMISSIONS[kind],
                "scopes": SCOPES[kind],
            }
