"""Hand each run to the site or server that its inputs name.

Identifiers in the catalog begin with the scope of their connection, such as `emea/`;
what has none is of the first one.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from port_ocean.core.handlers.actions.abstract_executor import AbstractExecutor
from port_ocean.core.models import IntegrationRun

from actions.executor import Executor


def by_site(
    executors: Sequence[Sequence[Executor]],
) -> list["Executor | Dispatcher"]:
    """Return one executor for each action, given those of each connection."""
    if len(executors) == 1:
        return [*executors[0]]
    return [Dispatcher(group) for group in zip(*executors, strict=True)]


class Dispatcher(AbstractExecutor):
    """One action on several connections, each with an executor of its own."""

    WEBHOOK_PROCESSOR_CLASS = None
    WEBHOOK_PATH = ""

    def __init__(self, executors: Sequence[Executor]) -> None:
        """Take the executors of one action, that of the first connection first."""
        self.ACTION_NAME = executors[0].ACTION_NAME
        self._executors = executors

    def executor_of(self, run: IntegrationRun) -> Executor:
        """Return the executor of the connection that the inputs of a run name."""
        names = [*self._names(run.execution_properties)]
        fitting = [
            one
            for one in self._executors
            if one.scope and any(name.startswith(one.scope) for name in names)
        ]
        longest = max(fitting, key=lambda one: len(one.scope), default=None)
        return longest or self._executors[0]

    def _left_by(self, run: IntegrationRun, link: str) -> Executor:
        """Return the executor of the connection that a run's link leads to.

        Port may not show the inputs of what it has posted.
        """
        fitting = [
            one
            for one in self._executors
            if one.site_url and link.startswith(f"{one.site_url}/")
        ]
        longest = max(fitting, key=lambda one: len(one.site_url), default=None)
        return longest or self.executor_of(run)

    def _names(self, given: Mapping[str, Any]) -> Iterator[str]:
        for declared in self._executors[0].INPUTS:
            value = given.get(declared.name)
            values = value if isinstance(value, list) else [value]
            if not declared.is_text:
                yield from (one.strip() for one in values if isinstance(one, str))

    async def execute(self, run: IntegrationRun) -> None:
        """Carry a run out, and report its end."""
        await self.executor_of(run).execute(run)

    async def resume(self, run: IntegrationRun, why: str, link: str) -> None:
        """End a run that another process has left behind."""
        await self._left_by(run, link).resume(run, why, link)

    async def take_up(self, run: IntegrationRun, link: str) -> None:
        """Follow a run that another process has started."""
        await self._left_by(run, link).take_up(run, link)

    async def is_close_to_rate_limit(self, run: IntegrationRun) -> bool:
        """Mark the run as taken."""
        return await self.executor_of(run).is_close_to_rate_limit(run)

    async def get_remaining_seconds_until_rate_limit(
        self, run: IntegrationRun
    ) -> float:
        """Return 0: clients wait for the vendors' limits by themselves."""
        return 0.0

    async def _get_partition_key(self, run: IntegrationRun) -> str | None:
        return await self.executor_of(run)._get_partition_key(run)
