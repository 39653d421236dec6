"""Deployments: each release on its way, with failures, a rollback and approvals."""

from datetime import timedelta

from sandbox.company.base import Draft, Example, Item, parse_time
from sandbox.company.octopus.hard_cases import told_ways
from sandbox.company.octopus.projects import CLUSTER, PORTAL, STOREFRONT
from sandbox.company.octopus.spaces import PATH, USERS, environment_id
from sandbox.company.octopus.story import Plan, still_open
from sandbox.company.octopus.tasks import add_task, by_user, execution_of

FAILURE, CANCELLATION = 0.06, 0.02
# The share of releases that go on to the next environment, and days until then.
ONWARD, ONWARD_DAYS = 0.85, 1.5


def build_deployments(draft: Draft) -> None:
    """Add the deployments in the order of their time, as many as the size wants."""
    projects = draft.octopus("projects")
    plans: list[Plan] = []
    releases = list(draft.octopus("releases").values())
    told = told_ways(draft, releases)
    for release in releases:
        project = projects[release["ProjectId"]]
        if (
            project["Name"] == STOREFRONT
            and "never deployed" not in draft.company.cases
        ):
            draft.company.cases["never deployed"] = release["Id"]
        elif release["Id"] not in told:
            plans += _way(draft, release, project)
    story = [plan for way in told.values() for plan in way]
    story += still_open(draft, releases)
    wanted = max(draft.size.deployments - len(story), 0)
    plans = [*_exactly(draft, plans, wanted), *story]
    shipped: dict[tuple[str, str, str | None], int] = {}
    by_project: dict[str, list[Item]] = {}
    for release in releases:
        by_project.setdefault(release["ProjectId"], []).append(release)
    for plan in sorted(plans, key=lambda plan: plan.at):
        _add_deployment(draft, plan, by_project[plan.release["ProjectId"]], shipped)
    _make_odd(draft)


def _way(draft: Draft, release: Item, project: Item) -> list[Plan]:
    """Return the ordinary way of a release: from environment to environment."""
    plans: list[Plan] = []
    at = parse_time(release["Assembled"])
    tenants: list[str | None] = [None]
    if project["Name"] == PORTAL:
        tenants = [*draft.octopus("tenants")][:2]
    # What came to production first stays there.
    path = PATH[:-1] if project["Name"] == CLUSTER else PATH
    for environment in path:
        at += timedelta(days=draft.rng.expovariate(1 / ONWARD_DAYS), minutes=3)
        at = at.replace(microsecond=0)
        if at > draft.now - timedelta(hours=1):
            break
        state = _outcome(draft)
        if environment == "Development":
            plans.append(Plan(at, release, environment, state))
        else:
            plans += [Plan(at, release, environment, state, t) for t in tenants]
        if state == "Failed":
            again = at + timedelta(minutes=30)
            plans.append(
                Plan(again, release, environment, tenant_id=plans[-1].tenant_id)
            )
        if state == "Canceled" or draft.rng.random() > ONWARD:
            break
    return plans


def _outcome(draft: Draft) -> str:
    chance = draft.rng.random()
    if chance < FAILURE:
        return "Failed"
    return "Canceled" if chance < FAILURE + CANCELLATION else "Success"


def _exactly(draft: Draft, plans: list[Plan], wanted: int) -> list[Plan]:
    """Leave out the last steps, or deploy again to Development, to meet a number."""
    while len(plans) < wanted:
        plan = draft.rng.choice(plans)
        later = plan.at + timedelta(minutes=draft.rng.randint(10, 600))
        if later < draft.now - timedelta(minutes=30):
            plans.append(Plan(later, plan.release, "Development"))
    if len(plans) > wanted:
        draft.rng.shuffle(plans)
    return plans[:wanted]


def _add_deployment(
    draft: Draft,
    plan: Plan,
    releases: list[Item],
    shipped: dict[tuple[str, str, str | None], int],
) -> None:
    release = plan.release
    environment = environment_id(draft, release["SpaceId"], plan.environment)
    position = releases.index(release)
    place = (release["ProjectId"], environment, plan.tenant_id)
    before = shipped.get(place, -1)
    if plan.state == "Success":
        shipped[place] = position
    id_ = f"Deployments-{draft.next('Deployments')}"
    changes = [_change(draft, r) for r in releases[before + 1 : position + 1]]
    _add_item(draft, plan, id_, environment, changes)
    _remember(draft, plan, id_)


def _add_item(
    draft: Draft, plan: Plan, id_: str, environment: str, changes: list[Item]
) -> None:
    release = plan.release
    execution = execution_of(
        "deployments",
        id_,
        f"Deploy to {plan.environment}",
        _add_task(draft, plan, id_),
        **by_user(draft.rng.choice((None, *range(1, len(USERS))))),
        ReleaseId=release["Id"],
        ChannelId=release["ChannelId"],
        EnvironmentId=environment,
        TenantId=plan.tenant_id,
        FailureEncountered=plan.state == "Failed" or plan.guided,
        UseGuidedFailure=plan.guided,
        DeployedToMachineIds=draft.targets.get(environment, []),
        Changes=changes,
    )
    execution["Links"]["Web"] = f"/app#/{release['SpaceId']}/deployments/{id_}"
    draft.octopus("deployments")[id_] = execution


def _add_task(draft: Draft, plan: Plan, deployment_id: str) -> Item:
    release = plan.release
    project = draft.octopus("projects")[release["ProjectId"]]
    what = f"Deploy {project['Name']} release {release['Version']}"
    return add_task(
        draft,
        release["SpaceId"],
        "Deploy",
        f"{what} to {plan.environment}",
        queued=plan.at,
        state=plan.state,
        pending=plan.pending,
        ProjectId=project["Id"],
        Arguments={"DeploymentId": deployment_id},
    )


def _change(draft: Draft, release: Item) -> Item:
    """Return what a release changes, as a deployment that brings it shows it."""
    if release["Id"] in draft.changes:
        return draft.changes[release["Id"]]
    information = release["BuildInformation"]
    change = draft.changes[release["Id"]] = {
        "Version": release["Version"],
        "ReleaseNotes": release["ReleaseNotes"],
        "BuildInformation": information,
        "WorkItems": [item for build in information for item in build["WorkItems"]],
        "Commits": [commit for build in information for commit in build["Commits"]],
    }
    return change


def _remember(draft: Draft, plan: Plan, id_: str) -> None:
    cases = draft.company.cases
    if plan.case:
        cases[plan.case] = id_
    if plan.tenant_id and plan.state == "Success":
        cases["tenant deployment"] = id_
    if plan.case == "example":
        issue, release_id = cases["example issue"], plan.release["Id"]
        draft.company.example = Example(issue, release_id, id_)


def _make_odd(draft: Draft) -> None:
    """Take the task from one deployment, and purge that of another."""
    told = set(draft.company.cases.values())
    plain = (
        d
        for d in draft.octopus("deployments").values()
        if d["Id"] not in told
        and draft.octopus("tasks")[d["TaskId"]]["State"] == "Success"
    )
    without, purged = next(plain), next(plain)
    del draft.octopus("tasks")[without["TaskId"]]
    without["TaskId"] = None
    del without["Links"]["Task"]
    del draft.octopus("tasks")[purged["TaskId"]]
    draft.company.cases |= {
        "deployment without task": without["Id"],
        "purged task": purged["TaskId"],
    }
