"""Live events of what Octopus does: deployments, runs, and their interruptions."""

from loguru import logger
from port_ocean.core.handlers.port_app_config.models import ResourceConfig
from port_ocean.core.handlers.webhook.webhook_event import (
    EventPayload,
    WebhookEventRawResults,
)

from client import ApiClient
from core.errors import NotFound
from core.lookup import Absent, get_own
from core.resource import fill
from core.types import Item
from core.values import at, matching, objects, text
from octopus.audit_events import NUMBER
from octopus.paging import PAGE
from octopus.resources import (
    APPROVAL,
    CURRENT_RELEASE,
    DEPLOYMENT,
    INTERRUPTION,
    MACHINE,
    RELEASE,
    RUNBOOK_RUN,
    TASK,
)
from octopus.resources.approvals import read_votes
from octopus.resources.progression import place_of
from webhook_processors.base import asking_for, by_kind
from webhook_processors.octopus.base import OctopusWebhookProcessor
from webhook_processors.octopus.payload import ids_beside, related_id

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

    def lock_keys(self) -> list[str]:
        """Name it, its release, and the project, whose places are no objects."""
        payload = self.event.payload
        release = ids_beside(payload, RELEASE.kind)
        beside = [f"{RELEASE.kind} {release}"] if release else []
        project = related_id(payload, "Projects")
        more = [*beside, *([project] if project else [])]
        return [*super().lock_keys(), *map(self.named, more)]

    async def handle_event(
        self, payload: EventPayload, resource: ResourceConfig
    ) -> WebhookEventRawResults:
        """Refresh the execution, or its task, its release, what runs in its place."""
        if resource.kind == next(iter(self.resources)):
            return await super().handle_event(payload, resource)
        api = self.api
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
        if kind == APPROVAL.kind:
            return await self._approvals(api, payload)
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
            try:
                found = [item async for page in pages for item in objects(page)]
            except NotFound as error:  # no list, so it says nothing about its items
                logger.debug(f"no interruptions: {error}")
                return []
            read.found = True
        ids = [id_ for item in found if (id_ := text(item.get("Id")))]
        return [{"Id": id_, "SpaceId": execution["SpaceId"]} for id_ in ids]

    async def _approvals(self, api: ApiClient, payload: EventPayload) -> list[Item]:
        """Return the id of the approval that its task needs or needed."""
        execution, task = self.ref(payload), related_id(payload, "ServerTasks")
        if execution is None or task is None:
            return []
        ref = {"SpaceId": execution["SpaceId"], "TaskId": task}
        with asking_for(f"the approval of {task}") as read:
            try:
                votes = await read_votes(api, ref)
            except NotFound as error:  # older servers have none
                logger.debug(f"no approval: {error}")
                return []
            read.found = True
        id_ = text(at(votes, "Id"))
        return [{"Id": id_, "SpaceId": execution["SpaceId"]}] if id_ else []


class RunbookRunWebhookProcessor(ExecutionWebhookProcessor):
    """A runbook was run: queued, started, finished, cancelled, or waits."""

    document = "RunbookRuns"
    resources = by_kind(RUNBOOK_RUN, TASK, INTERRUPTION, APPROVAL)
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
        with asking_for(f"what {ref} did for {kind}") as read:
            task = await get_own(api, fill(TASK.item_path, ref))
            argument = "RunbookRunId" if kind == RUNBOOK_RUN.kind else "DeploymentId"
            pattern = f"{EXECUTIONS[argument]}-{NUMBER}"
            id_ = None
            if not isinstance(task, Absent):
                id_ = matching(at(task, "Arguments", argument), pattern)
            if id_ is None:
                return []
            execution = {"SpaceId": ref["SpaceId"], "Id": id_}
            if kind == CURRENT_RELEASE.kind:
                deployment = await get_own(api, fill(DEPLOYMENT.item_path, execution))
                place = None if isinstance(deployment, Absent) else place_of(deployment)
                if place is None:
                    return []
                execution |= {"ProjectId": place.partition("/")[0], "__id": place}
            read.found = True
        return [execution]


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
