"""Read an audit event of Octopus Deploy: what happened to which document (pure)."""

from typing import Any

from core.types import Item
from core.values import at
from octopus.audit_events import document_of, related_to, space_id
from octopus.kinds import OctopusKind
from octopus.resources.progression import NO_TENANT

EVENT = ("Payload", "Event")
BESIDE: dict[str, str] = {
    OctopusKind.RELEASE: "Releases",
    OctopusKind.TASK: "ServerTasks",
}


def document_id(payload: Any, document: str) -> str | None:
    """Return the id of the document that the event is about, if it is of this kind."""
    return document_of(at(payload, *EVENT), document)


def related_id(payload: Any, document: str) -> str | None:
    """Return the first related id of a kind of document."""
    return related_to(at(payload, *EVENT), document)


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
