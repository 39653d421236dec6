"""What starts deployments or runs of runbooks: one request a place, each once."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from actions.failures import ActionFailed, OutcomeUnknown
from actions.inputs import WRONG_INPUT, Input
from actions.job import Job
from actions.octopus.base import WAIT, OctopusExecutor, in_space
from actions.octopus.marks import find_marked, mark, numbers_in, tasks_in
from actions.octopus.places import Place
from actions.octopus.progress import INCOMPLETE, TasksStarted, missing_of, task_page
from actions.octopus.prompts import VARIABLES, check_known, fill_in, read_prompts
from actions.outcome import Done, Failed, Outcome
from core.errors import ApiError
from core.types import Item
from core.values import moment, objects

COMMENT = Input(name="comment", is_text=True)
RUN_AT, NO_RUN_AFTER = Input(name="runAt"), Input(name="noRunAfter")
OPTIONS = (VARIABLES, RUN_AT, NO_RUN_AFTER, COMMENT, WAIT)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is started, and where.

    `path` is that of the list which takes new ones, `body` what all of them have in
    common; a preview is read below `previews`.
    """

    what: str
    space: str
    project: str
    path: str
    body: Item
    previews: str
    places: Sequence[Place]
    page: str
    # What one request for all places says of them in common; None for one a place.
    together: Item | None = None


class StartingExecutor(OctopusExecutor, ABC):
    """Start one execution a place, and wait for all of them."""

    @abstractmethod
    async def plan(self, job: Job) -> Plan:
        """Return what is to be started; raises ActionFailed, ApiError."""

    @abstractmethod
    async def marked(self, job: Job) -> tuple[list[Item], int]:
        """Return what this run has started, and how many it should have; it notes the
        job's page.
        """

    async def perform(self, job: Job) -> Outcome:
        """Check everything beforehand, then start one execution after the other."""
        plan = await self.plan(job)
        job.page = plan.page
        timing = timing_of(job)
        answers = await self._answers(job, plan)
        total, comment = len(plan.places), job.inputs.text(COMMENT.name)
        bodies = [
            {
                **plan.body,
                **place.fields,
                **timing,
                "Comments": mark(job, number, total, comment),
                "FormValues": filled,
            }
            for number, (place, filled) in enumerate(
                zip(plan.places, answers, strict=True), 1
            )
        ]
        started = await self._start(job, plan, bodies)
        return self._outcome(job, plan.space, started, total)

    async def _start(self, job: Job, plan: Plan, bodies: Sequence[Item]) -> list[Item]:
        """Start an execution a place; return them as Octopus has them."""
        names = [place.name for place in plan.places]
        if plan.together is not None:
            await job.log(f"{plan.what} to {', '.join(names)}", label="Starting")
            whole = {**plan.together, "Runs": bodies}
            return objects((await job.send("POST", plan.path, whole)).get("Resources"))
        started = []
        for number, (name, body) in enumerate(zip(names, bodies, strict=True), 1):
            await job.log(f"{plan.what} to {name}", label="Starting")
            try:
                started.append(await self._start_one(job, plan, number, body))
            except (ActionFailed, ApiError) as error:
                if not started:
                    raise
                await job.log(f"Not started for {name}: {error}", "ERROR")
                break  # those before it are waited for all the same
        return started

    async def _start_one(self, job: Job, plan: Plan, number: int, body: Item) -> Item:
        """Start one execution; find it by its mark if the reply is lost.

        So the places after it get theirs.
        """
        try:
            started: Item = await job.send("POST", plan.path, body)
        except OutcomeUnknown:
            found = await self._found(job, number)
            if found is None:
                raise
            return found
        return started

    async def _found(self, job: Job, number: int) -> Item | None:
        try:
            found, _ = await self.marked(job)
        except ApiError:  # it is looked up again
            return None
        own = (one for one in found if numbers_in(one, job)[0] == number)
        return next(own, None)

    async def look_up(self, job: Job) -> Outcome | None:
        """Look for the run's mark in the comments of the newest executions."""
        found, total = await self.marked(job)
        if not found:
            return None
        return self._outcome(job, str(found[0]["SpaceId"]), found, total)

    async def _answers(self, job: Job, plan: Plan) -> list[dict[str, str]]:
        """Return the answers to the prompted variables of each place."""
        given = job.inputs.object(VARIABLES.name)
        forms = [
            await read_prompts(job.api, "/".join([plan.previews, *place.ids]))
            for place in plan.places
        ]
        check_known([one for elements, _ in forms for one in elements], given)
        return [fill_in(elements, values, given) for elements, values in forms]

    def _outcome(
        self, job: Job, space: str, started: Sequence[Item], total: int
    ) -> Outcome:
        tasks = tasks_in(started)
        link = task_page(job.api, space, tasks[0]) if total == 1 else job.page
        output = {
            "ids": ",".join(str(one["Id"]) for one in started),
            "taskIds": ",".join(tasks),
            "url": link,
        }
        told = f"Started {', '.join(str(one.get('Name')) for one in started)}: {link}"
        missing = total - len(tasks)
        if not job.inputs.flag(WAIT.name):
            if missing:
                told = f"{told}\n{missing_of(missing, total)}"
                return Failed(message=told, link=link, label=INCOMPLETE, output=output)
            return Done(message=told, link=link, label="Started", output=output)
        return TasksStarted(
            message=told,
            link=link,
            output=output,
            space=space,
            tasks=tasks,
            missing=missing,
        )


async def marked_in(
    job: Job, project: Item, kind: str, page: str
) -> tuple[list[Item], int]:
    """Return what a run has started in a list of a project, and how many it should."""
    job.page = page
    path = in_space(project["SpaceId"], kind)
    return await find_marked(job.api, path, {"projects": project["Id"]}, job)


def timing_of(job: Job) -> Item:
    """Return when it starts, and until when at the latest; nothing means at once."""
    fields = {RUN_AT.name: "QueueTime", NO_RUN_AFTER.name: "QueueTimeExpiry"}
    given = {name: job.inputs.text(name) for name in fields if name in job.inputs}
    for name, value in given.items():
        if moment(value) is None:
            told = f"{name} must be a time like 2026-12-01T20:00:00Z, not {value!r}"
            raise ActionFailed(told, WRONG_INPUT)
    if NO_RUN_AFTER.name in given and RUN_AT.name not in given:
        raise ActionFailed("noRunAfter needs runAt", WRONG_INPUT)
    return {fields[name]: value for name, value in given.items()}
