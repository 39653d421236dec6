"""Live events of projects, which take along what is in them."""

from port_ocean.core.handlers.port_app_config.models import ResourceConfig
from port_ocean.core.handlers.webhook.webhook_event import (
    EventPayload,
    WebhookEventRawResults,
)

from core.resource import fetch_all, fetch_parents
from core.types import Item
from jira.resources import COMPONENT, EPIC, ISSUE, PROJECT, REQUEST, VERSION
from webhook_processors.base import asking_for, at, by_kind, matching
from webhook_processors.dependents import remove_dependents
from webhook_processors.jira_event import PROJECT_KEY, JiraWebhookProcessor

# Where these events leave a project. What is in it can't be listed any more then, so
# its issues, versions and components are gone, as they are for a resync.
STATE_AFTER = {"project_archived": "archived", "project_soft_deleted": "deleted"}


class ProjectWebhookProcessor(JiraWebhookProcessor):
    """A project was created, edited, archived, trashed, deleted or brought back."""

    subject = "project"
    resources = by_kind(PROJECT, VERSION, COMPONENT, ISSUE, EPIC, REQUEST)
    saved_on = frozenset(
        {
            "project_created",
            "project_updated",
            "project_restored_deleted",
            "project_restored_archived",
        }
    )
    gone_on = frozenset({"project_deleted", "project_soft_deleted", "project_archived"})

    def burst(self) -> str | None:
        """Let every event count: one that restores brings more than one that edits."""
        return None

    async def handle_event(
        self, payload: EventPayload, resource: ResourceConfig
    ) -> WebhookEventRawResults:
        """Refresh the project, and take or bring back with it what is in it."""
        if resource.kind == PROJECT.kind:
            return await self._project(payload, resource)
        name, project = self.event_name(payload), at(payload, "project")
        if name in self.gone_on:
            owner = {**project, **(self.ref(payload) or {})}
            like = {"fields": {"project": owner}, "projectId": owner["id"]}
            await remove_dependents(resource, like, PROJECT.kind, owner)
        if name.startswith("project_restored"):
            return WebhookEventRawResults(await self._all_of(project, resource), [])
        return WebhookEventRawResults([], [])

    async def _project(
        self, payload: EventPayload, resource: ResourceConfig
    ) -> WebhookEventRawResults:
        """Refresh a project that went where the selector still wants it, too."""
        state, api = STATE_AFTER.get(self.event_name(payload)), self.client()
        ref = self.ref(payload)
        wanted = getattr(resource.selector, "status", ())
        if state in wanted and api is not None and ref is not None:
            return await self._refresh(api, resource, payload, ref)
        return await super().handle_event(payload, resource)

    async def _all_of(self, project: Item, resource: ResourceConfig) -> list[Item]:
        """Read what a project has, as far as the selector wants the project."""
        api, key = self.client(), matching(at(project, "key"), PROJECT_KEY)
        wanted = {p.casefold() for p in getattr(resource.selector, "projects", [])}
        names = {str(project.get(name)).casefold() for name in ("id", "key", "name")}
        if api is None or key is None or (wanted and not wanted & names):
            return []
        selector = resource.selector.copy(update={"projects": [key]})
        with asking_for(f"{resource.kind} of {key}") as read:
            await fetch_parents(api, PROJECT, selector, anew=True)
            pages = fetch_all(api, self.resources[resource.kind], selector)
            items = [item async for page in pages for item in page]
            read.found = True
        return items
