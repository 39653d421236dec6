"""What the framework loads first: the mapping's kinds and the integration class."""

from typing import ClassVar

from port_ocean.core.handlers.port_app_config.api import APIPortAppConfig
from port_ocean.core.integrations.base import BaseIntegration
from pydantic.v1 import Field

from core.app_config import ReadablePortAppConfig
from core.deletion import CautiousStateApplier
from core.mapping import CombinedJQEntityProcessor
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
    OctopusCustomResourceConfig,
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

    allow_custom_kinds: ClassVar[bool] = True
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
        | OctopusCustomResourceConfig
    ] = Field(  # type: ignore[assignment] # the framework's way to name the kinds
        default_factory=list,
        title="Resources",
        description="The kinds to bring into the catalog and how to map them.",
    )


class JiraOctopusIntegration(BaseIntegration):
    """Jira Cloud and Octopus Deploy, linked."""

    EntitiesStateApplierClass = CautiousStateApplier
    EntityProcessorClass = CombinedJQEntityProcessor

    class AppConfigHandlerClass(APIPortAppConfig):
        CONFIG_CLASS = JiraOctopusPortAppConfig
