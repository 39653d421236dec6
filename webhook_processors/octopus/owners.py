"""Live events of owners in Octopus: their dependents go with them, without events."""

from port_ocean.core.handlers.port_app_config.models import ResourceConfig
from port_ocean.core.handlers.webhook.webhook_event import (
    EventPayload,
    WebhookEventRawResults,
)

from core.fetch import fetch_parents
from core.lookup import Absent, get_own
from core.resource import fill
from core.values import at
from links.issue_delivery import ISSUE_DELIVERY
from links.live_delivery import after_project, after_release
from live_events.belonging import not_elsewhere
from live_events.dependents import find_dependents, remove_entities
from octopus.audit_events import DELETED, space_id
from octopus.resources import (
    CHANNEL,
    CURRENT_RELEASE,
    DEPLOYMENT,
    PROJECT,
    RELEASE,
    RUNBOOK,
    RUNBOOK_RUN,
    SPACE,
)
from octopus.resources.current_releases import read_places
from octopus.resources.progression import note_release
from webhook_processors.base import asking_for, by_kind
from webhook_processors.octopus.base import OctopusWebhookProcessor
from webhook_processors.octopus.deliveries import told
from webhook_processors.octopus.payload import related_id


class OwnerWebhookProcessor(OctopusWebhookProcessor):
    """Refresh the owner, the first of `resources`, and take the others along."""

    # The field in the others that names their owner.
    owner_field = ""

    async def handle_event(
        self, payload: EventPayload, resource: ResourceConfig
    ) -> WebhookEventRawResults:
        """Refresh the owner, or remove its dependents if it is gone."""
        kind = next(iter(self.resources))
        if resource.kind == kind:
            return await super().handle_event(payload, resource)
        api, owner = self.api, self.ref(payload)
        category = at(payload, "Payload", "Event", "Category")
        if category in DELETED and api is not None and owner is not None:
            with asking_for(f"dependents of {owner}"):
                path = fill(self.resources[kind].item_path, owner)
                if await get_own(api, path) is Absent.GONE:
                    like = self.mark({self.owner_field: owner["Id"]})
                    gone = self.mark(owner)
                    found = await find_dependents(resource, like, kind, gone)
                    space = self.mark({"SpaceId": owner["SpaceId"]})
                    await remove_entities(await not_elsewhere(found, resource, space))
        return WebhookEventRawResults([], [])


class ReleaseWebhookProcessor(OwnerWebhookProcessor):
    """A release was created or edited, or deleted together with its deployments.

    What its project runs where now lacks the release, or no longer does.
    """

    document = "Releases"
    owner_field = "ReleaseId"
    resources = by_kind(RELEASE, DEPLOYMENT, CURRENT_RELEASE, ISSUE_DELIVERY)

    async def handle_event(
        self, payload: EventPayload, resource: ResourceConfig
    ) -> WebhookEventRawResults:
        """Do as for any owner; of its project, refresh what runs where."""
        if resource.kind == ISSUE_DELIVERY.kind:
            return await told(self, payload, resource, after_release)
        if resource.kind != CURRENT_RELEASE.kind:
            return await super().handle_event(payload, resource)
        api, project = self.api, related_id(payload, "Projects")
        space = space_id(payload)
        if api is None or project is None or space is None:
            return WebhookEventRawResults([], [])
        with asking_for(f"the places of {project}") as read:
            note_release(api, project)
            spaces = await fetch_parents(api, SPACE, resource.selector)
            ref = {"SpaceId": space, "ProjectId": project}
            is_selected = space in {known["Id"] for known in spaces}
            places = (
                await read_places(api, ref, resource.selector) if is_selected else []
            )
            read.found = True
        return WebhookEventRawResults(places, [])


class ProjectWebhookProcessor(OwnerWebhookProcessor):
    """A project was created or edited, or deleted with all that was in it."""

    document = "Projects"
    owner_field = "ProjectId"
    resources = by_kind(
        PROJECT,
        CHANNEL,
        RELEASE,
        DEPLOYMENT,
        CURRENT_RELEASE,
        ISSUE_DELIVERY,
        RUNBOOK,
        RUNBOOK_RUN,
    )

    async def handle_event(
        self, payload: EventPayload, resource: ResourceConfig
    ) -> WebhookEventRawResults:
        """Do as for any owner; tell the delivery of the issues that it carried."""
        if resource.kind != ISSUE_DELIVERY.kind:
            return await super().handle_event(payload, resource)
        return await told(self, payload, resource, after_project)
