"""Deploy the last good release from before the one that is in a place now."""

from contextlib import aclosing
from datetime import datetime

from actions.failures import NOT_FOUND, NOTHING_CHANGED, ActionFailed
from actions.inputs import ARRAY, WRONG_INPUT, Input
from actions.job import Job
from actions.octopus.base import PROJECT, SPACE, in_space, name_of
from actions.octopus.deployments import DeployingExecutor, plan_deployment
from actions.octopus.executions import OPTIONS, Plan
from actions.octopus.find import find_project
from actions.octopus.history import newest_at
from actions.octopus.places import ENVIRONMENT, Place, find_environment, find_places
from actions.octopus.progress import QUEUED, SUCCESS
from core.types import Item
from core.values import moment

TENANT = Input(name="tenants", type=ARRAY)


class Rollback(DeployingExecutor):
    """Roll a place back.

    It never goes to a newer release than the one that is there: after a rollback, the
    next one goes further back, not to the release that was given up.

    https://octopus.com/docs/deployments/patterns/rollbacks
    """

    ACTION_NAME = "rollback"
    INPUTS = (PROJECT, ENVIRONMENT, TENANT, *OPTIONS, SPACE)

    async def plan(self, job: Job) -> Plan:
        """Return the release that was there before."""
        inputs = job.inputs
        project = await find_project(job)
        environment = await find_environment(
            job.api, project["SpaceId"], inputs.text(ENVIRONMENT.name)
        )
        mode = project.get("TenantedDeploymentMode")
        places = await find_places(job.api, project, environment, inputs, mode)
        if len(places) > 1:
            told = "Tenants may have different releases: roll one back at a time"
            raise ActionFailed(f"{told}. {NOTHING_CHANGED}", WRONG_INPUT)
        release = await _last_good(job, project, places[0])
        return plan_deployment(job, project, release, places)


async def _last_good(job: Job, project: Item, place: Place) -> Item:
    """Return the last release with success that is older than the present one."""
    now: Item | None = None
    seen: set[str] = set()
    async with aclosing(newest_at(job.api, project, place)) as history:
        async for deployment, state in history:
            id_ = str(deployment["ReleaseId"])
            if state == QUEUED:  # it has changed nothing yet
                continue
            if now is None:
                now = await _release(job, project, id_)
                seen.add(id_)
            if state != SUCCESS or id_ in seen:
                continue
            seen.add(id_)
            release = await _release(job, project, id_)
            if _assembled(release) < _assembled(now):
                return release
    has = f"older than {now['Version']}" if now else "at all"
    told = f"No release {has} of {name_of(project)} was deployed to {place.name}"
    raise ActionFailed(f"{told} with success. {NOTHING_CHANGED}", NOT_FOUND)


async def _release(job: Job, project: Item, id_: str) -> Item:
    return await job.api.get(in_space(project["SpaceId"], "releases", id_))


def _assembled(release: Item) -> datetime:
    found = moment(release.get("Assembled"))
    if found is None:
        told = f"Release {release.get('Version')} has no date"
        raise ActionFailed(f"{told}. {NOTHING_CHANGED}", NOT_FOUND)
    return found
