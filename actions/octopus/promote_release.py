"""Bring what is in one environment to the next of its lifecycle."""

from contextlib import aclosing

from actions.failures import NOT_FOUND, NOTHING_CHANGED, ActionFailed
from actions.inputs import WRONG_INPUT, Input
from actions.job import Job
from actions.octopus.base import PROJECT, SPACE, in_space, name_of
from actions.octopus.deployments import (
    DeployingExecutor,
    plan_deployment,
    targets_of,
)
from actions.octopus.executions import OPTIONS, Plan
from actions.octopus.find import find_project, find_release, read_all
from actions.octopus.history import newest_at
from actions.octopus.places import (
    TENANT_TAGS,
    TENANTS,
    Place,
    find_environment,
    find_places,
)
from actions.octopus.progress import SUCCESS
from core.types import Item
from core.values import objects

FROM = Input(name="fromEnvironment", required=True)
TO, RELEASE = Input(name="toEnvironment"), Input(name="release")


class PromoteRelease(DeployingExecutor):
    """Promote a release.

    https://octopus.com/docs/releases/lifecycles
    """

    ACTION_NAME = "promote_release"
    INPUTS = (PROJECT, FROM, TO, RELEASE, TENANTS, TENANT_TAGS, *OPTIONS, SPACE)

    async def plan(self, job: Job) -> Plan:
        """Return the release that is in one environment, and where it goes next."""
        api, inputs = job.api, job.inputs
        project = await find_project(job)
        space, mode = str(project["SpaceId"]), project.get("TenantedDeploymentMode")
        source = await find_environment(api, space, inputs.text(FROM.name))
        sources = await find_places(api, project, source, inputs, mode)
        release = await self._release(job, project, sources)
        name = inputs.text(TO.name) or await _next_after(job, release, source)
        target = await find_environment(api, space, name)
        places = await find_places(api, project, target, inputs, mode)
        return plan_deployment(job, project, release, places)

    async def _release(self, job: Job, project: Item, sources: list[Place]) -> Item:
        """Return the release that the inputs name, or that is in all of the places."""
        if RELEASE.name in job.inputs:
            return await find_release(job.api, project, job.inputs.text(RELEASE.name))
        found = {await _current_at(job, project, place) for place in sources}
        if len(found) > 1:
            told = "The tenants have different releases there: give the release"
            raise ActionFailed(f"{told}. {NOTHING_CHANGED}", WRONG_INPUT)
        return await job.api.get(in_space(project["SpaceId"], "releases", found.pop()))


async def _current_at(job: Job, project: Item, place: Place) -> str:
    """Return the id of the release that was last deployed to a place with success."""
    async with aclosing(newest_at(job.api, project, place)) as history:
        async for deployment, state in history:
            if state == SUCCESS:
                return str(deployment["ReleaseId"])
    told = f"No release of {name_of(project)} was deployed to {place.name} with success"
    raise ActionFailed(f"{told}. {NOTHING_CHANGED}", NOT_FOUND)


async def _next_after(job: Job, release: Item, source: Item) -> str:
    """Return the environment of the lifecycle's next phase, if there is one only."""
    path = in_space(release["SpaceId"], "releases", release["Id"], "progression")
    phases = [*map(targets_of, objects((await job.api.get(path)).get("Phases")))]
    at = next((n for n, own in enumerate(phases) if source["Id"] in own), None)
    if at is None:
        told = f"{name_of(source)} is in no phase of the release's lifecycle"
    elif at + 1 == len(phases):
        told = f"{name_of(source)} is in the last phase of the release's lifecycle"
    elif len(phases[at + 1]) == 1:
        return phases[at + 1][0]
    else:
        everything = await read_all(
            job.api, in_space(release["SpaceId"], "environments")
        )
        names = [name_of(one) for one in everything if one["Id"] in phases[at + 1]]
        told = f"The next phase has several environments: {', '.join(names)}"
    raise ActionFailed(f"{told}: give {TO.name}. {NOTHING_CHANGED}", WRONG_INPUT)
