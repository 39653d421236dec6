"""What of Octopus has changed since a moment, for incremental looks.

Releases, deployments and runs can't be filtered by date. The audit log names documents
that changed, and the list of tasks knows which executions did; both are read once for
all kinds of a look.

https://octopus.com/docs/security/users-and-teams/auditing
"""

from collections.abc import AsyncGenerator, Callable
from datetime import datetime

from core.api import Api
from core.errors import ApiError, Unauthorized
from core.fetch import fetch_one
from core.lookup import Absent
from core.resource import ListChanged, ListWith, Resource, Selector
from core.trouble import current_report
from core.types import Item, Params
from core.values import child, objects, text
from framework.entity_processor import GONE
from octopus.audit_events import DELETED, SAVED, document_of, related_to, space_of
from octopus.paging import EVERYWHERE, PAGE
from octopus.resources.by_ids import get_many

# What events besides those of documents are called, as in `MachineUnhealthy`.
OWN_EVENTS = {
    "machines": "Machine",
    "workers": "Machine",
    "interruptions": "Interruption",
}
# What is read of an event; its changes may weigh megabytes.
KEPT = ("Category", "SpaceId", "RelatedDocumentIds", "MessageReferences")


def changed_documents(collection: str) -> ListChanged:
    """Return what lists the documents of a kind that the audit log names.

    What is gone comes as its ids with GONE. What is not selected is left out: another
    mapping may bring it.
    """

    async def list_changed(
        api: Api, resource: Resource, selector: Selector, since: datetime
    ) -> AsyncGenerator[list[Item]]:
        for ref in await _refs(api, collection, since):
            if resource.parent is not None and ref["SpaceId"] is None:
                continue  # it can't be asked for
            try:
                item = await fetch_one(api, resource, ref, selector)
            except Unauthorized:
                raise
            except ApiError as error:
                current_report().lose_item(ref, error)
                continue
            if item is Absent.GONE:
                yield [{**ref, GONE: True}]
            elif not isinstance(item, Absent):
                yield [item]

    return list_changed


async def _refs(api: Api, collection: str, since: datetime) -> list[Item]:
    """Return the ids of the documents of a kind that events are about, each once."""
    own = OWN_EVENTS.get(collection)
    refs: dict[str, Item] = {}
    for event in await _read_events(api, since):
        category = str(event.get("Category"))
        id_ = document_of(event, f"(?i:{collection})")
        is_own = own is not None and own in category
        if id_ and (is_own or category in (*SAVED, *DELETED)):
            refs[id_] = {"Id": id_, "__id": id_, "SpaceId": space_of(event)}
    return list(refs.values())


async def projects_with(
    api: Api, collection: str, space_id: str, since: datetime
) -> set[str]:
    """Return the projects of a space whose documents of a kind events are about."""
    found = [
        related_to(event, "Projects")
        for event in await _read_events(api, since)
        if space_of(event) == space_id and document_of(event, f"(?i:{collection})")
    ]
    return {id_ for id_ in found if id_}


async def _read_events(api: Api, since: datetime) -> list[Item]:
    params = {**EVERYWHERE, "from": since.isoformat()}
    return await _read_once(api, "api/events", params, _slim)


def _slim(event: Item) -> Item:
    context = child(child(event, "ChangeDetails"), "DocumentContext")
    kept = {name: event.get(name) for name in KEPT}
    return {**kept, "ChangeDetails": {"DocumentContext": {"Id": context.get("Id")}}}


async def _read_tasks(api: Api, space_id: str, since: datetime) -> list[Item]:
    """Return the tasks of a space that have not ended, or did since a moment."""
    path = f"api/{space_id}/tasks"
    ended = await _read_once(api, path, {"fromCompletedDate": since.isoformat()})
    return ended + await _read_once(api, path, {"active": "true"})


async def _read_once(
    api: Api, path: str, params: Params, kept: Callable[[Item], Item] = lambda row: row
) -> list[Item]:
    """Return the rows of a list that several kinds of a look need."""
    key = f"{path} {sorted(params.items())}"
    if (known := api.recall(key)) is not None:
        return known
    try:
        pages = api.pages(path, PAGE, params)
        rows = [kept(row) async for page in pages for row in objects(page)]
    except ApiError as error:
        api.remember(key, error)
        raise
    api.remember(key, rows)
    return rows


def tasks_since(since: datetime) -> ListWith:
    """Return what lists the tasks that have not ended, or did since a moment."""

    async def list_with(
        api: Api, selector: Selector, space: Item
    ) -> AsyncGenerator[list[Item]]:
        yield await _read_tasks(api, space["Id"], since)

    return list_with


def executed_since(collection: str, argument: str, since: datetime) -> ListWith:
    """Return what lists the executions whose tasks did something since a moment.

    `argument` is where a task names what it executes.
    """

    async def list_with(
        api: Api, selector: Selector, space: Item
    ) -> AsyncGenerator[list[Item]]:
        tasks = await _read_tasks(api, space["Id"], since)
        ids = (text(child(task, "Arguments").get(argument)) for task in tasks)
        path = f"api/{space['Id']}/{collection}"
        many = await get_many(api, path, {id_ for id_ in ids if id_})
        yield [*many.found.values()]

    return list_with
