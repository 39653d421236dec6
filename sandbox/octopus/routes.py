"""Every list of Octopus: where it is, what it holds, and how it may be narrowed.

https://octopus.com/docs/api
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sandbox.company import Item
from sandbox.octopus.filters import (
    DEPLOYMENT_FILTERS,
    EVENT_FILTERS,
    MACHINE_FILTERS,
    RUN_FILTERS,
    TASK_FILTERS,
    Filter,
    any_of,
    contains,
    flag,
    one_of,
    regarding,
)

type Order = Callable[[Item], Any]

SPACE, SYSTEM, MIXED = "space", "system", "mixed"


def by_name(item: Item) -> Any:
    """Sort by name, as most lists are."""
    return item["Name"].casefold()


def newest_first(key: str) -> Order:
    """Sort by a time, and by the number in the id where times are equal."""

    def order(item: Item) -> Any:
        return (item[key] or "", int(item["Id"].rpartition("-")[2]))

    order.__name__ = "newest"
    return order


@dataclass(frozen=True, kw_only=True)
class Listing:
    """One list, with `all` and single items where they exist.

    A filter is named as its parameter in the query or in the path.
    """

    path: str
    item_type: str
    permission: str
    collection: str = ""
    scope: str = SPACE
    take: int = 30
    order: Order = by_name
    reverse: bool = False
    filters: dict[str, Filter] = field(default_factory=dict)
    # Whether `<path>/<id>` and `<path>/all` exist.
    single: bool = True
    all: bool = True

    @property
    def source(self) -> str:
        """The name of the collection, mostly the path."""
        return self.collection or self.path


def listing(path: str, item_type: str, permission: str, **more: Any) -> Listing:
    """Declare an ordinary list of a space."""
    return Listing(path=path, item_type=item_type, permission=permission, **more)


def history(
    path: str, item_type: str, permission: str, time: str, **more: Any
) -> Listing:
    """Declare a list that begins with the newest item and can't be had at once."""
    order = newest_first(time)
    return listing(
        path, item_type, permission, order=order, reverse=True, all=False, **more
    )


_OF_PROJECT: dict[str, Filter] = {"project": one_of("ProjectId")}
_OF_CHANNEL: dict[str, Filter] = {"channel": one_of("ChannelId")}
_OF_RELEASE: dict[str, Filter] = {"release": one_of("ReleaseId")}
_BY_VERSION: dict[str, Filter] = {"searchByVersion": contains("Version")}

LISTINGS: tuple[Listing, ...] = (
    listing("spaces", "Space", "SpaceView", scope=SYSTEM, filters={"name": contains()}),
    listing("users", "User", "UserView", scope=SYSTEM, order=lambda u: u["Username"]),
    listing("teams", "Team", "TeamView", scope=MIXED),
    listing("projectgroups", "ProjectGroup", "ProjectGroupView"),
    listing(
        "projects",
        "Project",
        "ProjectView",
        filters={"clonedFromProjectId": one_of("ClonedFromProjectId")},
    ),
    listing("channels", "Channel", "ProcessView"),
    listing(
        "projects/{project}/channels",
        "Channel",
        "ProcessView",
        collection="channels",
        filters=_OF_PROJECT,
        single=False,
        all=False,
    ),
    listing(
        "environments",
        "Environment",
        "EnvironmentView",
        take=10,
        order=lambda environment: environment["SortOrder"],
    ),
    history("releases", "Release", "ReleaseView", "Assembled"),
    history(
        "projects/{project}/releases",
        "Release",
        "ReleaseView",
        "Assembled",
        collection="releases",
        filters=_OF_PROJECT | _BY_VERSION,
        single=False,
    ),
    history(
        "channels/{channel}/releases",
        "Release",
        "ReleaseView",
        "Assembled",
        collection="releases",
        filters=_OF_CHANNEL,
        single=False,
    ),
    history(
        "deployments",
        "Deployment",
        "DeploymentView",
        "Created",
        filters=DEPLOYMENT_FILTERS,
    ),
    history(
        "releases/{release}/deployments",
        "Deployment",
        "DeploymentView",
        "Created",
        collection="deployments",
        filters=_OF_RELEASE,
        single=False,
    ),
    history(
        "tasks", "Task", "TaskView", "QueueTime", filters=TASK_FILTERS, scope=MIXED
    ),
    history(
        "runbookRuns", "RunbookRun", "RunbookRunView", "Created", filters=RUN_FILTERS
    ),
    listing(
        "runbooks",
        "Runbook",
        "RunbookView",
        filters={"projectIds": one_of("ProjectId")},
    ),
    history(
        "interruptions",
        "Interruption",
        "InterruptionView",
        "Created",
        filters={"regarding": regarding, "pendingOnly": flag("IsPending")},
    ),
    listing("machines", "DeploymentTarget", "MachineView", filters=MACHINE_FILTERS),
    listing("workers", "Worker", "WorkerView", filters=MACHINE_FILTERS),
    listing("workerpools", "WorkerPool", "WorkerView"),
    listing("machinepolicies", "MachinePolicy", "MachinePolicyView"),
    listing(
        "tenants",
        "Tenant",
        "TenantView",
        filters={
            "projectId": any_of("ProjectEnvironments"),
            "tags": any_of("TenantTags"),
            "isDisabled": flag("IsDisabled"),
        },
    ),
    listing("tagsets", "TagSet", "TenantView"),
    listing("lifecycles", "Lifecycle", "LifecycleView"),
    listing("accounts", "Account", "AccountView"),
    listing("certificates", "Certificate", "CertificateView"),
    listing("libraryvariablesets", "LibraryVariableSet", "LibraryVariableSetView"),
    listing("feeds", "Feed", "FeedView", filters={"feedType": one_of("FeedType")}),
    history(
        "events", "Event", "EventView", "Occurred", filters=EVENT_FILTERS, scope=MIXED
    ),
    listing("subscriptions", "Subscription", "SubscriptionView"),
)
# What is for the whole server only, and what may be granted there or in a space.
SYSTEM_PERMISSIONS = ("DeploymentFreezeAdminister", "SpaceView", "UserView")
MIXED_PERMISSIONS = ("EventView", "TaskView", "TeamView")
SPACE_PERMISSIONS = sorted(
    {row.permission for row in LISTINGS} - set(SYSTEM_PERMISSIONS)
    | {
        "SubscriptionCreate",
        "SubscriptionEdit",
        "SubscriptionDelete",
    }
)
