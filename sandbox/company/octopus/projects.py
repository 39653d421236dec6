"""Projects with their groups and channels, and the tenants that some deploy to."""

from dataclasses import dataclass

from sandbox.company.base import Draft, Item
from sandbox.company.octopus.spaces import add, environment_id, slug


@dataclass(frozen=True)
class Cast:
    """Describe a project: its space, group, and the Jira project that plans it."""

    name: str
    space: str
    group: str
    jira_key: str
    tenanted: bool = False
    disabled: bool = False
    in_git: bool = False


_IN_GIT: Item = {
    "Type": "VersionControlled",
    "Url": "https://git.webshop.example/cluster.git",
    "DefaultBranch": "main",
    "BasePath": ".octopus",
    "ConversionState": {"VariablesAreInGit": True, "RunbooksAreInGit": True},
}
WEB_SHOP = "Web Shop"
PORTAL = "Partner Portal"
CLUSTER = "Cluster"
SEARCH = "Product Search"
STOREFRONT = "Storefront API"
LEDGER = "Ledger"
CAST = (
    Cast(WEB_SHOP, "Default", "Shop", "SHOP"),
    Cast(STOREFRONT, "Default", "Shop", "SHOP"),
    Cast(SEARCH, "Default", "Shop", "SHOP"),
    Cast("Image Resizer", "Default", "Shop", "SHOP", disabled=True),
    Cast("Mobile Backend", "Default", "Mobile", "MOB"),
    Cast(PORTAL, "Default", "Partners", "SHOP", tenanted=True),
    Cast(CLUSTER, "Default", "Platform", "OPS", in_git=True),
    Cast("Payments API", "Payments", "Payments", "PAY"),
    Cast("Fraud Check", "Payments", "Payments", "PAY"),
    Cast(LEDGER, "Payments", "Bookkeeping", "PAY"),
    Cast("Order Import", "Data Platform", "Pipelines", "DATA"),
    Cast("Sales Reports", "Data Platform", "Reports", "DATA"),
)
TENANTS = ("Acme", "Globex", "Initech", "Umbrella")
RINGS = ("Ring/Alpha", "Ring/Beta", "Ring/Stable")


def casts(draft: Draft) -> list[Cast]:
    """Return as many projects as the size wants; the known ones come first."""
    spaces = [space["Name"] for space in draft.octopus("spaces").values()]
    extra = range(1, draft.size.octopus_projects - len(CAST) + 1)
    return [
        *CAST[: draft.size.octopus_projects],
        *(
            Cast(f"Service {n}", spaces[n % len(spaces)], "Services", f"SVC{n}")
            for n in extra
        ),
    ]


def build_projects(draft: Draft) -> None:
    """Add the projects, each with its group and channels, then the tenants."""
    spaces = {space["Name"]: space["Id"] for space in draft.octopus("spaces").values()}
    groups: dict[tuple[str, str], Item] = {}
    lifecycles = {
        (lifecycle["SpaceId"], lifecycle["Name"]): lifecycle["Id"]
        for lifecycle in draft.octopus("lifecycles").values()
    }
    for cast in casts(draft):
        space_id = spaces[cast.space]
        if (space_id, cast.group) not in groups:
            groups[space_id, cast.group] = _group(draft, space_id, cast.group)
        lifecycle = lifecycles[space_id, "Default Lifecycle"]
        group_id = groups[space_id, cast.group]["Id"]
        project = _project(draft, cast, space_id, group_id, lifecycle)
        _channel(draft, project, "Default", None)
        if cast.name == WEB_SHOP:
            hotfix = lifecycles[space_id, "Hotfix Lifecycle"]
            _channel(draft, project, "Hotfix", hotfix)
    _build_tenants(draft)


def _group(draft: Draft, space_id: str, name: str) -> Item:
    return add(draft, "ProjectGroups", space_id, name)


def _project(
    draft: Draft, cast: Cast, space_id: str, group_id: str, lifecycle_id: str
) -> Item:
    id_ = f"Projects-{draft.next('Projects')}"
    return add(
        draft,
        "Projects",
        space_id,
        cast.name,
        id_=id_,
        web=f"{space_id}/projects/{{}}",
        Slug=slug(cast.name),
        Description=f"{cast.name} of the web shop",
        IsDisabled=cast.disabled,
        ProjectGroupId=group_id,
        LifecycleId=lifecycle_id,
        IsVersionControlled=cast.in_git,
        PersistenceSettings=_IN_GIT if cast.in_git else {"Type": "Database"},
        TenantedDeploymentMode="Tenanted" if cast.tenanted else "Untenanted",
        DeploymentProcessId=f"deploymentprocess-{id_}",
        VariableSetId=f"variableset-{id_}",
    )


def _channel(draft: Draft, project: Item, name: str, lifecycle_id: str | None) -> None:
    channel = add(
        draft,
        "Channels",
        project["SpaceId"],
        name,
        Description="" if lifecycle_id is None else "Straight to production",
        ProjectId=project["Id"],
        LifecycleId=lifecycle_id,
        IsDefault=lifecycle_id is None,
    )
    draft.channels[project["Id"], name] = channel


def _build_tenants(draft: Draft) -> None:
    """Add tenants of the partner portal; the last one is disabled."""
    portals = [p for p in draft.octopus("projects").values() if p["Name"] == PORTAL]
    for number in range(draft.size.tenants if portals else 0):
        space_id = portals[0]["SpaceId"]
        known = number < len(TENANTS)
        name = TENANTS[number] if known else f"Partner {number + 1}"
        path = ("Staging", "Production")
        environments = [environment_id(draft, space_id, p) for p in path]
        add(
            draft,
            "Tenants",
            space_id,
            name,
            Slug=slug(name),
            IsDisabled=number == draft.size.tenants - 1,
            TenantTags=[RINGS[number % len(RINGS)]],
            ProjectEnvironments={portals[0]["Id"]: environments},
        )
