"""What all live events of Octopus Deploy have in common."""

from typing import ClassVar

from port_ocean.core.handlers.port_app_config.models import ResourceConfig
from port_ocean.core.handlers.webhook.webhook_event import EventPayload

from core.types import Item
from core.values import at
from live_events.belonging import is_elsewhere
from octopus.audit_events import DELETED, SAVED, space_id
from webhook_processors.base import VendorWebhookProcessor
from webhook_processors.octopus.payload import document_id


class OctopusWebhookProcessor(VendorWebhookProcessor):
    """Take the document from where Octopus hides it."""

    # What the ids of the documents begin with, as in `Releases-12`.
    document = ""
    # Whether it also takes events that documents of every kind have.
    has_documents = True
    # Categories of events besides those.
    categories: ClassVar[frozenset[str]] = frozenset()
    gone_categories: ClassVar[frozenset[str]] = frozenset()

    def __init_subclass__(cls) -> None:
        of_documents = (SAVED, DELETED) if cls.has_documents else ((), ())
        saved = {*of_documents[0], *cls.categories}
        gone = {*of_documents[1], *cls.gone_categories}
        cls.saved_on = frozenset(f"{category} {cls.document}" for category in saved)
        cls.gone_on = frozenset(f"{category} {cls.document}" for category in gone)

    async def is_elsewhere(self, resource: ResourceConfig, ref: Item) -> bool:
        """Return whether the catalog has the document in another space."""
        if "SpaceId" not in ref:
            return False
        space = self.mark({"SpaceId": ref["SpaceId"]})
        return await is_elsewhere(resource, self.mark(ref), space)

    def coalescing_key(self) -> str | None:
        """Distinguish events by everything that they concern, too."""
        related = at(self.event.payload, "Payload", "Event", "RelatedDocumentIds")
        name = super().coalescing_key()
        return f"{name} {related}" if name else None

    def event_name(self, payload: EventPayload) -> str:
        """Return the category and what it happened to: `Modified Releases`."""
        category = at(payload, "Payload", "Event", "Category")
        document = document_id(payload, self.document)
        return f"{category} {document.partition('-')[0]}" if document else ""

    def ref(self, payload: EventPayload) -> Item | None:
        document = document_id(payload, self.document)
        space = space_id(payload)
        if document is None or space is None:
            return None
        return {"Id": document, "SpaceId": space}
