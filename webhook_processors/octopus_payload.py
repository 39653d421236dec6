"""Read an audit event of Octopus Deploy: what happened to which document (pure)."""

from typing import Any

from core.types import Item
from octopus.kinds import OctopusKind
from octopus.resources.dashboard import NO_TENANT
from webhook_processors.base import at, matching

NUMBER = r"[0-9]{1,10}"
SAVED = ("Created", "Modified")
DELETED = ("Deleted",)
EVENT = ("Payload", "Event")
BESIDE: dict[str, str] = {
    OctopusKind.RELEASE: "Releases",
    OctopusKind.TASK: "ServerTasks",
}


def space_id(payload: Any) -> str | None:
    """Return the event's space; old servers wrap it, system events leave it out."""
    event = at(payload, *EVENT, "SpaceId")
    subscription = at(payload, "Payload", "Subscription", "SpaceId")
    told = (event, at(event, "Value"), subscription)
    pattern = f"Spaces-{NUMBER}"
    return next((space for value in told if (space := matching(value, pattern))), None)


def document_id(payload: Any, document: str) -> str | None:
    """Return the id of the one document that the event is about, if it is of this kind.

    An event of a deletion lists the parents of the deleted thing as well, so the list
    of related ids decides only where the event says nothing better.
    """
    event = at(payload, *EVENT)
    context = at(event, "ChangeDetails", "DocumentContext", "Id")
    references = at(event, "MessageReferences")
    first = references[0] if isinstance(references, list) and references else None
    subject = context or at(first, "ReferencedDocumentId")
    if at(event, "Category") in (*SAVED, *DELETED) and subject:
        return matching(subject, f"{document}-{NUMBER}")
    return related_id(payload, document)


def names_its_document(payload: Any) -> bool:
    """Tell whether the event has its document as an object, not as a text or null."""
    return bool(at(payload, *EVENT, "ChangeDetails", "DocumentContext", "Id"))


def related_id(payload: Any, document: str) -> str | None:
    """Return the first related id of a kind of document."""
    related = at(payload, *EVENT, "RelatedDocumentIds")
    candidates = related if isinstance(related, list) else []
    pattern = f"{document}-{NUMBER}"
    return next(
        (id_ for value in candidates if (id_ := matching(value, pattern))), None
    )


def ids_beside(payload: Any, kind: str) -> Item | None:
    """Return the ids of what the event of an execution concerns besides that."""
    space = space_id(payload)
    if document := BESIDE.get(kind):
        found = related_id(payload, document)
        return {"Id": found, "SpaceId": space} if space and found else None
    project = related_id(payload, "Projects")
    environment = related_id(payload, "Environments")
    if not space or not project or not environment:
        return None
    tenant = related_id(payload, "Tenants") or NO_TENANT
    place = f"{project}/{environment}/{tenant}"
    return {"SpaceId": space, "ProjectId": project, "__id": place}
