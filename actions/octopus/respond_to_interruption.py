"""Answer what a task asks: a manual intervention, or what to do about a failure."""

from urllib.parse import quote

from actions.failures import (
    NOT_ALLOWED,
    NOTHING_CHANGED,
    REFUSED,
    ActionFailed,
    OutcomeUnknown,
)
from actions.inputs import WRONG_INPUT, Input, Inputs
from actions.job import Job
from actions.octopus.base import SPACE, OctopusExecutor, in_space, name_of
from actions.octopus.marks import mark, total_marked
from actions.octopus.progress import pending_interruptions, task_page, team_names
from actions.octopus.waiting_tasks import INTERRUPTIONS, find_document, find_task
from actions.outcome import Done
from core.errors import ApiError
from core.types import Item
from core.values import child, text
from octopus.settings import PRODUCT

# By the type of the interruption: the field of its answer, and the answers.
ANSWERS = {
    "ManualIntervention": ("Result", ("Proceed", "Abort")),
    "GuidedFailure": ("Guidance", ("Fail", "Retry", "Ignore", "Exclude")),
}
INTERRUPTION = Input(name="interruption", required=True, is_subject=True)
ANSWER = Input(name="answer", required=True, is_text=True)
NOTES = Input(name="notes", is_text=True)


class RespondToInterruption(OctopusExecutor):
    """Take responsibility for an interruption, and answer it.

    https://octopus.com/docs/api/interruptions
    """

    ACTION_NAME = "respond_to_interruption"
    INPUTS = (INTERRUPTION, ANSWER, NOTES, SPACE)
    PERMISSIONS = ("InterruptionViewSubmitResponsible",)

    def object_of(self, inputs: Inputs) -> str | None:
        """Return what waits."""
        return f"{PRODUCT}:{inputs.text(INTERRUPTION.name)}"

    async def perform(self, job: Job) -> Done:
        """Answer, if this account may, and nobody else is responsible."""
        found = await _find(job)
        field, answer = _answer(job, found)
        await _check_free(job, found)
        path = in_space(job.scope, INTERRUPTIONS, found["Id"])
        if found.get("HasResponsibility") is not True:
            await _take(job, path)
        body = {
            "Id": found["Id"],
            "SpaceId": job.scope,
            field: answer,
            "Notes": mark(job, 1, 1, job.inputs.text(NOTES.name)),
        }
        await job.send("POST", f"{path}/submit", body)
        return _done(job, found)

    async def look_up(self, job: Job) -> Done | None:
        """Look for the mark in the notes of the answer."""
        id_ = job.inputs.text(INTERRUPTION.name)
        asked, list_ = await find_document(job, id_, INTERRUPTION.name)
        rows = [asked]
        if list_ != INTERRUPTIONS:
            task = await find_task(job, INTERRUPTION.name)
            about = {"regarding": task["Id"]}
            answer = await job.api.get(in_space(job.scope, INTERRUPTIONS), about)
            rows = answer["Items"]
        for row in rows:
            notes = {"Comments": child(child(row, "Form"), "Values").get("Notes")}
            if row.get("IsPending") is False and total_marked(notes, job):
                job.page = task_page(job.api, job.scope, row["TaskId"])
                return _done(job, row)
        return None


async def _find(job: Job) -> Item:
    """Return the interruption that is meant; raises ActionFailed, ApiError."""
    id_ = job.inputs.text(INTERRUPTION.name)
    found, list_ = await find_document(job, id_, INTERRUPTION.name)
    if list_ == INTERRUPTIONS:
        job.page = task_page(job.api, job.scope, found["TaskId"])
        return found
    task = await find_task(job, INTERRUPTION.name)
    pending = await pending_interruptions(job.api, job.scope, task["Id"])
    if len(pending) == 1:
        return pending[0]
    names = [f"{one['Id']} ({one.get('Title')})" for one in pending]
    told = f"It waits for several answers: {', '.join(names)}. Give one of these ids"
    told = told if pending else f"{task['Id']} waits for no answer: {job.page}"
    raise ActionFailed(f"{told}. {NOTHING_CHANGED}", WRONG_INPUT)


def _answer(job: Job, interruption: Item) -> tuple[str, str]:
    """Return the field and the answer; raise ActionFailed for one that isn't taken."""
    type_ = str(interruption.get("Type"))
    if type_ not in ANSWERS:
        told = f"An interruption of the type {type_} has to be answered in Octopus"
        raise ActionFailed(f"{told}: {job.page}. {NOTHING_CHANGED}", REFUSED)
    field, answers = ANSWERS[type_]
    given = job.inputs.text(ANSWER.name)
    for answer in answers:
        if answer.casefold() == given.casefold():
            return field, answer
    told = f"answer must be one of {', '.join(answers)}, not {given!r}"
    raise ActionFailed(f"{told}. {NOTHING_CHANGED}", WRONG_INPUT)


async def _check_free(job: Job, interruption: Item) -> None:
    """Raise ActionFailed if this account can't answer, and say who can."""
    told, label = "", REFUSED
    if interruption.get("IsPending") is not True:
        told = "It has been answered already"
    elif interruption.get("IsLinkedToOtherInterruption") is True:
        told = "It is answered by itself with the one that it is linked to"
    elif interruption.get("HasResponsibility") is True:
        return
    elif user := text(interruption.get("ResponsibleUserId")):
        told = f"{await _user_name(job, user)} is responsible for it"
    elif interruption.get("CanTakeResponsibility") is not True:
        teams = await team_names(job.api, interruption)
        told = f"Only members of {' or '.join(teams) or 'other teams'} may answer it"
        label = NOT_ALLOWED
    if told:
        raise ActionFailed(f"{told}: {job.page}. {NOTHING_CHANGED}", label)


async def _user_name(job: Job, id_: str) -> str:
    try:
        user = await job.api.get(f"api/users/{quote(id_, safe='')}")
    except ApiError:
        return id_
    return text(user.get("DisplayName")) or name_of(user)


async def _take(job: Job, path: str) -> None:
    """Become responsible; a lost reply is looked up, for it decides nothing yet."""
    try:
        await job.send("PUT", f"{path}/responsible")
    except OutcomeUnknown as error:
        if not await _is_responsible(job, path):
            told = f"Could not take responsibility: {error}. Nothing was answered"
            raise ActionFailed(told, REFUSED) from error


async def _is_responsible(job: Job, path: str) -> bool:
    try:
        return (await job.api.get(path)).get("HasResponsibility") is True
    except ApiError:
        return False


def _done(job: Job, interruption: Item) -> Done:
    answer = job.inputs.text(ANSWER.name)
    title = interruption.get("Title")
    return Done(
        message=f"Answered {title!r} with {answer}: {job.page}",
        link=job.page,
        label="Answered",
        output={
            "interruptionId": str(interruption["Id"]),
            "taskIds": str(interruption["TaskId"]),
            "url": job.page,
        },
    )
