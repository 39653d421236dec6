"""One run at work: its inputs, the vendor's client, and the change that it sends."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from port_ocean.core.models import IntegrationRun

from actions.failures import (
    NOT_SENT,
    NOTHING_CHANGED,
    ActionFailed,
    OutcomeUnknown,
    is_unknown,
    never_left,
    what_stays,
)
from actions.inputs import Inputs
from actions.reporting import Level
from actions.runs import RunEnded, Runs
from client import ApiClient
from core.errors import ApiError
from core.transport import Attempt


@dataclass
class Job:
    """What an executor works with."""

    run: IntegrationRun
    inputs: Inputs
    api: ApiClient
    runs: Runs
    # Where people see whether the change was carried out.
    where: Callable[["Job"], str] = lambda job: job.page
    # Where a person sees what became of it, as soon as that is known.
    page: str = ""
    # Where permissions are asked for: a space, for example.
    scope: str = ""
    # Whether a change has been sent, and may have been carried out.
    has_sent: bool = False
    # Whether one is known to have been carried out.
    has_changed: bool = False

    @property
    def id(self) -> str:
        """Return what tells this run from all others; it marks what the run creates."""
        return self.run.id

    async def log(self, text: str, level: Level = "INFO", label: str = "") -> None:
        """Add a line to the log that people see in Port."""
        await self.runs.log(self.run, text, level, label)

    async def send(self, method: str, path: str, body: Any = None) -> Any:
        """Send a change, once, and return the parsed reply, None for an empty one.

        Raises ApiError if the vendor refused it, and OutcomeUnknown if it may have been
        carried out although no reply says so. The run is marked first: one that a
        process leaves behind without that mark has changed nothing. Raises RunEnded if
        that shows that somebody has ended it.
        """
        if not self.has_sent:
            await self._mark()
        self.has_sent = True
        attempt = Attempt()
        try:
            reply = await self.api.write(method, path, body, attempt)
        except asyncio.CancelledError:  # it takes too long
            self.has_sent = self.has_changed or attempt.may_have_arrived
            raise
        except ApiError as error:
            if never_left(error):
                told = f"{error}. {what_stays(self.has_changed)}"
                raise ActionFailed(told, NOT_SENT) from error
            if is_unknown(error):
                raise OutcomeUnknown(str(error)) from error
            raise
        self.has_changed = True
        return reply

    async def _mark(self) -> None:
        try:
            await self.runs.sending(self.run, self.where(self))
        except RunEnded:
            told = f"The run was ended before its change was sent. {NOTHING_CHANGED}"
            await self.log(told, "WARNING")
            raise
        except Exception as error:
            told = f"Port could not be told of the change, so it was not sent: {error}"
            raise ActionFailed(f"{told}. {NOTHING_CHANGED}", NOT_SENT) from error
