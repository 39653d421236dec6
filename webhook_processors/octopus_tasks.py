"""Live events of what Octopus does: deployments, runs, and their interruptions."""

from contextlib import suppress

from port_ocean.core.handlers.port_app_config.models import ResourceConfig
from port_ocean.core.handlers.webhook.webhook_event import (
    EventPayload,
    WebhookEventRawResults,
)

from client import ApiClient
from core.errors import Gone, NotFound
from core.types import Item
from octopus.resources import (
    CURRENT_RELEASE,
    DEPLOYMENT,
    INTERRUPTION,
    MACHINE,
    PAGE,
    RELEASE,
    RUNBOOK_RUN,
    TASK,
)
from octopus.resources.dashboard import place_of
from webhook_processors.base import asking_for, at, by_kind, matching
from webhook_processors.octopus_event import OctopusWebhookProcessor
from webhook_processors.octopus_payload import (
    NUMBER,
    ids_beside,
    related_id,
)

# What tasks do, by the names of their arguments, and what the ids begin with.
EXECUTIONS = {"DeploymentId": "Deployments", "RunbookRunId": "RunbookRuns"}
INTERRUPTED = frozenset(
    {
        "ManualInterventionInterruptionRaised",
        "GuidedFailureInterruptionRaised",
        "InterruptionResponsibilityTaken",
        "InterruptionSubmitted",
    }
)


class ExecutionWebhookProcessor(OctopusWebhookProcessor):
    """Refresh what is executed, the first of `resources`, and the others beside it."""

    def objects(self) -> list[str]:
        """Name it, its release, and the project, whose places are no objects."""
        payload = self.event.payload
        release = ids_beside(payload, RELEASE.kind)
        beside = [f"{RELEASE.kind} {release}"] if release else []
        project = related_id(payload, "Projects")
        return [*super().objects(), *beside, *([project] if project else [])]

    async def handle_event(
        self, payload: EventPayload, resource: ResourceConfig
    ) -> WebhookEventRawResults:
        """Refresh the execution, or its task, its release, what runs in its place."""
        if resource.kind == next(iter(self.resources)):
            return await super().handle_event(payload, resource)
        api = self.client()
        if api is None:
            return WebhookEventRawResults([], [])
        refs = await self.beside(api, payload, resource.kind)
        return await self._refresh_all(api, resource, payload, refs)

    async def beside(
        self, api: ApiClient, payload: EventPayload, kind: str
    ) -> list[Item]:
        """Return the ids of what the event concerns besides the execution."""
        if kind == INTERRUPTION.kind:
            return await self._interruptions(api, payload)
        found = ids_beside(payload, kind)
        return [found] if found else []

    async def _interruptions(self, api: ApiClient, payload: EventPayload) -> list[Item]:
        """Return the ids of what it waits or waited for; events don't name them."""
        execution = self.ref(payload)
        if execution is None:
            return []
        path = f"api/{execution['SpaceId']}/interruptions"
        with asking_for(f"the interruptions of {execution}") as read:
            pages = api.pages(path, PAGE, {"regarding": execution["Id"]})
            found = [item async for page in pages for item in page]
            read.found = True
        return [{"Id": i["Id"], "SpaceId": execution["SpaceId"]} for i in found]


class RunbookRunWebhookProcessor(ExecutionWebhookProcessor):
    """A runbook was run: queued, started, finished, cancelled, or waits."""

    document = "RunbookRuns"
    resources = by_kind(RUNBOOK_RUN, TASK, INTERRUPTION)
    categories = INTERRUPTED | {
        "RunbookRunQueued",
        "RunbookRunStarted",
        "RunbookRunSucceeded",
        "RunbookRunFailed",
        "TaskCanceled",
    }


class InterruptionWebhookProcessor(OctopusWebhookProcessor):
    """A task waits for somebody, or somebody has answered."""

    document = "Interruptions"
    resources = by_kind(INTERRUPTION)
    categories = INTERRUPTED


class DeploymentWebhookProcessor(ExecutionWebhookProcessor):
    """A deployment was queued, started, finished, cancelled, or waits for somebody."""

    document = "Deployments"
    resources = by_kind(DEPLOYMENT, RELEASE, CURRENT_RELEASE, TASK, INTERRUPTION)
    categories = INTERRUPTED | {
        "DeploymentQueued",
        "DeploymentStarted",
        "DeploymentResumed",
        "DeploymentSucceeded",
        "DeploymentFailed",
        "TaskCanceled",
    }


class TaskWebhookProcessor(ExecutionWebhookProcessor):
    """A task was cancelled, and the event does not say what the task did."""

    document = "ServerTasks"
    resources = by_kind(TASK, DEPLOYMENT, RUNBOOK_RUN, CURRENT_RELEASE)
    has_documents = False
    categories = frozenset({"TaskCanceled"})

    def event_name(self, payload: EventPayload) -> str:
        """Leave the event to others if they know the execution from it."""
        known = (related_id(payload, document) for document in EXECUTIONS.values())
        return "" if any(known) else super().event_name(payload)

    async def beside(
        self, api: ApiClient, payload: EventPayload, kind: str
    ) -> list[Item]:
        """Ask the task what it did."""
        ref = self.ref(payload)
        if ref is None:
            return []
        space, id_ = f"api/{ref['SpaceId']}", None
        with asking_for(f"what {ref} did for {kind}") as read, suppress(Gone, NotFound):
            task = await api.get(f"{space}/tasks/{ref['Id']}")
            argument = "RunbookRunId" if kind == RUNBOOK_RUN.kind else "DeploymentId"
            pattern = f"{EXECUTIONS[argument]}-{NUMBER}"
            id_ = matching(at(task, "Arguments", argument), pattern)
            if id_ and kind == CURRENT_RELEASE.kind:
                deployment = await api.get(f"{space}/deployments/{id_}")
                place = {"ProjectId": deployment["ProjectId"]}
                ref |= {**place, "__id": place_of(deployment)}
            read.found = True
        return [{**ref, "Id": id_}] if id_ else []


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
