"""What the framework loads first: the mapping's kinds and the integration class."""

from port_ocean.core.handlers.port_app_config.api import APIPortAppConfig
from port_ocean.core.integrations.base import BaseIntegration
from pydantic.v1 import Field

from core.app_config import ReadablePortAppConfig
from core.deletion import CautiousStateApplier
from jira.connection import jira_client
from jira.kinds import JiraKind
from jira.selectors import (
    JiraIssueResourceConfig,
    JiraProjectResourceConfig,
    JiraUserResourceConfig,
)
from octopus.connection import octopus_client
from octopus.kinds import OctopusKind
from octopus.selectors import (
    OctopusDeploymentResourceConfig,
    OctopusEnvironmentResourceConfig,
    OctopusMachineResourceConfig,
    OctopusProjectResourceConfig,
    OctopusReleaseResourceConfig,
    OctopusSpaceResourceConfig,
)


class JiraOctopusPortAppConfig(ReadablePortAppConfig):
    """The mapping: which kinds to bring, and what becomes of them."""

    resources: list[
        JiraProjectResourceConfig
        | JiraIssueResourceConfig
        | JiraUserResourceConfig
        | OctopusSpaceResourceConfig
        | OctopusProjectResourceConfig
        | OctopusEnvironmentResourceConfig
        | OctopusReleaseResourceConfig
        | OctopusDeploymentResourceConfig
        | OctopusMachineResourceConfig
    ] = Field(  # type: ignore[assignment] # the framework's way to name the kinds
        default_factory=list,
        title="Resources",
        description="The kinds to bring into the catalog and how to map them.",
    )


class JiraOctopusStateApplier(CautiousStateApplier):
    """Keeps the entities of a product whose settings were taken away."""

    def kinds_not_read(self) -> frozenset[str]:
        jira = () if jira_client() else JiraKind
        octopus = () if octopus_client() else OctopusKind
        return frozenset((*jira, *octopus))


class JiraOctopusIntegration(BaseIntegration):
    """Jira Cloud and Octopus Deploy, linked."""

    EntitiesStateApplierClass = JiraOctopusStateApplier

    class AppConfigHandlerClass(APIPortAppConfig):
        CONFIG_CLASS = JiraOctopusPortAppConfig
