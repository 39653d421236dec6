"""What came to a place: deployments in the order of their creation (pure)."""

from array import array
from bisect import bisect_left
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from core.types import Item
from octopus.resources.progression import NO_TENANT

# Ids count up, for the whole server: `Releases-12` is 12.
type Number = int


class Deployed(NamedTuple):
    """A deployment that has ended, in Unix time."""

    number: Number
    release: Number
    created: float
    completed: float


@dataclass(slots=True)
class History:
    """Deployments, kept in some ten bytes for each of their numbers."""

    _numbers: array[int] = field(default_factory=lambda: array("q"))
    _releases: array[int] = field(default_factory=lambda: array("q"))
    _created: array[float] = field(default_factory=lambda: array("d"))
    _completed: array[float] = field(default_factory=lambda: array("d"))

    def __iter__(self) -> Iterator[Deployed]:
        """Yield what came, in the order of its creation."""
        return map(Deployed, *self._columns())

    def __len__(self) -> int:
        return len(self._numbers)

    def put(self, one: Deployed) -> bool:
        """Add a deployment, or replace what was known of it; return if that is news."""
        at = self._position(one.created, one.number)
        if self._is_at(at, one.number) and self._row(at) == one:
            return False
        self.discard(one.created, one.number)
        for column, value in zip(self._columns(), one, strict=True):
            column.insert(at, value)
        return True

    def discard(self, created: float, number: Number) -> Deployed | None:
        """Remove a deployment; return it if it was here."""
        at = self._position(created, number)
        if not self._is_at(at, number):
            return None
        removed = self._row(at)
        for column in self._columns():
            del column[at]
        return removed

    def has(self, one: Deployed) -> bool:
        """Return whether a deployment is here."""
        return self._is_at(self._position(one.created, one.number), one.number)

    def keep(self, numbers: Collection[Number]) -> None:
        """Remove all other deployments than these."""
        left = [one for one in self if one.number in numbers]
        if len(left) < len(self):
            for at, column in enumerate(self._columns()):
                column[:] = array(column.typecode, [one[at] for one in left])

    def before(self, created: float, number: Number) -> Iterator[Deployed]:
        """Yield what came before a deployment, the latest first."""
        at = self._position(created, number)
        return (self._row(row) for row in range(at - 1, -1, -1))

    def after(self, created: float, number: Number) -> Iterator[Deployed]:
        """Yield what came after a deployment, the first first."""
        at = self._position(created, number)
        start = at + 1 if self._is_at(at, number) else at
        return (self._row(row) for row in range(start, len(self)))

    def _row(self, at: int) -> Deployed:
        return Deployed(*(column[at] for column in self._columns()))

    def _is_at(self, at: int, number: Number) -> bool:
        return at < len(self) and self._numbers[at] == number

    def _position(self, created: float, number: Number) -> int:
        """Return where a deployment is or belongs; its creation never changes."""
        return bisect_left(
            range(len(self)),
            (created, number),
            key=lambda at: (self._created[at], self._numbers[at]),
        )

    def _columns(self) -> tuple[array[Any], ...]:
        return self._numbers, self._releases, self._created, self._completed


@dataclass(slots=True, kw_only=True)
class Place(History):
    """A project in an environment, for one tenant or none, and what came there."""

    space: str
    project: str
    environment: str
    tenant: str


def new_place(space: str, item: Item) -> Place:
    """Return the place of a deployment, where nothing is known to have come yet."""
    return Place(
        space=space,
        project=item["ProjectId"],
        environment=item["EnvironmentId"],
        tenant=item.get("TenantId") or NO_TENANT,
    )
