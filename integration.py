"""What the framework loads first: the mapping's kinds and the integration class."""

from typing import ClassVar

from pydantic.v1 import Field

# By its module: of several integration classes here, the framework takes the first.
from framework import incremental
from framework.app_config import ReadablePortAppConfig
from framework.app_config_reading import SharedReading
from framework.entity_processor import CombinedJQEntityProcessor
from framework.state_applier import CautiousStateApplier
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
from links.selectors import OctopusIssueDeliveryResourceConfig
from octopus.selectors import (
    OctopusAccountResourceConfig,
    OctopusApprovalResourceConfig,
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
    OctopusPolicyResourceConfig,
    OctopusProcessTemplateResourceConfig,
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
        | OctopusIssueDeliveryResourceConfig
        | OctopusRunbookResourceConfig
        | OctopusRunbookRunResourceConfig
        | OctopusTaskResourceConfig
        | OctopusInterruptionResourceConfig
        | OctopusApprovalResourceConfig
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
        | OctopusPolicyResourceConfig
        | OctopusProcessTemplateResourceConfig
        | OctopusCustomResourceConfig
    ] = Field(  # type: ignore[assignment] # the framework's way to name the kinds
        default_factory=list,
        title="Resources",
        description="The kinds to bring into the catalog and how to map them.",
    )


class JiraOctopusIntegration(incremental.IncrementalIntegration):
    """Jira Cloud and Octopus Deploy, linked."""

    EntitiesStateApplierClass = CautiousStateApplier
    EntityProcessorClass = CombinedJQEntityProcessor

    class AppConfigHandlerClass(SharedReading):
        CONFIG_CLASS = JiraOctopusPortAppConfig
