"""How tasks of Octopus Deploy go on and end, in words for the log of a run.

https://octopus.com/docs/api/tasks
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from actions.outcome import Done, Ending, Failed, Started
from client import ApiClient
from core.errors import ApiError
from core.types import Item
from core.values import moment, objects, text
from octopus.resources.spaces import PORTAL

SUCCESS, QUEUED, CANCELED = "Success", "Queued", "Canceled"
# The last lines of a log say why; more of them are a click away.
ERROR_LINES, LINE_LENGTH = 5, 300
# As many entries of each step are asked for.
TAIL = 20
# The clock may be late by as much, so what starts at once would seem to start later.
CLOCK_SECONDS = 2.0
ERRORS = frozenset({"Error", "Fatal"})
INCOMPLETE, NOT_CANCELED = "Incomplete", "Not canceled"
LABELS = {"Failed": "Failed", "TimedOut": "Timed out", CANCELED: "Canceled"}


@dataclass(frozen=True, kw_only=True)
class TasksStarted(Started):
    """Work that goes on as tasks in a space.

    `missing` counts what should have been started as well and never was. `done` is the
    label if all goes well, `goal` the state that all tasks should come to.
    """

    space: str
    tasks: tuple[str, ...]
    missing: int = 0
    done: str = "Succeeded"
    goal: str = SUCCESS


def is_ended(task: Item) -> bool:
    """Return whether a task has ended; one that is being cancelled has not."""
    return task.get("IsCompleted") is True


def stage_of(task: Item) -> object:
    """Return what tells one stage of a task from the next."""
    return (
        task.get("State"),
        task.get("HasPendingInterruptions") is True,
        tuple(task.get("PendingPreconditionTypes") or ()),
    )


def task_page(api: ApiClient, space: object, task: object) -> str:
    """Return the page of a task, as Octopus' own command line links to it.

    https://github.com/OctopusDeploy/cli
    """
    return f"{api.site_url}{PORTAL}/{space}/tasks/{task}"


async def progress_of(api: ApiClient, task: Item) -> tuple[str, str]:
    """Return a line that says how far a task is, and a label of two words at most."""
    what = str(task.get("Description") or task["Id"])
    link = task_page(api, task["SpaceId"], task["Id"])
    state, label = str(task.get("State")), str(task.get("State"))
    if task.get("HasPendingInterruptions") is True:
        state, label = await _awaited(api, task), "Awaiting approval"
    elif waits := task.get("PendingPreconditionTypes"):
        state, label = f"waits for: {', '.join(map(str, waits))}", "Waiting"
    elif state == QUEUED and (at := _scheduled_at(api, task)):
        state, label = f"Scheduled for {at}", "Scheduled"
    return f"{what}: {state}. {link}", label


def seconds_to_start(api: ApiClient, task: Item) -> float:
    """Return how long a task is scheduled for later, 0 if it may start at any time."""
    at = moment(task.get("QueueTime"))
    if at is None or task.get("State") != QUEUED:
        return 0.0
    seconds: float = (at - api.clock.now()).total_seconds()
    return seconds if seconds > CLOCK_SECONDS else 0.0


def _scheduled_at(api: ApiClient, task: Item) -> str | None:
    at = moment(task.get("QueueTime"))
    return at.isoformat(" ", "minutes") if at and seconds_to_start(api, task) else None


async def _awaited(api: ApiClient, task: Item) -> str:
    """Return whose answer a task waits for, as far as that can be read.

    https://octopus.com/docs/api/interruptions
    """
    try:
        pending = await pending_interruptions(api, task["SpaceId"], task["Id"])
        waits = [await _awaited_by(api, one) for one in pending]
    except ApiError:
        waits = []
    return "; ".join(waits) or "waits for approval"


async def pending_interruptions(api: ApiClient, space: str, task: str) -> list[Item]:
    """Return the interruptions that a task waits for; raises ApiError."""
    asked = {"regarding": task, "pendingOnly": "true"}
    return objects((await api.get(f"api/{space}/interruptions", asked)).get("Items"))


async def _awaited_by(api: ApiClient, interruption: Item) -> str:
    teams = await team_names(api, interruption)
    by = f" by {' or '.join(teams)}" if teams else ""
    return f"waits for approval{by} ({interruption.get('Title')})"


async def team_names(api: ApiClient, interruption: Item) -> list[str]:
    """Return the teams whose members may answer, by id where names can't be read."""
    ids = [str(one) for one in interruption.get("ResponsibleTeamIds") or ()]
    return [await _team_name(api, id_) for id_ in ids]


async def _team_name(api: ApiClient, id_: str) -> str:
    try:
        team = await api.get(f"api/teams/{quote(id_, safe='')}")
    except ApiError:
        return id_
    return text(team.get("Name")) or id_


def missing_of(missing: int, total: int) -> str:
    """Return what is told of executions that should have been started as well."""
    return (
        f"{missing} of {total} were not started, or can't be found: look before you"
        " start them again"
    )


async def end_of(
    api: ApiClient, started: TasksStarted, tasks: Sequence[Item]
) -> Ending:
    """Return how a run ends whose tasks have all ended."""
    bad = [task for task in tasks if task.get("State") != started.goal]
    if not bad and not started.missing:
        what = "; ".join(str(task.get("Description") or task["Id"]) for task in tasks)
        return Done(
            message=f"{what}: {tasks[0].get('State')}. {started.link}",
            link=started.link,
            label=started.done,
        )
    parts = [await _why(api, task) for task in bad]
    if started.missing:
        parts += [_state_of(task) for task in tasks if task not in bad]
        parts.append(missing_of(started.missing, started.missing + len(tasks)))
    told = "\n".join([*parts, started.link])
    return Failed(message=told, link=started.link, label=_label_of(started, bad))


def _label_of(started: TasksStarted, bad: Sequence[Item]) -> str:
    if not bad:
        return INCOMPLETE
    if started.goal == CANCELED:  # they ended by themselves before that
        return NOT_CANCELED
    return LABELS.get(str(bad[0].get("State")), "Failed")


def _state_of(task: Item) -> str:
    return f"{task.get('Description') or task['Id']}: {task.get('State')}"


async def _why(api: ApiClient, task: Item) -> str:
    """Return what became of a task, with the last errors of its own log."""
    what = _state_of(task)
    said = text(task.get("ErrorMessage")) or ""
    try:
        lines = await read_errors(api, task["SpaceId"], task["Id"])
    except ApiError:
        lines = []
    return "\n".join([f"{what}. {said}".rstrip(), *lines])


async def read_errors(api: ApiClient, space: str, task: str) -> list[str]:
    """Return the last error lines in the log of a task; raises ApiError.

    https://octopus.com/docs/api/tasks (details); categories as in OctopusClients'
    ActivityLogEntryCategory: https://github.com/OctopusDeploy/OctopusClients
    """
    asked = {"verbose": "false", "tail": TAIL}
    path = f"api/{space}/tasks/{quote(task, safe='')}/details"
    details = await api.get(path, asked)
    steps = objects(details.get("ActivityLogs"))
    return [*_error_lines(steps)][-ERROR_LINES:]


def _error_lines(steps: Sequence[Item]) -> Iterator[str]:
    for step in steps:
        for entry in objects(step.get("LogElements")):
            if entry.get("Category") in ERRORS:
                yield str(entry.get("MessageText") or "").strip()[:LINE_LENGTH]
        yield from _error_lines(objects(step.get("Children")))
