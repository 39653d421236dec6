"""Where a release may go: the phases of its lifecycle, and how far it came."""

from sandbox.company import Item
from sandbox.octopus.state import OctopusState


def phases_of(state: OctopusState, release: Item) -> list[Item]:
    """Return the phases of the lifecycle of a release's channel, or of its project."""
    collections = state.collections
    channel = collections["channels"][release["ChannelId"]]
    project = collections["projects"][release["ProjectId"]]
    lifecycle = channel["LifecycleId"] or project["LifecycleId"]
    phases: list[Item] = collections["lifecycles"][lifecycle]["Phases"]
    return phases


def environments_of(phase: Item) -> list[str]:
    """Return the ids of a phase's environments."""
    return [*phase["AutomaticDeploymentTargets"], *phase["OptionalDeploymentTargets"]]


def succeeded_in(state: OctopusState, release: Item, tenant: str | None) -> set[str]:
    """Return where a release was deployed to with success, for a tenant or for none."""
    tasks = state.collections["tasks"]
    return {
        deployment["EnvironmentId"]
        for deployment in state.collections["deployments"].values()
        if deployment["ReleaseId"] == release["Id"]
        and deployment["TenantId"] == tenant
        and tasks.get(deployment["TaskId"] or "", {}).get("State") == "Success"
    }


def reachable(state: OctopusState, release: Item, tenant: str | None) -> list[str]:
    """Return the environments up to the first phase that is not complete.

    A blocked release goes no further than it was.
    """
    done = succeeded_in(state, release, tenant)
    found: list[str] = []
    for phase in phases_of(state, release):
        environments = _environments_for(state, release, phase, tenant)
        is_new = environments and not done & {*environments}
        if is_new and release["Id"] in state.blocked_releases:
            break
        found += environments
        if is_new:
            break
    return found


def _environments_for(
    state: OctopusState, release: Item, phase: Item, tenant: str | None
) -> list[str]:
    """Return a phase's environments that a tenant is connected to, all without one."""
    environments = environments_of(phase)
    if tenant is None:
        return environments
    connected = state.collections["tenants"][tenant]["ProjectEnvironments"]
    return [e for e in environments if e in connected.get(release["ProjectId"], [])]


def progression_of(state: OctopusState, release: Item) -> Item:
    """Return how far a release came, phase by phase."""
    done = succeeded_in(state, release, None)
    is_blocked = release["Id"] in state.blocked_releases
    phases: list[Item] = []
    is_current = True
    for phase in phases_of(state, release):
        is_complete = bool(done & {*environments_of(phase)})
        progress = "Complete" if is_complete else "Current" if is_current else "Pending"
        is_current = is_current and is_complete
        phases.append(_shown(phase, progress, is_blocked and not is_complete))
    current = [phase for phase in phases if phase["Progress"] == "Current"]
    nexts = [e for phase in current for e in environments_of(phase)]
    return {
        "Phases": phases,
        "NextDeployments": [] if is_blocked else nexts,
        "NextDeploymentsMinimumRequired": 0,
        "Links": {},
    }


def _shown(phase: Item, progress: str, is_blocked: bool) -> Item:
    """Return a phase as the progression of a release shows it."""
    kept = ("Id", "Name", "AutomaticDeploymentTargets", "OptionalDeploymentTargets")
    return {
        **{name: phase[name] for name in (*kept, "IsOptionalPhase")},
        "MinimumEnvironmentsBeforePromotion": 0,
        "Blocked": is_blocked,
        "Progress": progress,
        "Deployments": [],
    }
