"""Wait for tasks of Octopus Deploy, and tell how the runs that started them ended.

An end is to be told within five seconds. Octopus posts its events in batches, and only
to a process with an address: the event of a failed deployment came 17 seconds late in
https://github.com/OctopusSolutionsEngineering/OctopusSubscriptionListener. So tasks are
asked for: all of a space in one request, every few seconds, while a run waits for one.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

import httpx
from loguru import logger
from port_ocean.core.models import IntegrationRun

from actions.failures import UNKNOWN
from actions.octopus.progress import (
    TasksStarted,
    end_of,
    is_ended,
    progress_of,
    seconds_to_start,
    stage_of,
)
from actions.outcome import Ending, Failed
from actions.service import Actions
from client import ApiClient
from core.errors import ApiError, Forbidden, NotFound
from core.lookup import ManyById
from core.types import Item
from octopus.resources.by_ids import get_many

# Each space takes a request, and servers let 200 through a minute, for everything:
# https://octopus.com/docs/administration/managing-infrastructure/rate-limiting
POLL_SECONDS, SECONDS_PER_SPACE = 3.0, 1.0
# A task that is scheduled for later is looked at so often until it starts.
REST_SECONDS = 30.0
# Another process may still wait for a run that was taken up, and end it by itself.
GRACE_SECONDS = 20.0
# A task that this account may not read is given up after so long.
HIDDEN_SECONDS = 300.0


@dataclass
class Followed:
    """A run that waits, and what was last told of its tasks."""

    run: IntegrationRun
    started: TasksStarted
    is_ours: bool
    told: dict[str, object] = field(default_factory=dict)
    ended: dict[str, Item | None] = field(default_factory=dict)
    # Since when tasks don't come, though the server says nothing of them.
    missing_since: dict[str, float] = field(default_factory=dict)
    ended_at: float | None = None
    # All tasks start later; before that, only a cancellation can end them.
    rests_until: float = 0.0

    @property
    def open_tasks(self) -> list[str]:
        """Return the tasks that have not ended, as far as is known."""
        return [id_ for id_ in self.started.tasks if id_ not in self.ended]


class Watch:
    """Poll the tasks that runs wait for; share one among the executors of a server."""

    def __init__(self, actions: Actions, api: ApiClient | None) -> None:
        self._actions = actions
        self._api = api
        self._followed: dict[str, Followed] = {}
        # Spaces whose tasks can't be read at the moment.
        self._in_trouble: set[str] = set()
        # The event loop keeps only weak references to tasks.
        self._task: asyncio.Task[None] | None = None

    def add(self, run: IntegrationRun, started: TasksStarted) -> None:
        """Wait for the tasks that a run of this process has started."""
        self._add(Followed(run, started, is_ours=True))

    def take_up(self, run: IntegrationRun, started: TasksStarted) -> None:
        """Wait for the tasks of a run that another process has started.

        Its end is told only if that process does not.
        """
        self._add(Followed(run, started, is_ours=False))

    def _add(self, followed: Followed) -> None:
        id_ = followed.run.id
        self._followed[id_] = followed
        self._actions.followed.add(id_)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._poll())

    async def _poll(self) -> None:
        while self._followed:
            await asyncio.sleep(self.pause_seconds)
            await self.look()

    @property
    def pause_seconds(self) -> float:
        """Return how long to wait before the next look."""
        spaces = {followed.started.space for followed in self._followed.values()}
        return max(POLL_SECONDS, SECONDS_PER_SPACE * len(spaces))

    async def look(self) -> None:
        """Ask for all tasks once; raises nothing, for the next look may succeed."""
        api = self._api
        if api is None:
            return
        by_space: dict[str, list[Followed]] = defaultdict(list)
        now = asyncio.get_running_loop().time()
        for followed in self._followed.values():
            if followed.rests_until <= now:
                by_space[followed.started.space].append(followed)
        looks = (self._look_in(api, *part) for part in by_space.items())
        results = await asyncio.gather(*looks, return_exceptions=True)
        for space, error in zip(by_space, results, strict=True):
            self._note_trouble(space, error)

    def _note_trouble(self, space: str, error: BaseException | None) -> None:
        """Log trouble when it begins, not every few seconds."""
        if error is None:
            self._in_trouble.discard(space)
            return
        if space in self._in_trouble:
            return
        self._in_trouble.add(space)
        if isinstance(error, ApiError | httpx.HTTPError):
            logger.warning(f"Tasks of {space} that runs wait for are unknown: {error}")
        else:
            logger.opt(exception=error).error("A look at tasks failed unexpectedly")

    async def _look_in(
        self, api: ApiClient, space: str, waiting: Iterable[Followed]
    ) -> None:
        ids = {id_ for followed in waiting for id_ in followed.open_tasks}
        trouble: Exception | None = None
        try:
            found = await get_many(api, f"api/{space}/tasks", sorted(ids))
        except (Forbidden, NotFound) as error:  # which may hide every task
            found, trouble = ManyById(), error
        for followed in waiting:
            try:
                await self._note(api, followed, found)
                if not followed.open_tasks:
                    await self._end(api, followed)
            except Exception as error:  # the others don't have to wait for it
                trouble = trouble or error
        if trouble:
            raise trouble

    async def _note(self, api: ApiClient, followed: Followed, found: ManyById) -> None:
        """Tell what is new of a run's tasks, and when to look at them again."""
        starts = [found.found.get(id_, {}) for id_ in followed.open_tasks]
        rest = min([REST_SECONDS, *(seconds_to_start(api, task) for task in starts)])
        followed.rests_until = asyncio.get_running_loop().time() + rest
        for id_ in followed.open_tasks:
            if id_ in found.gone:
                followed.ended[id_] = None
            elif task := found.found.get(id_):
                followed.missing_since.pop(id_, None)
                await self._tell(api, followed, task)
                if is_ended(task):
                    followed.ended[id_] = task
            elif await _is_hidden(api, followed, id_):
                followed.ended[id_] = None

    async def _tell(self, api: ApiClient, followed: Followed, task: Item) -> None:
        stage = stage_of(task)
        if followed.told.get(task["Id"]) == stage:
            return
        followed.told[task["Id"]] = stage
        if followed.is_ours and not is_ended(task):
            line, label = await progress_of(api, task)
            await self._actions.runs.log(followed.run, line, label=label)

    async def _end(self, api: ApiClient, followed: Followed) -> None:
        """End a run, once, whose tasks have all ended."""
        if not followed.is_ours and not await self._is_left_to_us(followed):
            return
        ending = await self._ending(api, followed)
        self._forget(followed)
        await self._actions.report(followed.run, ending)

    async def _is_left_to_us(self, followed: Followed) -> bool:
        now = asyncio.get_running_loop().time()
        if followed.ended_at is None:
            followed.ended_at = now
        if now - followed.ended_at < GRACE_SECONDS:
            return False
        is_open = await self._actions.runs.is_open(followed.run)
        if not is_open:
            self._forget(followed)
        return is_open

    async def _ending(self, api: ApiClient, followed: Followed) -> Ending:
        started = followed.started
        tasks = [task for task in followed.ended.values() if task]
        if len(tasks) < len(started.tasks):
            told = (
                "Outcome unknown: the task is gone from Octopus Deploy, or hidden from"
                f" this account, before it was seen to end; look here: {started.link}"
            )
            return Failed(message=told, link=started.link, label=UNKNOWN)
        return await end_of(api, started, tasks)

    def _forget(self, followed: Followed) -> None:
        self._followed.pop(followed.run.id, None)
        self._actions.followed.discard(followed.run.id)


async def _is_hidden(api: ApiClient, followed: Followed, id_: str) -> bool:
    """Return whether a task has been refused to this account for a while.

    A server that does not answer is waited for: it may know the end.
    """
    now = asyncio.get_running_loop().time()
    since = followed.missing_since.setdefault(id_, now)
    if now - since < HIDDEN_SECONDS:
        return False
    try:
        await api.get(f"api/{followed.started.space}/tasks/{id_}", once=True)
    except (Forbidden, NotFound):
        return True
    except ApiError:
        return False
    return False
