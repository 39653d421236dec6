"""Every list of Octopus: its order, and how it may be narrowed.

Where it is, how long its pages are and who may read it is in the contract table.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sandbox.company import Item
from sandbox.company.base import parse_time
from sandbox.contracts import contract
from sandbox.octopus.replies import as_shown

type Order = Callable[[Item], Any]
# Tells whether an item fits one of the wanted values.
type Filter = Callable[[Item, list[str]], bool]


def one_of(field: str, default: str | None = None) -> Filter:
    """Keep items whose field, or what it is unless it says so, is one of the values."""
    return lambda item, wanted: item.get(field, default) in wanted


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


@dataclass(frozen=True)
class Listing:
    """One list; a filter is named as its parameter in the query."""

    path: str
    order: Order = by_name
    reverse: bool = False
    filters: dict[str, Filter] = field(default_factory=dict)
    has: Callable[[Item], bool] = lambda item: True
    # What readers get of an item.
    shown: Callable[[Item], Item] = lambda item: item
    # The collection, unless the path begins with its name.
    items: str = ""

    @property
    def source(self) -> str:
        """The name of the collection."""
        return self.items or self.path.partition("/")[0]


def _history(
    path: str, time: str, filters: dict[str, Filter] | None = None, items: str = ""
) -> Listing:
    """Declare a list that begins with the newest item, by the id where times agree."""

    def newest(item: Item) -> Any:
        return (item[time] or "", int(item["Id"].rpartition("-")[2]))

    return Listing(path, newest, reverse=True, filters=filters or {}, items=items)


_BY_NAME = (
    *("spaces", "teams", "projectgroups", "projects", "channels", "runbooks"),
    *("machines", "workers", "workerpools", "machinepolicies", "tenants"),
    *("lifecycles", "accounts", "certificates", "libraryvariablesets", "feeds"),
    "deploymentfreezes",
)
_ALL: tuple[Listing, ...] = (
    *(Listing(path) for path in _BY_NAME),
    Listing("subscriptions", shown=as_shown),
    Listing(
        "environments/v2",
        lambda environment: environment["SortOrder"],
        filters={"type": one_of("Type", "Static")},
        shown=lambda environment: {"Type": "Static", **environment},
    ),
    Listing(
        "environments",
        lambda environment: environment["SortOrder"],
        has=lambda environment: "Type" not in environment,
    ),
    Listing("users", lambda user: user["Username"]),
    Listing("servertaskapprovals", lambda approval: approval["Id"]),
    Listing("projects/{project}/{ref}/runbooks", items="gitrunbooks"),
    _history("releases", "Assembled"),
    _history(
        "projects/{project}/releases",
        "Assembled",
        {"searchByVersion": lambda release, wanted: wanted[0] in release["Version"]},
        items="releases",
    ),
    _history("deployments", "Created", EXECUTION_FILTERS),
    _history("runbookRuns", "Created", EXECUTION_FILTERS),
    _history("tasks", "QueueTime", TASK_FILTERS),
    _history("interruptions", "Created", INTERRUPTION_FILTERS),
    _history("events", "Occurred", EVENT_FILTERS),
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
