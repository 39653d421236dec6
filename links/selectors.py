"""What the user may set for the kinds that tie both products together."""

from typing import ClassVar, Literal

from port_ocean.core.handlers.port_app_config.models import (
    ProbePermissions,
    ResourceConfig,
)
from pydantic.v1 import Field

from octopus.kinds import OctopusKind
from octopus.permissions import PERMISSIONS
from octopus.selectors import ReleaseSelector

# It is told from these kinds.
SOURCES = (OctopusKind.RELEASE, OctopusKind.DEPLOYMENT, OctopusKind.CURRENT_RELEASE)
NEEDED = tuple(dict.fromkeys(name for kind in SOURCES for name in PERMISSIONS[kind]))


class OctopusIssueDeliveryResourceConfig(ResourceConfig):
    """Maps how far releases brought Jira's issues."""

    probe_permissions: ClassVar[ProbePermissions | None] = NEEDED
    kind: Literal["octopus-issue-delivery"] = Field(
        title="Octopus Issue Delivery",
        description="How far releases brought each Jira issue, and since when.",
    )
    selector: ReleaseSelector
