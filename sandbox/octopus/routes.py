"""Every list of Octopus: its order, and how it may be narrowed.

Where it is, how long its pages are and who may read it is in the contract table.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sandbox.company import Item
from sandbox.company.base import parse_time
from sandbox.contracts import contract

type Order = Callable[[Item], Any]
# Tells whether an item fits one of the wanted values.
type Filter = Callable[[Item, list[str]], bool]


def one_of(field: str) -> Filter:
    """Keep items whose field is one of the values."""
    return lambda item, wanted: item.get(field) in wanted


def environment_type(item: Item, wanted: list[str]) -> bool:
    """Keep environments of one of the types; static ones are not marked."""
    return item.get("Type", "Static") in wanted


def flag(field: str) -> Filter:
    """Keep items whose field is true, or false, as asked."""
    return lambda item, wanted: bool(item.get(field)) == (wanted[0] == "true")


def since(field: str) -> Filter:
    """Keep items whose time is at or after the value."""
    return lambda item, wanted: _compare(item.get(field), wanted[0]) >= 0


def until(field: str) -> Filter:
    """Keep items whose time is before the value."""
    return lambda item, wanted: _compare(item.get(field), wanted[0]) < 0


def _compare(text: str | None, bound: str) -> float:
    """Return the seconds from a bound to a time; what has no time fits no bound."""
    if not text:
        return float("nan")
    return (parse_time(text) - parse_time(bound)).total_seconds()


def task_is_active(item: Item, wanted: list[str]) -> bool:
    """Keep tasks that have not ended, or have, as asked."""
    return bool(item["IsCompleted"]) != (wanted[0] == "true")


def regarding(item: Item, wanted: list[str]) -> bool:
    """Keep what is about all of the documents."""
    return set(wanted) <= set(item["RelatedDocumentIds"])


EXECUTION_FILTERS: dict[str, Filter] = {
    "projects": one_of("ProjectId"),
    "environments": one_of("EnvironmentId"),
    "tenants": one_of("TenantId"),
    "runbooks": one_of("RunbookId"),
}
TASK_FILTERS: dict[str, Filter] = {
    "name": one_of("Name"),
    "active": task_is_active,
    "fromCompletedDate": since("CompletedTime"),
}
EVENT_FILTERS: dict[str, Filter] = {
    "from": since("Occurred"),
    "to": until("Occurred"),
    "eventCategories": one_of("Category"),
}
INTERRUPTION_FILTERS: dict[str, Filter] = {
    "regarding": regarding,
    "pendingOnly": flag("IsPending"),
}


def by_name(item: Item) -> Any:
    """Sort by name, as most lists are."""
    return item["Name"].casefold()


@dataclass(frozen=True, kw_only=True)
class Listing:
    """One list; a filter is named as its parameter in the query."""

    path: str
    order: Order = by_name
    reverse: bool = False
    filters: dict[str, Filter] = field(default_factory=dict)
    has: Callable[[Item], bool] = lambda item: True

    @property
    def source(self) -> str:
        """The name of the collection."""
        return self.path.partition("/")[0]


def _history(path: str, time: str, **filters: Filter) -> Listing:
    """Declare a list that begins with the newest item, by the id where times agree."""

    def newest(item: Item) -> Any:
        return (item[time] or "", int(item["Id"].rpartition("-")[2]))

    return Listing(path=path, order=newest, reverse=True, filters=filters)


_BY_NAME = (
    *("spaces", "teams", "projectgroups", "projects", "channels", "runbooks"),
    *("machines", "workers", "workerpools", "machinepolicies", "tenants"),
    *("lifecycles", "accounts", "certificates", "libraryvariablesets", "feeds"),
    "subscriptions",
)
_ENVIRONMENTS: tuple[Listing, ...] = (
    Listing(
        path="environments/v2",
        order=lambda environment: environment["SortOrder"],
        filters={"type": environment_type},
    ),
    Listing(
        path="environments",
        order=lambda environment: environment["SortOrder"],
        has=lambda environment: "Type" not in environment,
    ),
)
_ALL: tuple[Listing, ...] = (
    *(Listing(path=path) for path in _BY_NAME),
    *_ENVIRONMENTS,
    Listing(path="users", order=lambda user: user["Username"]),
    Listing(path="servertaskapprovals", order=lambda approval: approval["Id"]),
    _history("releases", "Assembled"),
    _history("deployments", "Created", **EXECUTION_FILTERS),
    _history("runbookRuns", "Created", **EXECUTION_FILTERS),
    _history("tasks", "QueueTime", **TASK_FILTERS),
    _history("interruptions", "Created", **INTERRUPTION_FILTERS),
    _history("events", "Occurred", **EVENT_FILTERS),
)
LISTS = {listing.path: listing for listing in _ALL}

# What is for the whole server only, and what may be granted there or in a space.
SYSTEM_PERMISSIONS = (
    "DeploymentFreezeAdminister",
    "PlatformHubView",
    "SpaceView",
    "UserView",
)
MIXED_PERMISSIONS = ("EventView", "TaskView", "TeamView")
SPACE_PERMISSIONS = sorted(
    {row.permission for row in contract("octopus").endpoints if row.permission}
    - set(SYSTEM_PERMISSIONS)
)
