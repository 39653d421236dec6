"""Hand each run to the site or server that its inputs name.

Identifiers in the catalog begin with the scope of their connection, such as `emea/`;
what has none is of the first one. A run is about one connection only: elsewhere, the
same ids and keys may be those of something else.
"""

from collections.abc import Callable, Iterator, Sequence

from port_ocean.core.handlers.actions.abstract_executor import AbstractExecutor
from port_ocean.core.models import IntegrationRun

from actions.executor import Executor
from actions.failures import NOTHING_CHANGED
from actions.inputs import WRONG_INPUT, Input, names_in
from actions.outcome import Failed


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
        homes = (self._home_of(name) for _, name in self._names(run))
        return next((home for home in homes if home), self._executors[0])

    def _home_of(self, name: str) -> Executor | None:
        """Return the executor by the scope that a name begins with, if it has one."""
        return self._of_longest(name, lambda one: one.scope)

    def _of_longest(
        self, text: str, prefix_of: Callable[[Executor], str]
    ) -> Executor | None:
        """Return the executor by the longest prefix that a text has, if it has any."""
        prefixes = {
            prefix: one for one in self._executors if (prefix := prefix_of(one))
        }
        found = [prefix for prefix in prefixes if text.startswith(prefix)]
        return prefixes[max(found, key=len)] if found else None

    def _names(self, run: IntegrationRun) -> Iterator[tuple[Input, str]]:
        return names_in(self._executors[0].INPUTS, run.execution_properties)

    def _elsewhere(self, run: IntegrationRun, chosen: Executor) -> list[str]:
        """Return the inputs that name something of another connection.

        What has no scope is of the first one, but for names that people type, such as
        that of an environment.
        """
        is_first = chosen is self._executors[0]
        found = (
            declared.name
            for declared, name in self._names(run)
            if (home := self._home_of(name)) is not chosen
            and (home or (declared.is_subject and not is_first))
        )
        return [*dict.fromkeys(found)]

    def _left_by(self, run: IntegrationRun, link: str) -> Executor:
        """Return the executor of the connection that a run's link leads to.

        Port may not show the inputs of what it has posted.
        """
        found = self._of_longest(link, lambda one: f"{one.site_url}/")
        return found or self.executor_of(run)

    async def execute(self, run: IntegrationRun) -> None:
        """Carry a run out, and report its end."""
        chosen = self.executor_of(run)
        if names := self._elsewhere(run, chosen):
            await _refuse(run, chosen, names)
        else:
            await chosen.execute(run)

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


async def _refuse(run: IntegrationRun, chosen: Executor, names: Sequence[str]) -> None:
    told = (
        f"{' and '.join(names)} must be of the same site or server as the other inputs:"
        f" begin with {chosen.scope!r}. {NOTHING_CHANGED}"
    )
    with chosen.actions.at_work(run):
        await chosen.actions.report(run, Failed(message=told, label=WRONG_INPUT))
