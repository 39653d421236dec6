"""Find what live events have not told: lost ones, and tasks that ended in silence.

Octopus gives up on the rest of a batch when one post fails, and a task that a crash
ended has no event at all. The audit log and the list of active tasks know both, for two
requests a look, however many spaces there are.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from loguru import logger

from core.types import Api, Item
from octopus.resources import PAGE
from octopus.resources.executions import get_many
from octopus.subscription import fetch_served

# An event that is younger may still be on its way: batches wait for half a minute.
ON_ITS_WAY = timedelta(seconds=90)
# Windows overlap by so much, for clocks differ; what was heard is not told again.
OVERLAP = timedelta(seconds=60)
EVERYWHERE = {"spaces": "all", "includeSystem": "true"}
ENDED = "TaskCanceled"


@dataclass(frozen=True)
class Watched:
    """What is remembered of a task that has not ended."""

    space_id: str
    deployment_id: str | None
    run_id: str | None
    state: str
    is_waiting: bool


class SafetyNet:
    """Looks at the server now and then and tells what nobody has told."""

    def __init__(
        self,
        api: Api,
        categories: frozenset[str],
        deliver: Callable[[Item], Awaitable[None]],
        was_missed: Callable[[Item], Awaitable[bool]],
    ) -> None:
        """Take what posts a body to where live events arrive, and who misses one.

        Both get bodies as Octopus would post them.
        """
        self._api = api
        self._categories, self._served = categories, ""
        self._deliver = deliver
        self._was_missed = was_missed
        self._until = datetime.now(UTC)
        self._watched: dict[str, Watched] | None = None

    async def run(self, seconds: float) -> None:
        """Look again and again; trouble is told once, until it is over."""
        trouble = ""
        while True:
            await asyncio.sleep(seconds)
            try:
                await self.look()
                trouble = ""
            except Exception as error:  # whatever it is, the next look may succeed
                if str(error) != trouble:
                    trouble = str(error)
                    logger.warning(f"Octopus can't be looked after: {error}")

    async def look(self) -> int:
        """Deliver what was not told since the last look; return how much that was.

        Half a look that fails is made up for by the next one; the other half goes on.
        """
        told, trouble = 0, []
        for half in (self._tell_lost_events, self._tell_silent_tasks):
            try:
                told += await half()
            except Exception as error:  # raised below, after the other half
                trouble.append(error)
        if trouble:
            raise trouble[0]
        return told

    async def _tell_lost_events(self) -> int:
        until = datetime.now(UTC) - ON_ITS_WAY
        if until <= self._until:
            return 0
        lost = await self._lost_events(until)
        if lost:
            logger.info(f"{len(lost)} changes in Octopus had no live event")
        await self._tell(lost)
        self._until = until
        return len(lost)

    async def _tell_silent_tasks(self) -> int:
        params = {**EVERYWHERE, "active": "true"}
        pages = self._api.pages("api/tasks", PAGE, params)
        now = {t["Id"]: _watched(t) async for page in pages for t in page}
        before = self._watched or {}
        changed = {id_: task for id_, task in before.items() if now.get(id_) != task}
        # Tasks also change where all is well: that is nothing to tell people.
        events = await self._events_of(changed)
        await self._tell(events)
        self._watched = now
        return len(events)

    async def _tell(self, events: list[Item]) -> None:
        for event in events:
            await self._deliver(_body(event))

    async def _lost_events(self, until: datetime) -> list[Item]:
        """Return the events of the audit log that somebody misses, oldest first."""
        # Nobody knows what servers make of a category that they don't have.
        self._served = self._served or ",".join(
            await fetch_served(self._api, self._categories)
        )
        params = {
            **EVERYWHERE,
            "eventCategories": self._served,
            "from": (self._until - OVERLAP).isoformat(),
            "to": until.isoformat(),
        }
        pages = self._api.pages("api/events", PAGE, params)
        lost = {
            event["Id"]: event
            async for page in pages
            for event in page
            if await self._was_missed(_body(event))
        }
        return sorted(lost.values(), key=lambda event: str(event["Occurred"]))

    async def _events_of(self, changed: dict[str, Watched]) -> list[Item]:
        """Return events as the audit log might have had them for these tasks."""
        by_space: dict[str, list[str]] = {}
        for task in changed.values():
            if task.deployment_id:
                by_space.setdefault(task.space_id, []).append(task.deployment_id)
        events = [
            _ended(task.space_id, [task.run_id, id_])
            for id_, task in changed.items()
            if task.run_id
        ]
        for space, ids in by_space.items():
            found = await get_many(self._api, f"api/{space}/deployments", ids)
            events += [_ended(space, _documents(deployment)) for deployment in found]
        return events


def _body(event: Item) -> Item:
    return {"EventType": "SubscriptionPayload", "Payload": {"Event": event}}


def _watched(task: Item) -> Watched:
    arguments = task.get("Arguments") or {}
    return Watched(
        space_id=str(task.get("SpaceId")),
        deployment_id=arguments.get("DeploymentId"),
        run_id=arguments.get("RunbookRunId"),
        state=task["State"],
        is_waiting=bool(task.get("HasPendingInterruptions")),
    )


def _documents(deployment: Item) -> list[str]:
    names = ("Id", "ProjectId", "ReleaseId", "EnvironmentId", "TenantId", "TaskId")
    return [deployment[name] for name in names if deployment.get(name)]


def _ended(space_id: str, documents: list[str]) -> Item:
    """Return an event as the audit log might have had it."""
    return {
        "Category": ENDED,
        "SpaceId": space_id,
        "RelatedDocumentIds": documents,
    }
