"""Live events of what Octopus does: deployments, runs, and their interruptions."""

from port_ocean.core.handlers.port_app_config.models import ResourceConfig
from port_ocean.core.handlers.webhook.webhook_event import (
    EventPayload,
    WebhookEventRawResults,
)

from octopus.resources import (
    CURRENT_RELEASE,
    DEPLOYMENT,
    INTERRUPTION,
    MACHINE,
    RELEASE,
    RUNBOOK_RUN,
    TASK,
)
from webhook_processors.base import by_kind
from webhook_processors.octopus_event import OctopusWebhookProcessor
from webhook_processors.octopus_payload import ids_beside, related_id


class ExecutionWebhookProcessor(OctopusWebhookProcessor):
    """Refresh what is executed, the first of `resources`, and the others beside it."""

    def objects(self) -> list[str]:
        """Name the project: what runs in its places is no object of its own."""
        return [related_id(self.event.payload, "Projects") or "executions"]

    async def refresh(
        self, payload: EventPayload, resource: ResourceConfig
    ) -> WebhookEventRawResults:
        """Refresh the execution, or its task, its release, what runs in its place."""
        if resource.kind == next(iter(self.resources)):
            return await super().refresh(payload, resource)
        api, ref = self.client(), ids_beside(payload, resource.kind)
        if api is None or ref is None:
            return WebhookEventRawResults([], [])
        declared = self.resources[resource.kind]
        return await self._refresh(api, declared, resource, payload, ref)


class RunbookRunWebhookProcessor(ExecutionWebhookProcessor):
    """A runbook was run: queued, started, finished or cancelled."""

    document = "RunbookRuns"
    resources = by_kind(RUNBOOK_RUN, TASK)
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


class DeploymentWebhookProcessor(ExecutionWebhookProcessor):
    """A deployment was queued, started, finished, cancelled, or waits for somebody."""

    document = "Deployments"
    resources = by_kind(DEPLOYMENT, RELEASE, CURRENT_RELEASE, TASK)
    categories = INTERRUPTED | {
        "DeploymentQueued",
        "DeploymentStarted",
        "DeploymentResumed",
        "DeploymentSucceeded",
        "DeploymentFailed",
        "TaskCanceled",
    }


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
