"""Live events of deployments, which concern issues and other deployments, too."""

from functools import partial
from typing import Any

from port_ocean.core.handlers.port_app_config.models import ResourceConfig
from port_ocean.core.handlers.webhook.webhook_event import (
    EventPayload,
    WebhookEventRawResults,
)

from client import ApiClient
from core.trouble import Missing, attempt
from core.types import Item
from framework.event_outcome import when_done
from links.issue_delivery import ISSUE_DELIVERY
from links.live_delivery import after_deployment
from octopus.resources import (
    APPROVAL,
    CURRENT_RELEASE,
    DEPLOYMENT,
    INTERRUPTION,
    RELEASE,
    TASK,
)
from octopus.resources.delivered import log_of
from octopus.resources.neighbours import (
    know_history,
    mark_told,
    mark_turned,
    read_neighbours,
)
from octopus.selectors import ExecutionSelector
from webhook_processors.base import asking_for, by_kind
from webhook_processors.octopus.deliveries import told
from webhook_processors.octopus.executions import (
    INTERRUPTED,
    ExecutionWebhookProcessor,
)


class DeploymentWebhookProcessor(ExecutionWebhookProcessor):
    """A deployment was queued, started, finished, cancelled, or waits for somebody."""

    document = "Deployments"
    resources = by_kind(
        DEPLOYMENT,
        RELEASE,
        CURRENT_RELEASE,
        TASK,
        INTERRUPTION,
        APPROVAL,
        ISSUE_DELIVERY,
    )
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
        """Do as for any execution; tell what this means for issues and for others."""
        if resource.kind == ISSUE_DELIVERY.kind:
            return await told(self, payload, resource, after_deployment)
        api, ref = self.api, self.ref(payload)
        if resource.kind != DEPLOYMENT.kind or api is None or ref is None:
            return await super().handle_event(payload, resource)
        selector: Any = resource.selector
        is_new = await know_history(api, selector)
        results = await super().handle_event(payload, resource)
        own = results.updated_raw_results
        if is_new:
            mark_turned(log_of(api, selector), own)
        others = await self._others(api, own, selector)
        return WebhookEventRawResults([*own, *others], results.deleted_raw_results)

    async def _others(
        self, api: ApiClient, own: list[Item], selector: ExecutionSelector
    ) -> list[Item]:
        """Return the deployments that these have changed, as far as they can be read.

        They come again with the next event of these, until all are read and written.
        """
        log = log_of(api, selector)
        what = f"the deployments that {[item['Id'] for item in own]} concern"
        with asking_for(what) as read:
            asking = read_neighbours(api, DEPLOYMENT, own, selector)
            found = await attempt(asking, value=what)
            if isinstance(found, Missing):
                others, may_pass = list[Item](), not found.is_permanent
            else:
                others, read.found = found
                may_pass = not read.found
            if may_pass:
                self.retry(f"not all of {what} can be read")
        if read.found and log.unreadable_since is None:
            when_done(partial(mark_told, log, own))
        return others
