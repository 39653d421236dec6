"""Keep trouble where it is: what it costs, and what it hides.

Fetching records here what it could not bring, and goes on with the rest. The
caller reads from the report what must not be deleted because of that: an item, what
belongs to a parent, or a whole kind.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from loguru import logger

from core.errors import ApiError, Forbidden, Gone, NotFound, Refused, Unauthorized
from core.types import Item

# Lists the `__` keys of an item whose values are unknown, because a lookup failed that
# may succeed another time. What a mapping makes of them must not be written.
INCOMPLETE = "__incomplete"
# What an item of an unexpected form makes of ordinary code.
ODD_FORM = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
# Refusals that a repetition does not change: the vendor has said no.
PERMANENT = (Forbidden, Gone, NotFound, Refused)
# More lines of one sort make no better reading.
LINES_PER_SORT = 3


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """Something that was not brought, and why.

    It hides `item` (raw, as far as it came), or else all items that belong to `parent`
    (raw, too), or else the whole kind. A `value` alone hides nothing. What is permanent
    is the vendor's answer, such as a 403; the rest may succeed another time.

    `parent` is of the kind's declared parent unless `field` is set: then it is any
    object, whose id the hidden items hold in that field. So the runbooks of one project
    are hidden by the project and "ProjectId", though their parent is the space.
    """

    kind: str
    reason: str
    parent: Item | None = None
    field: str | None = None
    item: Item | None = None
    value: str | None = None
    is_permanent: bool = False


@dataclass
class Report:
    """What one run could not bring of one kind; `kind` names it in messages."""

    kind: str
    troubles: list[Trouble] = field(default_factory=list)
    # Lookups that failed, by what they were for: see `attempt_once`.
    missing: "dict[str, Missing]" = field(default_factory=dict)
    # Whether pages had rows that can't be read, and which nobody knows.
    has_gaps: bool = False
    _counts: dict[str, int] = field(default_factory=dict)

    @property
    def hidden(self) -> list[Trouble]:
        """Return what hides entities, which must therefore be kept."""
        return [trouble for trouble in self.troubles if trouble.value is None]

    def clear(self) -> None:
        """Forget everything, before the same work is done once more."""
        self.troubles.clear()
        self.missing.clear()
        self.has_gaps = False

    def lose_kind(self, error: Exception | str) -> None:
        """Record that the kind was not read to its end."""
        self._add(self.kind, "", error)

    def lose_parent(
        self, parent: Item, error: Exception | str, *, field: str | None = None
    ) -> None:
        """Record that the items of a parent were not read to their end.

        `field` is where items hold its id, if that is not the kind's declared parent.
        """
        what = f"{self.kind} of {name_of(parent)}"
        self._add(what, "", error, parent=parent, field=field)

    def lose_item(self, item: Any, error: Exception | str) -> None:
        """Record an item that can't be processed; it is kept as it was.

        Something that is no object could be any item, so it hides the whole kind.
        """
        raw = item if isinstance(item, dict) else None
        self._add(f"{self.kind} {name_of(raw or {})}", "item", error, item=raw)

    def lose_value(self, value: str, error: Exception | str) -> None:
        """Record a lookup that failed; the items come without its value."""
        self._add(f"{value} of {self.kind}", value, error, value=value)

    def _add(self, what: str, sort: str, error: Exception | str, **hidden: Any) -> None:
        is_permanent = isinstance(error, PERMANENT)
        reason = describe(error)
        trouble = Trouble(
            kind=self.kind, reason=reason, is_permanent=is_permanent, **hidden
        )
        self.troubles.append(trouble)
        count = self._counts[sort] = self._counts.get(sort, 0) + 1
        if count <= LINES_PER_SORT:
            more = "; more of these are only counted" if count == LINES_PER_SORT else ""
            logger.warning(f"{what}: {reason}{more}")


# The tasks of one run share the object. Without one, trouble is only logged.
_CURRENT: ContextVar[Report | None] = ContextVar("trouble_report", default=None)


@contextmanager
def reporting(report: Report) -> Iterator[Report]:
    """Have all that is fetched inside record its trouble in this report."""
    token = _CURRENT.set(report)
    try:
        yield report
    finally:
        _CURRENT.reset(token)


def current_report() -> Report:
    """Return the report of the running work."""
    return _CURRENT.get() or Report("items")


@dataclass(frozen=True)
class Missing:
    """Stands for the value of a lookup that failed."""

    is_permanent: bool


# Stands for what may be known another time.
UNKNOWN = Missing(is_permanent=False)


async def attempt[T](work: Awaitable[T], *, value: str) -> T | Missing:
    """Return what an optional lookup brings, or Missing when it fails.

    `value` names in messages what is lost. Only Unauthorized is raised: the credential
    itself is no longer good.
    """
    try:
        return await work
    except Unauthorized:
        raise
    except (ApiError, *ODD_FORM) as error:
        current_report().lose_value(value, error)
        return Missing(isinstance(error, PERMANENT))


async def attempt_once[T](
    key: str, work: Callable[[], Awaitable[T]], *, value: str
) -> T | Missing:
    """Do as `attempt`; what has failed in this run is not asked for again.

    `key` names the lookup. Without a report, as for live events, each one is tried.
    """
    missing = current_report().missing
    if key in missing:
        return missing[key]
    found = await attempt(work(), value=value)
    if isinstance(found, Missing):
        missing[key] = found
    return found


async def apart[T](work: Awaitable[T]) -> tuple[T, list[Trouble]]:
    """Return what a lookup brings, and its troubles, which hide no item of the run."""
    with reporting(Report(f"lookups for {current_report().kind}")) as report:
        return await work, report.troubles


def with_values(item: Item, values: Mapping[str, Any]) -> Item:
    """Return the item with these values; what is Missing becomes null.

    A value that is missing for a passing reason is marked as incomplete, so that what
    the catalog has of it is kept.
    """
    unknown = [
        key
        for key, value in values.items()
        if isinstance(value, Missing) and not value.is_permanent
    ]
    known = {
        key: None if isinstance(value, Missing) else value
        for key, value in values.items()
    }
    return incomplete({**item, **known}, *unknown)


def incomplete(item: Item, *names: str) -> Item:
    """Mark values that may lack something; those in the catalog are better."""
    if not names:
        return item
    return {**item, INCOMPLETE: [*item.get(INCOMPLETE, ()), *names]}


def describe(error: Exception | str) -> str:
    """Say what is wrong in one line: our own errors in their words, others by type."""
    if isinstance(error, str | ApiError):
        return str(error)
    return f"unexpected form: {type(error).__name__} {error}".strip()


def name_of(item: Item) -> str:
    """Name an item or a parent in a message: key or name, and id."""
    keys = ("key", "name", "Name", "id", "Id", "accountId", "groupId", "teamId")
    names = [str(item[key])[:80] for key in keys if item.get(key)]
    return " ".join(list(dict.fromkeys(names))[:2]) or "without id"
