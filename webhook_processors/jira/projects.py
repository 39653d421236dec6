"""Live events of projects, which take along what is in them."""

from port_ocean.core.handlers.port_app_config.models import ResourceConfig
from port_ocean.core.handlers.webhook.webhook_event import (
    EventPayload,
    WebhookEventRawResults,
)
from port_ocean.core.models import Entity

from client import ApiClient
from core.errors import ApiError, Incomplete, Refused, Unavailable
from core.fetch import fetch_all, fetch_parents
from core.lookup import Absent
from core.trouble import Report, Trouble, reporting
from core.types import Item
from core.values import matching
from jira.resources import COMPONENT, EPIC, ISSUE, PROJECT, REQUEST, VERSION
from jira.resources.projects import read_project, state_of
from live_events.dependents import (
    find_dependents,
    remove_dependents,
    remove_entities,
)
from webhook_processors.base import asking_for, by_kind
from webhook_processors.jira.base import (
    ISSUE_KEY,
    PROJECT_KEY,
    JiraWebhookProcessor,
)

# What another key of the project renames, too.
NAMED_BY_KEY = {ISSUE.kind, EPIC.kind, REQUEST.kind}


class ProjectWebhookProcessor(JiraWebhookProcessor):
    """A project was created, edited, archived, trashed, deleted or brought back."""

    subject = "project"
    key_pattern = PROJECT_KEY
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

    def coalescing_key(self) -> str | None:
        """Let every event count: one that restores brings more than one that edits."""
        return None

    async def handle_event(
        self, payload: EventPayload, resource: ResourceConfig
    ) -> WebhookEventRawResults:
        """Refresh the project, and take or bring back with it what is in it."""
        if resource.kind == PROJECT.kind:
            return await super().handle_event(payload, resource)
        api, ref, name = self.api, self.ref(payload), self.event_name(payload)
        if api is None or ref is None or name == "project_created":
            return WebhookEventRawResults([], [])
        project = await _read(api, ref["id"])
        if isinstance(project, Absent):
            owner = await self.last_known(api, payload, ref, project)
            await remove_dependents(*self._parts(resource, owner))
        elif state_of(project) != "live":
            # What is in it can't be listed any more, as a resync would find.
            await remove_dependents(*self._parts(resource, project))
        elif name.startswith("project_restored"):
            items, _ = await self._all_of(project, resource)
            return WebhookEventRawResults(items, [])
        elif name == "project_updated" and resource.kind in NAMED_BY_KEY:
            return await self._under_new_key(api, project, resource)
        return WebhookEventRawResults([], [])

    async def has_left(self, api: ApiClient, key: str) -> bool:
        """Return whether no project has this key any more; Jira redirects old keys."""
        project = await _read(api, key)
        return isinstance(project, Absent) or project.get("key") != key

    def _parts(
        self, resource: ResourceConfig, project: Item
    ) -> tuple[ResourceConfig, Item, str, Item]:
        """Return what `find_dependents` needs to find what belongs to a project."""
        like = {"fields": {"project": project}, "projectId": project["id"]}
        return resource, self.mark(like), PROJECT.kind, self.mark(project)

    def _project_key(self, entity: Entity) -> str | None:
        """Return the project's key in an entity that is named by an issue's key."""
        own = entity.identifier.removeprefix(self.site.scope)
        key = matching(own, ISSUE_KEY)
        return key.rpartition("-")[0] if key else None

    async def _under_new_key(
        self, api: ApiClient, project: Item, resource: ResourceConfig
    ) -> WebhookEventRawResults:
        """Bring the issues of a project that got another key; the old ones leave."""
        former = [{**project, "key": key} for key in _old_keys(project)]
        old = {
            entity.identifier: entity
            for owner in (project, *former)
            for entity in await find_dependents(*self._parts(resource, owner))
            if self._project_key(entity) not in (None, project["key"])
        }
        keys = {key for entity in old.values() if (key := self._project_key(entity))}
        left = {key for key in keys if await self.has_left(api, key)}
        if not left:
            return WebhookEventRawResults([], [])
        issues, is_whole = await self._all_of(project, resource)
        if is_whole:
            gone = [
                entity for entity in old.values() if self._project_key(entity) in left
            ]
            await remove_entities(gone)
        return WebhookEventRawResults(issues, [])

    async def _all_of(
        self, project: Item, resource: ResourceConfig
    ) -> tuple[list[Item], bool]:
        """Read what a project has, as far as the selector wants the project.

        Returns also whether all of it could be read. Raises Incomplete unless the list
        was read to its end.
        """
        api, key = self.api, matching(project.get("key"), PROJECT_KEY)
        wanted = {p.casefold() for p in getattr(resource.selector, "projects", [])}
        names = {str(project.get(name)).casefold() for name in ("id", "key", "name")}
        if api is None or key is None or (wanted and not wanted & names):
            return [], True
        selector = resource.selector.copy(update={"projects": [key]})
        report = Report(resource.kind)
        with asking_for(f"{resource.kind} of {key}") as read, reporting(report):
            await fetch_parents(api, PROJECT, selector, refresh=True)
            pages = fetch_all(api, self.resources[resource.kind], selector)
            items = [item async for page in pages for item in page]
            if lists := [t for t in report.hidden if t.item is None]:
                raise Incomplete("lists", [_error_of(trouble) for trouble in lists])
            read.found = True
        return items, not report.hidden


def _error_of(trouble: Trouble) -> ApiError:
    kind = Refused if trouble.is_permanent else Unavailable
    return kind(trouble.reason)


async def _read(api: ApiClient, id_or_key: str) -> Item | Absent:
    """Return a project as it is at this moment, with the keys that it has had."""
    with asking_for(f"project {id_or_key}") as read:
        project = await read_project(api, id_or_key, expand="projectKeys")
        read.found = True
    return project


def _old_keys(project: Item) -> list[str]:
    """Return the keys that a project had before, as far as Jira names them."""
    keys = project.get("projectKeys")
    known = keys if isinstance(keys, list) else []
    return [k for k in known if k != project["key"] and matching(k, PROJECT_KEY)]
