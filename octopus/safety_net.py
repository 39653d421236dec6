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
        was_heard: Callable[[str], bool],
    ) -> None:
        """Take what posts a body to where live events arrive, and who has heard of one.

        `deliver` gets bodies as Octopus would post them; `was_heard` gets event ids.
        """
        self._api = api
        self._categories = ",".join(sorted(categories))
        self._deliver = deliver
        self._was_heard = was_heard
        self._until = datetime.now(UTC)
        self._watched: dict[str, Watched] | None = None

    async def run(self, seconds: float) -> None:
        """Look again and again; trouble is told once, until it is over."""
        trouble = ""
        while True:
            await asyncio.sleep(seconds)
            try:
                told = await self.look()
                trouble = ""
                if told:
                    logger.info(f"{told} changes in Octopus had no live event")
            except Exception as error:  # whatever it is, the next look may succeed
                if str(error) != trouble:
                    trouble = str(error)
                    logger.warning(f"Octopus can't be looked after: {error}")

    async def look(self) -> int:
        """Deliver what was not told since the last look; return how much that was."""
        events = [*await self._lost_events(), *await self._silent_tasks()]
        for event in events:
            payload = {"Event": event}
            body = {"EventType": "SubscriptionPayload", "Payload": payload}
            await self._deliver(body)
        return len(events)

    async def _lost_events(self) -> list[Item]:
        """Return the events of the audit log that nobody heard of, oldest first."""
        until = datetime.now(UTC) - ON_ITS_WAY
        if until <= self._until:
            return []
        params = {
            **EVERYWHERE,
            "eventCategories": self._categories,
            "from": (self._until - OVERLAP).isoformat(),
            "to": until.isoformat(),
        }
        pages = self._api.pages("api/events", PAGE, params)
        lost = {
            event["Id"]: event
            async for page in pages
            for event in page
            if not self._was_heard(event["Id"])
        }
        self._until = until
        return sorted(lost.values(), key=lambda event: str(event["Occurred"]))

    async def _silent_tasks(self) -> list[Item]:
        """Return events of the tasks that ended, or wait, since the last look."""
        params = {**EVERYWHERE, "active": "true"}
        pages = self._api.pages("api/tasks", PAGE, params)
        now = {t["Id"]: _watched(t) async for page in pages for t in page}
        before, self._watched = self._watched or {}, now
        changed = {id_: task for id_, task in before.items() if now.get(id_) != task}
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
