"""Live events of Octopus Deploy: one processor for each kind of document.

https://octopus.com/docs/administration/managing-infrastructure/subscriptions
"""

from port_ocean.core.handlers.webhook.webhook_event import EventPayload

from core.types import Item
from octopus.resources import (
    ACCOUNT,
    CERTIFICATE,
    CHANNEL,
    DEPLOYMENT_FREEZE,
    ENVIRONMENT,
    FEED,
    LIBRARY_VARIABLE_SET,
    LIFECYCLE,
    PROJECT_GROUP,
    RUNBOOK,
    SPACE,
    TEAM,
    TENANT,
    USER,
    WORKER,
    WORKER_POOL,
)
from webhook_processors.base import by_kind
from webhook_processors.octopus.base import OctopusWebhookProcessor
from webhook_processors.octopus.deployments import DeploymentWebhookProcessor
from webhook_processors.octopus.executions import (
    InterruptionWebhookProcessor,
    MachineWebhookProcessor,
    RunbookRunWebhookProcessor,
    TaskWebhookProcessor,
)
from webhook_processors.octopus.owners import (
    ProjectWebhookProcessor,
    ReleaseWebhookProcessor,
)
from webhook_processors.octopus.payload import document_id

PATH = "/webhook/octopus"


class ServerWebhookProcessor(OctopusWebhookProcessor):
    """Take documents of the whole server, which are in no space."""

    def ref(self, payload: EventPayload) -> Item | None:
        document = document_id(payload, self.document)
        return {"Id": document} if document else None


class SpaceWebhookProcessor(ServerWebhookProcessor):
    """A space was created, edited or deleted."""

    document = "Spaces"
    resources = by_kind(SPACE)


class ProjectGroupWebhookProcessor(OctopusWebhookProcessor):
    """A group of projects was created, edited or deleted."""

    document = "ProjectGroups"
    resources = by_kind(PROJECT_GROUP)


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


class WorkerWebhookProcessor(OctopusWebhookProcessor):
    """A worker came, went, changed or changed its health, as targets do."""

    document = "Workers"
    resources = by_kind(WORKER)
    categories = MachineWebhookProcessor.categories
    gone_categories = MachineWebhookProcessor.gone_categories


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
    TaskWebhookProcessor,
)

# What Octopus is asked to send: every category that has a processor.
CATEGORIES = frozenset(
    name.partition(" ")[0] for p in PROCESSORS for name in p.saved_on | p.gone_on
)
