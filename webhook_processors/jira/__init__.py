"""Live events of Jira: one processor for each thing that its events are about.

https://developer.atlassian.com/cloud/jira/platform/webhooks/
"""

from port_ocean.core.handlers.port_app_config.models import ResourceConfig
from port_ocean.core.handlers.webhook.webhook_event import (
    EventPayload,
    WebhookEventRawResults,
)

from core.types import Item
from core.values import at, matching
from jira.resources import BOARD, FILTER, SPRINT, USER, VERSION
from webhook_processors.base import by_kind
from webhook_processors.jira.base import ACCOUNT_ID, NUMBER, JiraWebhookProcessor
from webhook_processors.jira.issues import (
    BacklogWebhookProcessor,
    IssueLinkWebhookProcessor,
    IssueWebhookProcessor,
    WorklogWebhookProcessor,
)
from webhook_processors.jira.projects import ProjectWebhookProcessor

PATH = "/webhook/jira"


class VersionWebhookProcessor(JiraWebhookProcessor):
    """A version was created, edited, released, moved, merged or deleted."""

    subject = "version"
    resources = by_kind(VERSION)
    saved_on = frozenset(
        {
            "jira:version_created",
            "jira:version_updated",
            "jira:version_released",
            "jira:version_unreleased",
            "jira:version_moved",
        }
    )
    gone_on = frozenset({"jira:version_deleted", "jira:version_merged"})

    def lock_keys(self) -> list[str]:
        """Name the version, and the one that took it in."""
        target = _merged_to(self.event.payload)
        merged = [self.named(f"{VERSION.kind} {target}")] if target else []
        return [*super().lock_keys(), *merged]

    async def handle_event(
        self, payload: EventPayload, resource: ResourceConfig
    ) -> WebhookEventRawResults:
        """Refresh the version; a merge also changes the one that took it in."""
        results = await super().handle_event(payload, resource)
        api = self.api
        target = _merged_to(payload)
        if api is None or target is None:
            return results
        merged = await self._refresh(api, resource, payload, target)
        updated = [*results.updated_raw_results, *merged.updated_raw_results]
        return WebhookEventRawResults(updated, results.deleted_raw_results)


def _merged_to(payload: EventPayload) -> Item | None:
    """Return the version that a deleted one was merged into."""
    merged = at(payload, "mergedTo")
    ids = (at(merged, "version", "id"), at(merged, "id"))
    found = [id_ for value in ids if (id_ := matching(value, NUMBER))]
    return {"id": found[0]} if found else None


class UserWebhookProcessor(JiraWebhookProcessor):
    """An account was created, edited or removed."""

    subject = "user"
    id_field = "accountId"
    id_pattern = ACCOUNT_ID
    resources = by_kind(USER)
    saved_on = frozenset({"user_created", "user_updated"})
    gone_on = frozenset({"user_deleted"})


class BoardWebhookProcessor(JiraWebhookProcessor):
    """A board was created, edited, configured or deleted."""

    subject = "board"
    resources = by_kind(BOARD)
    saved_on = frozenset({"board_created", "board_updated"})
    gone_on = frozenset({"board_deleted"})


class BoardConfigurationWebhookProcessor(JiraWebhookProcessor):
    """A board's filter or columns changed; this event names the board differently."""

    subject = "configuration"
    resources = by_kind(BOARD)
    saved_on = frozenset({"board_configuration_changed"})


class SprintWebhookProcessor(JiraWebhookProcessor):
    """A sprint was planned, edited, started, closed or deleted."""

    subject = "sprint"
    resources = by_kind(SPRINT)
    saved_on = frozenset(
        {"sprint_created", "sprint_updated", "sprint_started", "sprint_closed"}
    )
    gone_on = frozenset({"sprint_deleted"})


class FilterWebhookProcessor(JiraWebhookProcessor):
    """A saved filter was created, edited or deleted."""

    subject = "filter"
    resources = by_kind(FILTER)
    saved_on = frozenset({"filter_created", "filter_updated"})
    gone_on = frozenset({"filter_deleted"})


PROCESSORS: tuple[type[JiraWebhookProcessor], ...] = (
    IssueWebhookProcessor,
    WorklogWebhookProcessor,
    IssueLinkWebhookProcessor,
    ProjectWebhookProcessor,
    VersionWebhookProcessor,
    UserWebhookProcessor,
    BoardWebhookProcessor,
    BoardConfigurationWebhookProcessor,
    SprintWebhookProcessor,
    FilterWebhookProcessor,
)

# Of events that we tell ourselves.
OWN_PROCESSORS: tuple[type[JiraWebhookProcessor], ...] = (BacklogWebhookProcessor,)

# What Jira is asked to send: every event that has a processor.
EVENTS = sorted(name for p in PROCESSORS for name in p.saved_on | p.gone_on)
