"""Live events of Octopus Deploy: one processor for each kind of document.

https://octopus.com/docs/administration/managing-infrastructure/subscriptions
"""

from typing import ClassVar

from port_ocean.core.handlers.webhook.webhook_event import EventHeaders, EventPayload

from client import ApiClient
from core.signature import is_secret
from core.types import Item
from octopus.connection import octopus_client, octopus_webhook_secret
from octopus.resources import (
    DEPLOYMENT,
    ENVIRONMENT,
    MACHINE,
    PROJECT,
    RELEASE,
    SPACE,
)
from octopus.subscription import SECRET_HEADER
from webhook_processors.base import VendorWebhookProcessor, at, by_kind, matching

PATH = "/webhook/octopus"
SPACE_ID = r"Spaces-[0-9]{1,10}"
SAVED = ("Created", "Modified")
DELETED = ("Deleted",)


class OctopusWebhookProcessor(VendorWebhookProcessor):
    """Check the secret header, and take the document from where Octopus hides it."""

    # What the ids of the documents begin with, as in `Releases-12`.
    document = ""
    # Categories of events besides those of every document.
    categories: ClassVar[frozenset[str]] = frozenset()
    gone_categories: ClassVar[frozenset[str]] = frozenset()

    def __init_subclass__(cls) -> None:
        saved, gone = {*SAVED, *cls.categories}, {*DELETED, *cls.gone_categories}
        cls.saved_on = frozenset(f"{category} {cls.document}" for category in saved)
        cls.gone_on = frozenset(f"{category} {cls.document}" for category in gone)

    def client(self) -> ApiClient | None:
        return octopus_client()

    async def is_genuine(self, headers: EventHeaders) -> bool:
        secret = octopus_webhook_secret()
        return secret is not None and is_secret(
            secret, headers.get(SECRET_HEADER.lower())
        )

    def event_name(self, payload: EventPayload) -> str:
        """Return the category and what it happened to: `Modified Releases`."""
        category = at(payload, "Payload", "Event", "Category")
        document = _document_id(payload, self.document)
        return f"{category} {document.partition('-')[0]}" if document else ""

    def ref(self, payload: EventPayload) -> Item | None:
        document = _document_id(payload, self.document)
        space = _space_id(payload)
        if document is None or space is None:
            return None
        return {"Id": document, "SpaceId": space}


def _space_id(payload: EventPayload) -> str | None:
    """Return the event's space; old servers wrap it, system events leave it out."""
    event = at(payload, "Payload", "Event", "SpaceId")
    told = (event, at(event, "Value"), at(payload, *_SUBSCRIPTION, "SpaceId"))
    return next((space for value in told if (space := matching(value, SPACE_ID))), None)


_SUBSCRIPTION = ("Payload", "Subscription")


def _document_id(payload: EventPayload, document: str) -> str | None:
    """Return the id of the one document that the event is about, if it is of this kind.

    An event of a deletion lists the parents of the deleted thing as well, so the list
    of related ids decides only where the event says nothing better.
    """
    event = at(payload, "Payload", "Event")
    context = at(event, "ChangeDetails", "DocumentContext", "Id")
    references = at(event, "MessageReferences")
    related = at(event, "RelatedDocumentIds")
    first = at(references[0], "ReferencedDocumentId") if _is_list(references) else None
    pattern = rf"{document}-[0-9]{{1,10}}"
    generic = at(event, "Category") in (*SAVED, *DELETED)
    if generic and (context or first):
        return matching(context or first, pattern)
    candidates = related if _is_list(related) else []
    return next(
        (id_ for value in candidates if (id_ := matching(value, pattern))), None
    )


def _is_list(value: object) -> bool:
    return isinstance(value, list) and bool(value)


class SpaceWebhookProcessor(OctopusWebhookProcessor):
    """A space was created, edited or deleted."""

    document = "Spaces"
    resources = by_kind(SPACE)


class ProjectWebhookProcessor(OctopusWebhookProcessor):
    """A project was created, edited or deleted."""

    document = "Projects"
    resources = by_kind(PROJECT)


class EnvironmentWebhookProcessor(OctopusWebhookProcessor):
    """An environment was created, edited or deleted."""

    document = "Environments"
    resources = by_kind(ENVIRONMENT)


class ReleaseWebhookProcessor(OctopusWebhookProcessor):
    """A release was created, edited or deleted."""

    document = "Releases"
    resources = by_kind(RELEASE)


class DeploymentWebhookProcessor(OctopusWebhookProcessor):
    """A deployment was queued, started, finished, cancelled, or waits for somebody."""

    document = "Deployments"
    resources = by_kind(DEPLOYMENT)
    categories = frozenset(
        {
            "DeploymentQueued",
            "DeploymentStarted",
            "DeploymentResumed",
            "DeploymentSucceeded",
            "DeploymentFailed",
            "TaskCanceled",
            "ManualInterventionInterruptionRaised",
            "GuidedFailureInterruptionRaised",
        }
    )


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


PROCESSORS: tuple[type[OctopusWebhookProcessor], ...] = (
    SpaceWebhookProcessor,
    ProjectWebhookProcessor,
    EnvironmentWebhookProcessor,
    ReleaseWebhookProcessor,
    DeploymentWebhookProcessor,
    MachineWebhookProcessor,
)

# What Octopus is asked to send: everything that a processor claims.
CATEGORIES = frozenset(
    name.partition(" ")[0] for p in PROCESSORS for name in p.saved_on | p.gone_on
)
