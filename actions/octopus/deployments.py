"""What deploys a release has in common: where it may go, and why it may not."""

from abc import ABC
from collections.abc import Sequence
from datetime import datetime
from itertools import chain

from actions.failures import ActionFailed
from actions.job import Job
from actions.octopus.base import in_space, name_of, page_of
from actions.octopus.executions import Plan, StartingExecutor, marked_in
from actions.octopus.find import find_project
from actions.octopus.places import Place
from core.errors import ApiError, Refused
from core.types import Item
from core.values import child, moment, objects

DEPLOYMENTS = "deployments"


class DeployingExecutor(StartingExecutor, ABC):
    """Deploy a release.

    The request takes ids and a comment, which the newer one by names does not.

    https://octopus.com/docs/api/deployments
    """

    # The second is needed to wait for the end.
    PERMISSIONS = ("DeploymentCreate", "TaskView")

    async def marked(self, job: Job) -> tuple[list[Item], int]:
        """Return the deployments that this run has started."""
        project = await find_project(job)
        return await marked_in(job, project, DEPLOYMENTS, project_page(job, project))

    async def explain(self, job: Job, error: ApiError) -> str:
        """Name freezes in force and phases that are closed, besides permissions."""
        parts = [await super().explain(job, error)]
        if isinstance(error, Refused):
            parts += await self._why_refused(job, error)
        return ". ".join(part for part in parts if part)

    async def _why_refused(self, job: Job, error: Refused) -> list[str]:
        try:
            plan = await self.plan(job)
        except ActionFailed:
            return []
        if "freeze" in error.words.lower():
            return await _freezes(job, plan)
        return await _why_closed(job, plan)


def project_page(job: Job, project: Item) -> str:
    """Return the page with a project's deployments."""
    slug = str(project.get("Slug") or project["Id"])
    return page_of(job.api, project["SpaceId"], "projects", slug, DEPLOYMENTS)


def plan_deployment(
    job: Job, project: Item, release: Item, places: Sequence[Place]
) -> Plan:
    """Return the plan for a release.

    Whether its lifecycle lets it go there is for Octopus to say: phases, channels and
    ephemeral environments have rules that no one answer tells.
    """
    space = str(project["SpaceId"])
    release_path = in_space(space, "releases", release["Id"])
    return Plan(
        what=f"Deploying {name_of(project)} {release['Version']}",
        space=space,
        path=in_space(space, DEPLOYMENTS),
        body={"ReleaseId": release["Id"], "SpaceId": space},
        previews=f"{release_path}/deployments/preview",
        project=str(project["Id"]),
        places=places,
        page=project_page(job, project),
    )


async def _why_closed(job: Job, plan: Plan) -> list[str]:
    """Return which phases don't let a release in, and where it may go instead.

    https://octopus.com/docs/api/releases (deployments/template and progression)
    """
    path = in_space(plan.space, "releases", plan.body["ReleaseId"])
    template = await job.api.get(f"{path}/deployments/template")
    open_to: dict[object, list[Item]] = {None: objects(template.get("PromoteTo"))}
    for tenant in objects(template.get("TenantPromotions")):
        open_to[tenant.get("Id")] = objects(tenant.get("PromoteTo"))
    closed = [
        place
        for place in plan.places
        if place.environment["Id"]
        not in {one.get("Id") for one in open_to.get(_tenant(place), ())}
    ]
    if not closed:
        return []
    allowed = [name_of(one) for one in open_to.get(_tenant(closed[0]), ())]
    where = f"It may go to {', '.join(allowed) or 'no environment now'}"
    return [*await _phases(job, path, closed), where]


def _tenant(place: Place) -> str | None:
    return str(place.tenant["Id"]) if place.tenant else None


async def _phases(job: Job, path: str, closed: Sequence[Place]) -> list[str]:
    """Return what the progression says about the phases of places."""
    phases = objects((await job.api.get(f"{path}/progression")).get("Phases"))
    wanted = {place.environment["Id"] for place in closed}
    found = []
    for phase in phases:
        if wanted & set(targets_of(phase)):
            state = "blocked" if phase.get("Blocked") is True else "not reached yet"
            found.append(f"The phase {phase.get('Name')} is {state}")
    return found or ["No phase of its lifecycle has that environment"]


def targets_of(phase: Item) -> list[str]:
    """Return the ids of a phase's environments."""
    keys = ("AutomaticDeploymentTargets", "OptionalDeploymentTargets")
    return [*chain.from_iterable(phase.get(key) or () for key in keys)]


async def _freezes(job: Job, plan: Plan) -> list[str]:
    """Return the freezes in force for the places of a plan.

    https://octopus.com/docs/api/deployment-freeze
    """
    asked = {"skip": 0, "take": 100}
    answer = await job.api.get("api/deploymentfreezes", asked)
    now = job.api.clock.now()
    return [
        f"The deployment freeze {freeze.get('Name')!r} is in force until"
        f" {freeze.get('End')}"
        for freeze in objects(answer.get("DeploymentFreezes"))
        if _is_about(freeze, plan) and _is_in_force(freeze, now)
    ]


def _is_about(freeze: Item, plan: Plan) -> bool:
    """Return whether a freeze concerns a place of a plan: an environment, or one tenant
    there.

    https://github.com/OctopusDeploy/go-octopusdeploy/tree/main/pkg/deploymentfreezes
    """
    environments = child(freeze, "ProjectEnvironmentScope").get(plan.project) or ()
    tenants = {
        (one.get("EnvironmentId"), one.get("TenantId"))
        for one in objects(freeze.get("TenantProjectEnvironmentScope"))
        if one.get("ProjectId") == plan.project
    }
    return any(
        place.environment["Id"] in environments
        or (place.environment["Id"], _tenant(place)) in tenants
        for place in plan.places
    )


def _is_in_force(freeze: Item, now: datetime) -> bool:
    start, end = moment(freeze.get("Start")), moment(freeze.get("End"))
    return start is not None and end is not None and start <= now < end
