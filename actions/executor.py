"""What all executors have in common: how a run goes from its inputs to its end."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Sequence
from typing import ClassVar, Protocol

from loguru import logger
from port_ocean.core.handlers.actions.abstract_executor import AbstractExecutor
from port_ocean.core.handlers.webhook.abstract_webhook_processor import (
    AbstractWebhookProcessor,
)
from port_ocean.core.models import IntegrationRun

from actions.failures import (
    NOT_SENT,
    NOTHING_CHANGED,
    UNKNOWN,
    ActionFailed,
    OutcomeUnknown,
    failed_by,
)
from actions.finding import find_out
from actions.inputs import Input, Inputs, read_inputs
from actions.job import Job
from actions.outcome import Failed, Outcome, Started
from actions.runs import RunEnded
from actions.service import Actions
from client import ApiClient
from core.errors import ApiError
from core.trouble import ODD_FORM, describe


class Runner(Protocol):
    """Takes runs of one action, wherever they come from."""

    ACTION_NAME: str

    async def execute(self, run: IntegrationRun) -> None:
        """Carry a run out, and report its end."""

    async def resume(self, run: IntegrationRun, why: str, link: str) -> None:
        """End a run that another process has left behind."""

    async def take_up(self, run: IntegrationRun, link: str) -> None:
        """Follow a run that another process has started; raises ApiError."""


class Executor(AbstractExecutor, ABC):
    """Carry out the runs of one action; the package's docstring says how."""

    INPUTS: ClassVar[Sequence[Input]]
    # The vendor's names of the permissions that it takes.
    PERMISSIONS: ClassVar[Sequence[str]] = ()
    # The setting of the integration that must be on, as people write it.
    SETTING: ClassVar[str] = ""
    WEBHOOK_PROCESSOR_CLASS: type[AbstractWebhookProcessor] | None = None
    WEBHOOK_PATH = ""

    def __init__(self, actions: Actions) -> None:
        """Take what all executors share; nothing is read or requested yet."""
        self.actions = actions

    @property
    def scope(self) -> str:
        """Return what the connection's identifiers in the catalog begin with."""
        return ""

    @property
    def site_url(self) -> str:
        """Return what the links to the connection's pages begin with."""
        return ""

    @abstractmethod
    async def connect(self) -> ApiClient:
        """Return the client of the product, signed in.

        Raises ApiError, or ActionFailed if the product is not set up.
        """

    @abstractmethod
    def object_of(self, inputs: Inputs) -> str | None:
        """Return what runs must not change at the same time, None for nothing."""

    @abstractmethod
    async def perform(self, job: Job) -> Outcome:
        """Carry the run out; raises ActionFailed, ApiError or OutcomeUnknown."""

    @abstractmethod
    async def look_up(self, job: Job) -> Outcome | None:
        """Return what became of a change whose reply was lost, None if it isn't found.

        It only reads, and raises ApiError.
        """

    @abstractmethod
    def where(self, job: Job) -> str:
        """Return the page on which a person sees whether the change was carried out."""

    async def follow(self, run: IntegrationRun, started: Started) -> None:
        """See to it that a run ends whose work goes on at the vendor."""

    async def take_up(self, run: IntegrationRun, link: str) -> None:
        """Do the same for a run that another process has started; raises ApiError."""

    async def explain(self, job: Job, error: ApiError) -> str:
        """Return what a refusal means, beyond the vendor's own words."""
        return ""

    async def is_close_to_rate_limit(self, run: IntegrationRun) -> bool:
        """Mark the run as taken; our client waits for the vendor's limits by itself.

        This is the last that the framework asks before it acknowledges a run. A mark
        after that would come too late for a process that ends in between.
        """
        await self.actions.take(run)
        return False

    async def get_remaining_seconds_until_rate_limit(
        self, run: IntegrationRun
    ) -> float:
        """Return 0: see `is_close_to_rate_limit`."""
        return 0.0

    async def _get_partition_key(self, run: IntegrationRun) -> str | None:
        try:
            return self.object_of(self._inputs_of(run))
        except ActionFailed:
            return None  # which `execute` reports

    def _inputs_of(self, run: IntegrationRun) -> Inputs:
        return read_inputs(self.INPUTS, run.execution_properties, self.scope)

    async def execute(self, run: IntegrationRun) -> None:
        """Carry a run out and report its end; raises nothing, for the end is reported
        until Port has it, while the framework would try once.
        """
        with self.actions.at_work(run):
            await self.actions.take_again(run)
            await self._conclude(run, await self._settle(self._begin(run)))

    async def resume(self, run: IntegrationRun, why: str, link: str) -> None:
        """End a run that another process has left behind after it may have sent its
        change, by what can be found.

        `why` says what is known if nothing is found, `link` is what the run shows.
        Nothing is sent here.
        """
        with self.actions.at_work(run):
            work = self._left_behind(run, why, link)
            await self._conclude(run, await self._settle(work))

    async def _conclude(self, run: IntegrationRun, outcome: Outcome | None) -> None:
        if outcome is None:
            logger.warning(f"{self.ACTION_NAME} {run.id}: ended by somebody in Port")
            return
        level = "WARNING" if isinstance(outcome, Failed) else "INFO"
        logger.log(level, f"{self.ACTION_NAME} {run.id}: {outcome.label}")
        await self.actions.report(run, outcome)
        if isinstance(outcome, Started):
            await self.follow(run, outcome)

    async def job_of(self, run: IntegrationRun) -> Job:
        """Return a run at work, its inputs read and the product connected.

        Raises ActionFailed.
        """
        inputs = self._inputs_of(run)
        api = await self._connected()
        return Job(run, inputs, api, self.actions.runs, self.where)

    async def _settle(self, work: Awaitable[Outcome]) -> Outcome | None:
        """Return how a run stands in the end, whatever happens.

        It is None for a run that somebody has ended in Port; its end stays.
        """
        try:
            return await work
        except RunEnded:
            return None
        except ActionFailed as error:
            return Failed(message=str(error), label=error.status_label or UNKNOWN)
        except Exception as error:
            logger.exception(f"The action {self.ACTION_NAME} failed unexpectedly")
            told = f"The action failed unexpectedly: {describe(error)}"
            return Failed(message=told, label=UNKNOWN)

    async def _begin(self, run: IntegrationRun) -> Outcome:
        job = await self.job_of(run)
        self.actions.check_allowed(self.SETTING)
        return await self._carry_out(job)

    async def _left_behind(self, run: IntegrationRun, why: str, link: str) -> Outcome:
        try:
            job = await self.job_of(run)
        except ActionFailed as error:
            # That nothing was changed is true of this process only.
            lacking = str(error).removesuffix(NOTHING_CHANGED).rstrip(". ")
            told = f"Outcome unknown: {why}. It could not be looked up: {lacking}"
            raise ActionFailed(f"{told}. Look here: {link}", UNKNOWN) from error
        return await self._find_out(job, why)

    async def _connected(self) -> ApiClient:
        try:
            async with asyncio.timeout(self.actions.patience_seconds):
                return await self.connect()
        except TimeoutError:
            raise _too_slow("to sign in") from None
        except ApiError as error:
            raise failed_by(error) from error

    async def _carry_out(self, job: Job) -> Outcome:
        """Perform the work in time; look a change up whose reply did not come."""
        try:
            async with asyncio.timeout(self.actions.patience_seconds):
                async with self.actions.turn_at(self.object_of(job.inputs)):
                    return await self.perform(job)
        except OutcomeUnknown as error:
            return await self._find_out(job, str(error))
        except ApiError as error:
            more = await self._explained(job, error)
            raise failed_by(error, more, job.has_changed) from error
        except TimeoutError:
            if job.has_sent:
                return await self._find_out(job, "It took too long to carry it out")
            raise _too_slow("until the change could be sent") from None
        except ODD_FORM as error:
            told = f"The reply is odd: {describe(error)}"
            if not job.has_sent:
                raise ActionFailed(f"{told}. {NOTHING_CHANGED}", NOT_SENT) from error
            return await self._find_out(job, told)

    async def _explained(self, job: Job, error: ApiError) -> str:
        try:
            async with asyncio.timeout(self.actions.patience_seconds):
                return await self.explain(job, error)
        except (ApiError, TimeoutError):
            return ""

    async def _find_out(self, job: Job, what: str) -> Outcome:
        return await find_out(job, what, self.look_up, self.actions.patience_seconds)


def _too_slow(what: str) -> ActionFailed:
    return ActionFailed(f"It took too long {what}. {NOTHING_CHANGED}", NOT_SENT)
