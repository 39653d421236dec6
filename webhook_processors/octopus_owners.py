"""Live events of what others hang on in Octopus: they go with it, without events."""

from port_ocean.core.handlers.port_app_config.models import ResourceConfig
from port_ocean.core.handlers.webhook.webhook_event import (
    EventPayload,
    WebhookEventRawResults,
)

from client import ApiClient
from core.errors import Gone, NotFound
from core.types import Item
from octopus.resources import (
    CHANNEL,
    CURRENT_RELEASE,
    DEPLOYMENT,
    PROJECT,
    RELEASE,
    RUNBOOK,
    RUNBOOK_RUN,
)
from webhook_processors.base import asking_for, at, by_kind
from webhook_processors.dependents import remove_dependents
from webhook_processors.octopus_event import OctopusWebhookProcessor
from webhook_processors.octopus_payload import DELETED


class OwnerWebhookProcessor(OctopusWebhookProcessor):
    """Refresh the owner, the first of `resources`, and take the others along."""

    # The field in the others that names their owner.
    owner_field = ""

    async def handle_event(
        self, payload: EventPayload, resource: ResourceConfig
    ) -> WebhookEventRawResults:
        """Refresh the owner, or remove what has hung on it."""
        kind = next(iter(self.resources))
        if resource.kind == kind:
            return await super().handle_event(payload, resource)
        api, owner = self.client(), self.ref(payload)
        category = at(payload, "Payload", "Event", "Category")
        if category in DELETED and api is not None and owner is not None:
            with asking_for(f"what hangs on {owner}"):
                if self.is_surely_gone(payload) or await self._is_gone(api, owner):
                    like = {self.owner_field: owner["Id"]}
                    await remove_dependents(resource, like, kind, owner)
        return WebhookEventRawResults([], [])

    async def _is_gone(self, api: ApiClient, owner: Item) -> bool:
        path = f"api/{owner['SpaceId']}/{self.document.lower()}/{owner['Id']}"
        try:
            await api.get(path)
        except (Gone, NotFound):
            return True
        return False


class ReleaseWebhookProcessor(OwnerWebhookProcessor):
    """A release was created or edited, or deleted together with its deployments."""

    document = "Releases"
    owner_field = "ReleaseId"
    resources = by_kind(RELEASE, DEPLOYMENT)


class ProjectWebhookProcessor(OwnerWebhookProcessor):
    """A project was created or edited, or deleted with all that was in it."""

    document = "Projects"
    owner_field = "ProjectId"
    resources = by_kind(
        PROJECT, CHANNEL, RELEASE, DEPLOYMENT, CURRENT_RELEASE, RUNBOOK, RUNBOOK_RUN
    )
