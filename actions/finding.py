"""Look for a change whose reply did not come, until it is found or time is up."""

import asyncio
from collections.abc import Awaitable, Callable

from loguru import logger

from actions.failures import UNKNOWN, ActionFailed
from actions.job import Job
from actions.outcome import Failed, Outcome
from core.errors import ApiError
from core.trouble import ODD_FORM

# When a lost change is looked for. The vendor may still be at work on it.
LOOKS_SECONDS = (0.0, 1.0, 2.0, 4.0, 8.0)

type LookUp = Callable[[Job], Awaitable[Outcome | None]]


async def find_out(job: Job, what: str, look_up: LookUp, patience: float) -> Outcome:
    """Return what became of a change, or else that nobody can tell.

    `what` says why it is not known; `patience` is in seconds.
    """
    await job.log(f"{what}. Looking whether it was carried out.", "WARNING")
    try:
        async with asyncio.timeout(patience):
            if found := await _looked_up(job, look_up):
                return found
    except TimeoutError:
        pass
    link = job.where(job)
    told = f"Outcome unknown: {what}. It was not found; look here: {link}"
    return Failed(message=told, link=link, label=UNKNOWN)


async def _looked_up(job: Job, look_up: LookUp) -> Outcome | None:
    for pause in LOOKS_SECONDS:
        await asyncio.sleep(pause)
        try:
            if found := await look_up(job):
                return found
        except (ApiError, ActionFailed, *ODD_FORM) as error:
            logger.warning(f"A look for the change of run {job.id} failed: {error}")
    return None
