"""Find what Octopus sent no event for: lost ones, and tasks that ended without any.

Octopus drops the rest of a batch if one post fails, and a task that a crash ended has
no event at all. The audit log and the list of active tasks know both, for two requests
a look, however many spaces there are.
"""

import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from datetime import datetime
from typing import Any

from loguru import logger

from client import ApiClient
from core.errors import ApiError
from core.trouble import PERMANENT, Trouble, apart, describe
from core.types import Item
from core.values import child, moment, text
from framework.known_event import KnownEvent
from live_events.recent_reads import RecentReads
from live_events.watched_tasks import Watched, build_end_event, watch
from octopus.paging import EVERYWHERE, PAGE
from octopus.resources.by_ids import get_many
from octopus.subscription import fetch_served

# What processors read of an event; its changes may weigh megabytes.
KEPT = ("Id", "Category", "SpaceId", "RelatedDocumentIds", "MessageReferences")


class OctopusLook:
    """Make live events of what has changed since a moment."""

    def __init__(
        self,
        api: ApiClient,
        path: str,
        categories: frozenset[str],
        was_missed: Callable[[Item], Awaitable[bool]],
    ) -> None:
        """Take the path of Octopus' events, and what says that one was missed.

        `was_missed` gets a body as Octopus would post it.
        """
        self._api = api
        self._path = path
        self._categories, self._served = categories, ""
        self._was_missed = was_missed
        self._watched: dict[str, Watched] | None = None
        self._looks = 0
        # What could not be processed, and was logged.
        self._skipped = RecentReads()

    def parts(self) -> list[Any]:
        """Return what finds events; one that fails stops no other."""
        return [self._lost_events, self._ended_tasks]

    async def _lost_events(
        self, since: datetime, until: datetime
    ) -> AsyncGenerator[list[KnownEvent]]:
        """Yield the events of the audit log that were not processed."""
        # It is unknown how servers treat a category that they don't have.
        self._served = self._served or ",".join(
            await fetch_served(self._api, self._categories)
        )
        params = {
            **EVERYWHERE,
            "eventCategories": self._served,
            "from": since.isoformat(),
            "to": until.isoformat(),
        }
        async with aclosing(self._api.pages("api/events", PAGE, params)) as pages:
            async for page in pages:
                yield [self._event(e) for e in page if await self._is_missed(e)]

    async def _is_missed(self, event: Any) -> bool:
        id_ = self._id_of(event, "an event")
        try:
            return id_ is not None and await self._was_missed(_body(event))
        except Exception as error:  # an event that breaks us must not stop the others
            self._skip(str(id_), error)
            return False

    async def _ended_tasks(
        self, since: datetime, until: datetime
    ) -> AsyncGenerator[list[KnownEvent]]:
        """Yield an event for each active task that has changed since the last look."""
        self._looks += 1
        now = await self._active_tasks()
        before = self._watched or {}
        changed = {id_: task for id_, task in before.items() if now.get(id_) != task}
        events, unread = await self._events_of(changed)
        # What is remembered as it was counts as changed in the next look, too.
        self._watched = {**now, **{id_: changed[id_] for id_ in unread}}
        yield [self._event(event) for event in events]

    async def _active_tasks(self) -> dict[str, Watched]:
        params = {**EVERYWHERE, "active": "true"}
        found: dict[str, Watched] = {}
        async for page in self._api.pages("api/tasks", PAGE, params):
            for task in page:
                if task_id := self._id_of(task, "an active task"):
                    try:
                        watched = watch(task)
                    except ValueError as error:
                        self._skip(task_id, error)
                        continue
                    if watched is not None:
                        found[task_id] = watched
        return found

    async def _events_of(
        self, changed: dict[str, Watched]
    ) -> tuple[list[Item], set[str]]:
        """Return an event for each task, and the tasks that can't be read yet."""
        deployments, hidden = await self._deployments_of(changed)
        found = deployments.get
        events = {
            id_: build_end_event(id_, task, self._looks, found(str(task.deployment_id)))
            for id_, task in changed.items()
            if task.deployment_id not in hidden
        }
        return [*events.values()], changed.keys() - events.keys()

    async def _deployments_of(
        self, changed: dict[str, Watched]
    ) -> tuple[dict[str, Item], set[str]]:
        """Return what tasks deploy, by id, and the ids of what can't be read yet."""
        by_space: dict[str, list[str]] = {}
        for task in changed.values():
            if task.deployment_id:
                by_space.setdefault(task.space_id, []).append(task.deployment_id)
        deployments: dict[str, Item] = {}
        hidden: set[str] = set()
        for space, ids in by_space.items():
            try:
                path = f"api/{space}/deployments"
                many, troubles = await apart(get_many(self._api, path, ids))
            except ApiError as error:  # of one space; those of others are delivered
                self._skip(f"the deployments of {space}", error)
                hidden |= set() if isinstance(error, PERMANENT) else {*ids}
            else:
                deployments |= many.found
                hidden |= {id_ for one in troubles if (id_ := _passing(one))}
        return deployments, hidden

    def _event(self, event: Item) -> KnownEvent:
        """Return an event that is as old as what it tells."""
        occurred = moment(event.get("Occurred")) or self._api.clock.now()
        return KnownEvent(
            self._path,
            _body(_slim(event)),
            trace_id=event["Id"],
            arrived_at=self._api.clock.here(occurred),
        )

    def _id_of(self, item: Item, what: str) -> str | None:
        id_ = text(item.get("Id")) if isinstance(item, dict) else None
        if id_ is None:
            self._skip(what, "it has no id")
        return id_

    def _skip(self, what: str, error: Exception | str) -> None:
        """Log once that something can't be processed."""
        if not self._skipped.knows(what):
            logger.info(f"Missed events: {what} is skipped: {describe(error)}")
        self._skipped.note(what, time.monotonic())


def _slim(event: Item) -> Item:
    context = child(child(event, "ChangeDetails"), "DocumentContext")
    kept = {name: event[name] for name in KEPT if name in event}
    if "Id" in context:
        kept["ChangeDetails"] = {"DocumentContext": {"Id": context["Id"]}}
    return kept


def _body(event: Item) -> Item:
    return {"EventType": "SubscriptionPayload", "Payload": {"Event": event}}


def _passing(trouble: Trouble) -> str | None:
    return trouble.item["Id"] if trouble.item and not trouble.is_permanent else None
