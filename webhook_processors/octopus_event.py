"""What all live events of Octopus Deploy have in common."""

from typing import ClassVar

from port_ocean.core.handlers.webhook.webhook_event import (
    EventHeaders,
    EventPayload,
)

from client import ApiClient
from core.recent_reads import RecentReads
from core.signature import is_secret
from core.types import Item
from octopus.connection import octopus_client, octopus_webhook_secret
from octopus.subscription import SECRET_HEADER
from webhook_processors.base import VendorWebhookProcessor, at
from webhook_processors.octopus_payload import (
    DELETED,
    SAVED,
    document_id,
    names_its_document,
    space_id,
)

# The events that arrived here, as far as they were dealt with.
HEARD = RecentReads()


def was_heard(event_id: str) -> bool:
    """Tell whether an event of the audit log has arrived here lately."""
    return HEARD.knows(event_id)


class OctopusWebhookProcessor(VendorWebhookProcessor):
    """Check the secret header, and take the document from where Octopus hides it."""

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

    def client(self) -> ApiClient | None:
        return octopus_client()

    async def is_genuine(self, headers: EventHeaders) -> bool:
        secret = octopus_webhook_secret()
        return secret is not None and is_secret(
            secret, headers.get(SECRET_HEADER.lower())
        )

    def burst(self) -> str | None:
        """Tell events apart by all that they concern, too."""
        related = at(self.event.payload, "Payload", "Event", "RelatedDocumentIds")
        name = super().burst()
        return f"{name} {related}" if name else None

    def is_done(self) -> None:
        """Note the event as heard: the safety net need not tell it again."""
        event_id = str(at(self.event.payload, "Payload", "Event", "Id"))
        HEARD.note(event_id, self.event.created_at)

    def is_surely_gone(self, payload: EventPayload) -> bool:
        """Tell whether the event itself says what was deleted, and not only a text."""
        category = at(payload, "Payload", "Event", "Category")
        return category in self.gone_categories or names_its_document(payload)

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
