"""Deploy a release to an environment, for tenants if the project has them."""

from actions.inputs import Input
from actions.job import Job
from actions.octopus.base import PROJECT, SPACE
from actions.octopus.deployments import DeployingExecutor, plan_deployment
from actions.octopus.executions import OPTIONS, Plan
from actions.octopus.find import find_project, find_release
from actions.octopus.places import (
    ENVIRONMENT,
    TENANT_TAGS,
    TENANTS,
    find_environment,
    find_places,
)


class DeployRelease(DeployingExecutor):
    """Deploy a release.

    https://octopus.com/docs/api/deployments
    """

    ACTION_NAME = "deploy_release"
    INPUTS = (
        PROJECT,
        Input(name="release", required=True),
        ENVIRONMENT,
        TENANTS,
        TENANT_TAGS,
        *OPTIONS,
        SPACE,
    )

    async def plan(self, job: Job) -> Plan:
        """Return the release and the places that the inputs name."""
        inputs = job.inputs
        project = await find_project(job)
        release = await find_release(job.api, project, inputs.text("release"))
        environment = await find_environment(
            job.api, project["SpaceId"], inputs.text(ENVIRONMENT.name)
        )
        mode = project.get("TenantedDeploymentMode")
        places = await find_places(job.api, project, environment, inputs, mode)
        return plan_deployment(job, project, release, places)
