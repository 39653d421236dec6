"""What became of a live event: what was read, what failed, what was written."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from copy import copy
from dataclasses import dataclass, field

from port_ocean.core.handlers.port_app_config.models import ResourceConfig
from port_ocean.core.handlers.webhook.webhook_event import WebhookEventRawResults

from framework.jq_values import literal_of
from framework.known_event import KnownEvent

EVERYTHING = "true"


@dataclass
class Read:
    """One reading of an object for one mapping.

    `found` says that the vendor has answered: it is as read, or it is absent.
    """

    found: bool = False


@dataclass
class Outcome:
    """Which objects an event had read, which of them some mapping found, for which
    mappings it failed, whether another time may be better, and whether Port is done
    with what it brought: has taken it, or refuses it for good.

    `defer` takes an event of our own that can wait for a moment; None if none may.
    `when_done` is done as soon as the event is: what is not written is told again.
    """

    requested: set[str] = field(default_factory=set)
    found: set[str] = field(default_factory=set)
    failed: list[ResourceConfig | None] = field(default_factory=list)
    may_pass: bool = False
    is_written: bool = False
    defer: Callable[[KnownEvent], None] | None = None
    when_done: list[Callable[[], object]] = field(default_factory=list)

    @property
    def is_complete(self) -> bool:
        """Return whether everything was found and written, so that earlier events about
        the same objects add nothing.
        """
        is_read = bool(self.requested) and self.requested == self.found
        return is_read and not self.failed and self.is_written

    @property
    def is_done(self) -> bool:
        """Return whether doing it again would change nothing."""
        return self.is_written and not self.may_pass

    def conclude(self) -> None:
        """Do what was put off until the event is done."""
        for act in self.when_done:
            act()

    def fail(self, mapping: ResourceConfig | None, *, may_pass: bool) -> None:
        """Record that an event failed for a mapping; None if it has none."""
        self.failed.append(mapping)
        self.may_pass |= may_pass


# The tasks of one event share the object.
CURRENT: ContextVar[Outcome | None] = ContextVar("event_outcome", default=None)


def when_done(act: Callable[[], object]) -> None:
    """Do something as soon as the current event is done, or at once without one."""
    outcome = CURRENT.get()
    if outcome is None:
        act()
    else:
        outcome.when_done.append(act)


def retry_later() -> None:
    """Have the current event done again later, for something may be better then."""
    if outcome := CURRENT.get():
        outcome.may_pass = True


@contextmanager
def reading(name: str) -> Iterator[Read]:
    """Record what goes on inside as reading an object; the body sets `found`."""
    outcome, read = CURRENT.get() or Outcome(), Read()
    outcome.requested.add(name)
    yield read
    if read.found:
        outcome.found.add(name)


def without_disputed_deletions(
    result: WebhookEventRawResults, failed: Collection[ResourceConfig | None]
) -> WebhookEventRawResults:
    """Return what a mapping brings without what it would delete, if another mapping
    with the same blueprint has failed: that one might have found the object.
    """
    own = result.resource if result.has_resource else None
    if not own or not any(_may_share_entities(own, one) for one in failed if one):
        return result
    kept = copy(result)
    kept._deleted_raw_results = []
    if own.selector.query.strip() != EVERYTHING:
        kept._updated_raw_results = []  # what a query doesn't select is deleted, too
    return kept


def _may_share_entities(one: ResourceConfig, other: ResourceConfig) -> bool:
    blueprints = {literal_of(r.port.entity.mappings.blueprint) for r in (one, other)}
    return len(blueprints) == 1 or None in blueprints
