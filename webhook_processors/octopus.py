"""Live events of Octopus Deploy: one processor for each kind of document.

https://octopus.com/docs/administration/managing-infrastructure/subscriptions
"""

from typing import ClassVar

from port_ocean.core.handlers.port_app_config.models import ResourceConfig
from port_ocean.core.handlers.webhook.webhook_event import (
    EventHeaders,
    EventPayload,
    WebhookEventRawResults,
)

from client import ApiClient
from core.signature import is_secret
from core.types import Item
from octopus.connection import octopus_client, octopus_webhook_secret
from octopus.resources import (
    ACCOUNT,
    CERTIFICATE,
    CHANNEL,
    CURRENT_RELEASE,
    DEPLOYMENT,
    DEPLOYMENT_FREEZE,
    ENVIRONMENT,
    FEED,
    INTERRUPTION,
    LIBRARY_VARIABLE_SET,
    LIFECYCLE,
    MACHINE,
    PROJECT,
    PROJECT_GROUP,
    RELEASE,
    RUNBOOK,
    RUNBOOK_RUN,
    SPACE,
    TEAM,
    TENANT,
    USER,
    WORKER,
    WORKER_POOL,
)
from octopus.subscription import SECRET_HEADER
from webhook_processors.base import VendorWebhookProcessor, at, by_kind
from webhook_processors.octopus_payload import (
    DELETED,
    SAVED,
    document_id,
    ids_beside,
    space_id,
)

PATH = "/webhook/octopus"


class OctopusWebhookProcessor(VendorWebhookProcessor):
    """Check the secret header, and take the document from where Octopus hides it."""

    # What the ids of the documents begin with, as in `Releases-12`.
    document = ""
    # Categories of events besides those of every document.
    categories: ClassVar[frozenset[str]] = frozenset()
    gone_categories: ClassVar[frozenset[str]] = frozenset()

    def __init_subclass__(cls) -> None:
        saved, gone = {*SAVED, *cls.categories}, {*DELETED, *cls.gone_categories}
        cls.saved_on = frozenset(f"{category} {cls.document}" for category in saved)
        cls.gone_on = frozenset(f"{category} {cls.document}" for category in gone)

    def client(self) -> ApiClient | None:
        return octopus_client()

    async def is_genuine(self, headers: EventHeaders) -> bool:
        secret = octopus_webhook_secret()
        return secret is not None and is_secret(
            secret, headers.get(SECRET_HEADER.lower())
        )

    def event_name(self, payload: EventPayload) -> str:
        """Return the category and what it happened to: `Modified Releases`."""
        category = at(payload, "Payload", "Event", "Category")
        document = document_id(payload, self.document)
        return f"{category} {document.partition('-')[0]}" if document else ""

    def ref(self, payload: EventPayload) -> Item | None:
        document = document_id(payload, self.document)
        space = space_id(payload)
        if document is None or space is None:
            return None
        return {"Id": document, "SpaceId": space}


class SpaceWebhookProcessor(OctopusWebhookProcessor):
    """A space was created, edited or deleted."""

    document = "Spaces"
    resources = by_kind(SPACE)


class ProjectGroupWebhookProcessor(OctopusWebhookProcessor):
    """A group of projects was created, edited or deleted."""

    document = "ProjectGroups"
    resources = by_kind(PROJECT_GROUP)


class ProjectWebhookProcessor(OctopusWebhookProcessor):
    """A project was created, edited or deleted."""

    document = "Projects"
    resources = by_kind(PROJECT)


class ChannelWebhookProcessor(OctopusWebhookProcessor):
    """A channel was created, edited or deleted."""

    document = "Channels"
    resources = by_kind(CHANNEL)


class LifecycleWebhookProcessor(OctopusWebhookProcessor):
    """A lifecycle was created, edited or deleted."""

    document = "Lifecycles"
    resources = by_kind(LIFECYCLE)


class EnvironmentWebhookProcessor(OctopusWebhookProcessor):
    """An environment was created, edited or deleted."""

    document = "Environments"
    resources = by_kind(ENVIRONMENT)


class TenantWebhookProcessor(OctopusWebhookProcessor):
    """A tenant was created, edited or deleted."""

    document = "Tenants"
    resources = by_kind(TENANT)


class ReleaseWebhookProcessor(OctopusWebhookProcessor):
    """A release was created, edited or deleted."""

    document = "Releases"
    resources = by_kind(RELEASE)


class WorkerWebhookProcessor(OctopusWebhookProcessor):
    """A worker was created, edited or deleted."""

    document = "Workers"
    resources = by_kind(WORKER)


class WorkerPoolWebhookProcessor(OctopusWebhookProcessor):
    """A pool of workers was created, edited or deleted."""

    document = "WorkerPools"
    resources = by_kind(WORKER_POOL)


class AccountWebhookProcessor(OctopusWebhookProcessor):
    """An account was created, edited or deleted."""

    document = "Accounts"
    resources = by_kind(ACCOUNT)


class CertificateWebhookProcessor(OctopusWebhookProcessor):
    """A certificate was created, edited or deleted."""

    document = "Certificates"
    resources = by_kind(CERTIFICATE)


class VariableSetWebhookProcessor(OctopusWebhookProcessor):
    """A library variable set was created, edited or deleted."""

    document = "LibraryVariableSets"
    resources = by_kind(LIBRARY_VARIABLE_SET)


class FeedWebhookProcessor(OctopusWebhookProcessor):
    """A feed was created, edited or deleted."""

    document = "Feeds"
    resources = by_kind(FEED)


class ServerWebhookProcessor(OctopusWebhookProcessor):
    """Take documents of the whole server, which are in no space."""

    def ref(self, payload: EventPayload) -> Item | None:
        document = document_id(payload, self.document)
        return {"Id": document} if document else None


class TeamWebhookProcessor(ServerWebhookProcessor):
    """A team was created, edited or deleted."""

    document = "Teams"
    resources = by_kind(TEAM)


class UserWebhookProcessor(ServerWebhookProcessor):
    """A user was created, edited or deleted."""

    document = "Users"
    resources = by_kind(USER)


class DeploymentFreezeWebhookProcessor(ServerWebhookProcessor):
    """A deployment freeze was created, edited or deleted."""

    document = "DeploymentFreezes"
    resources = by_kind(DEPLOYMENT_FREEZE)


class RunbookWebhookProcessor(OctopusWebhookProcessor):
    """A runbook in the database was created, edited or deleted."""

    document = "Runbooks"
    resources = by_kind(RUNBOOK)

    def ref(self, payload: EventPayload) -> Item | None:
        ref = super().ref(payload)
        return {**ref, "__id": ref["Id"]} if ref else None


class RunbookRunWebhookProcessor(OctopusWebhookProcessor):
    """A runbook was run: queued, started, finished or cancelled."""

    document = "RunbookRuns"
    resources = by_kind(RUNBOOK_RUN)
    categories = frozenset(
        {
            "RunbookRunQueued",
            "RunbookRunStarted",
            "RunbookRunSucceeded",
            "RunbookRunFailed",
            "TaskCanceled",
        }
    )


INTERRUPTED = frozenset(
    {"ManualInterventionInterruptionRaised", "GuidedFailureInterruptionRaised"}
)


class InterruptionWebhookProcessor(OctopusWebhookProcessor):
    """A task waits for somebody, or somebody has answered."""

    document = "Interruptions"
    resources = by_kind(INTERRUPTION)
    categories = INTERRUPTED


class DeploymentWebhookProcessor(OctopusWebhookProcessor):
    """A deployment was queued, started, finished, cancelled, or waits for somebody."""

    document = "Deployments"
    resources = by_kind(DEPLOYMENT, RELEASE, CURRENT_RELEASE)
    categories = INTERRUPTED | {
        "DeploymentQueued",
        "DeploymentStarted",
        "DeploymentResumed",
        "DeploymentSucceeded",
        "DeploymentFailed",
        "TaskCanceled",
    }

    async def handle_event(
        self, payload: EventPayload, resource: ResourceConfig
    ) -> WebhookEventRawResults:
        """Refresh the deployment, its release, and what runs in its environment."""
        if resource.kind == DEPLOYMENT.kind:
            return await super().handle_event(payload, resource)
        api, ref = self.client(), ids_beside(payload, resource.kind)
        if api is None or ref is None:
            return WebhookEventRawResults([], [])
        declared = self.resources[resource.kind]
        return await self._refresh(api, declared, resource, payload, ref)


class MachineWebhookProcessor(OctopusWebhookProcessor):
    """A deployment target came, went, changed or changed its health."""

    document = "Machines"
    resources = by_kind(MACHINE)
    categories = frozenset(
        {
            "MachineAdded",
            "MachineEnabled",
            "MachineDisabled",
            "MachineHealthy",
            "MachineUnhealthy",
            "MachineUnavailable",
            "MachineHasWarnings",
            "MachineHealthChanged",
            "MachineDeploymentRelatedPropertyWasUpdated",
        }
    )
    gone_categories = frozenset({"MachineDeleted"})


PROCESSORS: tuple[type[OctopusWebhookProcessor], ...] = (
    SpaceWebhookProcessor,
    ProjectGroupWebhookProcessor,
    ProjectWebhookProcessor,
    ChannelWebhookProcessor,
    LifecycleWebhookProcessor,
    EnvironmentWebhookProcessor,
    TenantWebhookProcessor,
    ReleaseWebhookProcessor,
    WorkerWebhookProcessor,
    WorkerPoolWebhookProcessor,
    AccountWebhookProcessor,
    CertificateWebhookProcessor,
    VariableSetWebhookProcessor,
    FeedWebhookProcessor,
    TeamWebhookProcessor,
    UserWebhookProcessor,
    DeploymentFreezeWebhookProcessor,
    RunbookWebhookProcessor,
    RunbookRunWebhookProcessor,
    InterruptionWebhookProcessor,
    DeploymentWebhookProcessor,
    MachineWebhookProcessor,
)

# What Octopus is asked to send: everything that a processor claims.
CATEGORIES = frozenset(
    name.partition(" ")[0] for p in PROCESSORS for name in p.saved_on | p.gone_on
)
