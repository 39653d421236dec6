"""What a company consists of, and what its builders share."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

type Item = dict[str, Any]

# The address of the Jira site in every stored item; stand-ins put theirs in its place.
SITE = "https://webshop.atlassian.net"
CLOUD_ID = "0b7cf2a4-6f0c-4d3c-9b52-71d1c8f0a001"
ORGANIZATION_ID = "9d2e7c1e-1c55-4f0e-8a55-2b7f9f3e0002"


class Collection(dict[str, Item]):
    """Hold items by id and count every change, so that indexes know they are stale.

    Changes are made by assignment, by `del` and by `pop`, not by the other methods.
    """

    version = 0

    def __reduce__(self) -> tuple[Any, ...]:
        """Have a copy made at once, which is many times as fast as item by item."""
        return Collection, (dict(self),)

    def __setitem__(self, key: str, item: Item) -> None:
        self.version += 1
        super().__setitem__(key, item)

    def __delitem__(self, key: str) -> None:
        self.version += 1
        super().__delitem__(key)

    def pop(self, key: str, *default: Any) -> Any:
        self.version += 1
        return super().pop(key, *default)


@dataclass(frozen=True, kw_only=True)
class Size:
    """Tell how much of everything a company has."""

    jira_projects: int = 8
    issues: int = 400
    users: int = 30
    boards: int = 9
    # What full issues carry beyond the usual fields, to weigh as much as real ones.
    custom_fields: int = 0
    filler_bytes: tuple[int, int] = (0, 0)

    spaces: int = 3
    octopus_projects: int = 12
    environments: int = 12
    releases: int = 150
    deployments: int = 400
    tenants: int = 4
    machines: int = 24


DEFAULT = Size()
LARGE = Size(
    jira_projects=2000,
    issues=20_000,
    users=3000,
    boards=300,
    custom_fields=150,
    filler_bytes=(5_000, 26_000),
    spaces=10,
    octopus_projects=2000,
    releases=40_000,
    deployments=120_000,
    tenants=100,
    machines=2000,
)


@dataclass(frozen=True)
class Example:
    """Name one issue whose way to production is known."""

    issue_key: str
    release_id: str
    deployment_id: str


@dataclass(kw_only=True)
class Company:
    """Hold everything the stand-ins serve: collection -> id -> raw vendor item.

    Items are as the vendor shows a single one. Octopus' collections are named as its
    routes (`releases`, `runbookRuns`; `gitrunbooks` by project and slug), Jira's by the
    thing (`issue`, `issuelink`); worklogs, comments and changes of all issues
    are in one collection each. What no item shows is beside the collections.
    """

    seed: int
    size: Size
    now: datetime
    jira: dict[str, Collection] = field(default_factory=dict)
    octopus: dict[str, Collection] = field(default_factory=dict)
    example: Example = Example("", "", "")
    # Cases that are hard to get right, by name: an id, or the key of an issue.
    cases: dict[str, str] = field(default_factory=dict)

    # Jira: ids of projects that the token can't see, and the old keys of moved issues.
    hidden_projects: set[str] = field(default_factory=set)
    moved_issues: dict[str, str] = field(default_factory=dict)
    # Account ids by group id or team id.
    members: dict[str, list[str]] = field(default_factory=dict)
    # Project ids, and ids of sprints, that a board shows.
    board_projects: dict[str, list[str]] = field(default_factory=dict)
    board_sprints: dict[str, list[str]] = field(default_factory=dict)
    # The types of boards, which private ones don't tell.
    board_types: dict[str, str] = field(default_factory=dict)
    # Custom fields that full issues carry besides their own; chosen by the issue's id.
    fillers: list[Item] = field(default_factory=list)

    def present(self) -> datetime:
        """Return the time of the company's clock, which stands still in the past."""
        real = datetime.now(UTC)
        is_live = timedelta(0) <= real - self.now < timedelta(days=1)
        return real if is_live else self.now


@dataclass
class Draft:
    """A company under construction: chance and numbers that repeat by the seed."""

    company: Company
    rng: Random
    numbers: dict[str, int] = field(default_factory=dict)
    board_names: dict[str, str] = field(default_factory=dict)
    # When an issue (by id) came to which status, oldest first.
    steps: dict[str, list[tuple[datetime, str]]] = field(default_factory=dict)
    # Account ids by the area that the people work in; the first leads.
    areas: dict[str, list[str]] = field(default_factory=dict)
    # Accounts as other items show them.
    people: dict[str, Item] = field(default_factory=dict)
    # Versions, components and sprints by the id of their project.
    versions: dict[str, list[Item]] = field(default_factory=dict)
    components: dict[str, list[Item]] = field(default_factory=dict)
    sprints: dict[str, list[Item]] = field(default_factory=dict)
    # Ids of environments by space and name, channels of a project by name.
    environments: dict[tuple[str, str], str] = field(default_factory=dict)
    channels: dict[tuple[str, str], Item] = field(default_factory=dict)
    # Ids of deployment targets by their environment.
    targets: dict[str, list[str]] = field(default_factory=dict)
    # What a release changes, by its id, as deployments show it.
    changes: dict[str, Item] = field(default_factory=dict)

    @property
    def now(self) -> datetime:
        """The moment that all dates are relative to."""
        return self.company.now

    @property
    def size(self) -> Size:
        """How much of everything is wanted."""
        return self.company.size

    def jira(self, collection: str) -> Collection:
        """Return a collection of Jira, new if need be."""
        return self.company.jira.setdefault(collection, Collection())

    def octopus(self, collection: str) -> Collection:
        """Return a collection of Octopus, new if need be."""
        return self.company.octopus.setdefault(collection, Collection())

    def ago(self, days: float) -> datetime:
        """Return the moment that many days before now, to the second."""
        return (self.now - timedelta(days=days)).replace(microsecond=0)

    def next(self, name: str, start: int = 1) -> int:
        """Return the next number of a sequence."""
        self.numbers[name] = self.numbers.get(name, start - 1) + 1
        return self.numbers[name]

    def uuid(self) -> str:
        """Return a UUID that repeats by the seed."""
        return str(UUID(int=self.rng.getrandbits(128), version=4))


def jira_time(moment: datetime) -> str:
    """Write a time as Jira does: 2026-01-31T08:00:00.000+0000."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "+0000")


def octopus_time(moment: datetime) -> str:
    """Write a time as Octopus does: 2026-01-31T08:00:00.000+00:00."""
    return moment.isoformat(timespec="milliseconds")


# Reads a time that either vendor wrote.
parse_time = datetime.fromisoformat


def milliseconds(moment: datetime) -> int:
    """Return milliseconds since 1970."""
    return int(moment.timestamp() * 1000)


def this_hour() -> datetime:
    """Return the beginning of the present hour."""
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
