"""Read events of Octopus' audit log: what happened to which document (pure)."""

from collections.abc import Iterable
from typing import Any

from core.values import at, matching

NUMBER = r"[0-9]{1,10}"
SAVED = ("Created", "Modified")
DELETED = ("Deleted",)


def space_of(event: Any) -> str | None:
    """Return an event's space, None for the whole server; old servers wrap it."""
    return _first_id((at(event, "SpaceId"), at(event, "SpaceId", "Value")), "Spaces")


def space_id(payload: Any) -> str | None:
    """Return the space of a post; system events leave it to the subscription."""
    subscription = at(payload, "Payload", "Subscription", "SpaceId")
    own = space_of(at(payload, "Payload", "Event"))
    return own or _first_id((subscription,), "Spaces")


def document_of(event: Any, document: str) -> str | None:
    """Return the id of the one document that an event is about, if it is of this kind.

    An event of a deletion lists the parents of the deleted thing as well, so the list
    of related ids decides only where the event says nothing better.
    """
    context = at(event, "ChangeDetails", "DocumentContext", "Id")
    references = at(event, "MessageReferences")
    first = references[0] if isinstance(references, list) and references else None
    subject = context or at(first, "ReferencedDocumentId")
    if at(event, "Category") in (*SAVED, *DELETED) and subject:
        return _first_id((subject,), document)
    return related_to(event, document)


def related_to(event: Any, document: str) -> str | None:
    """Return the first related id of a kind of document."""
    related = at(event, "RelatedDocumentIds")
    return _first_id(related if isinstance(related, list) else (), document)


def _first_id(values: Iterable[Any], document: str) -> str | None:
    """Return the first of these values that is an id of a kind of document."""
    pattern = f"{document}-{NUMBER}"
    return next((id_ for value in values if (id_ := matching(value, pattern))), None)
