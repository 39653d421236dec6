"""What the framework loads first: the mapping's kinds and the integration class."""

from port_ocean.core.handlers.port_app_config.api import APIPortAppConfig
from port_ocean.core.integrations.base import BaseIntegration
from pydantic.v1 import Field

from core.app_config import ReadablePortAppConfig
from core.deletion import CautiousStateApplier
from jira.selectors import (
    JiraBacklogResourceConfig,
    JiraBoardResourceConfig,
    JiraComponentResourceConfig,
    JiraEpicResourceConfig,
    JiraFilterResourceConfig,
    JiraGroupResourceConfig,
    JiraIssueChangelogResourceConfig,
    JiraIssueLinkResourceConfig,
    JiraIssueResourceConfig,
    JiraProjectResourceConfig,
    JiraRequestResourceConfig,
    JiraSprintResourceConfig,
    JiraTeamResourceConfig,
    JiraUserResourceConfig,
    JiraVersionResourceConfig,
    JiraWorklogResourceConfig,
)
from octopus.selectors import (
    OctopusAccountResourceConfig,
    OctopusCertificateResourceConfig,
    OctopusChannelResourceConfig,
    OctopusCurrentReleaseResourceConfig,
    OctopusDeploymentFreezeResourceConfig,
    OctopusDeploymentResourceConfig,
    OctopusEnvironmentResourceConfig,
    OctopusFeedResourceConfig,
    OctopusInterruptionResourceConfig,
    OctopusLibraryVariableSetResourceConfig,
    OctopusLifecycleResourceConfig,
    OctopusMachineResourceConfig,
    OctopusProjectGroupResourceConfig,
    OctopusProjectResourceConfig,
    OctopusReleaseResourceConfig,
    OctopusRunbookResourceConfig,
    OctopusRunbookRunResourceConfig,
    OctopusSpaceResourceConfig,
    OctopusTaskResourceConfig,
    OctopusTeamResourceConfig,
    OctopusTenantResourceConfig,
    OctopusUserResourceConfig,
    OctopusWorkerPoolResourceConfig,
    OctopusWorkerResourceConfig,
)


class JiraOctopusPortAppConfig(ReadablePortAppConfig):
    """The mapping: which kinds to bring, and what becomes of them."""

    resources: list[
        JiraProjectResourceConfig
        | JiraVersionResourceConfig
        | JiraComponentResourceConfig
        | JiraIssueResourceConfig
        | JiraEpicResourceConfig
        | JiraIssueLinkResourceConfig
        | JiraIssueChangelogResourceConfig
        | JiraWorklogResourceConfig
        | JiraRequestResourceConfig
        | JiraBoardResourceConfig
        | JiraSprintResourceConfig
        | JiraBacklogResourceConfig
        | JiraUserResourceConfig
        | JiraTeamResourceConfig
        | JiraGroupResourceConfig
        | JiraFilterResourceConfig
        | OctopusSpaceResourceConfig
        | OctopusProjectGroupResourceConfig
        | OctopusProjectResourceConfig
        | OctopusChannelResourceConfig
        | OctopusLifecycleResourceConfig
        | OctopusEnvironmentResourceConfig
        | OctopusTenantResourceConfig
        | OctopusReleaseResourceConfig
        | OctopusDeploymentResourceConfig
        | OctopusCurrentReleaseResourceConfig
        | OctopusRunbookResourceConfig
        | OctopusRunbookRunResourceConfig
        | OctopusTaskResourceConfig
        | OctopusInterruptionResourceConfig
        | OctopusDeploymentFreezeResourceConfig
        | OctopusMachineResourceConfig
        | OctopusWorkerResourceConfig
        | OctopusWorkerPoolResourceConfig
        | OctopusTeamResourceConfig
        | OctopusUserResourceConfig
        | OctopusAccountResourceConfig
        | OctopusCertificateResourceConfig
        | OctopusLibraryVariableSetResourceConfig
        | OctopusFeedResourceConfig
    ] = Field(  # type: ignore[assignment] # the framework's way to name the kinds
        default_factory=list,
        title="Resources",
        description="The kinds to bring into the catalog and how to map them.",
    )


class JiraOctopusIntegration(BaseIntegration):
    """Jira Cloud and Octopus Deploy, linked."""

    EntitiesStateApplierClass = CautiousStateApplier

    class AppConfigHandlerClass(APIPortAppConfig):
        CONFIG_CLASS = JiraOctopusPortAppConfig
