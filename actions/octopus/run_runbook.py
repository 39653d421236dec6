"""Run a runbook: its published snapshot, or as it is on a branch."""

from urllib.parse import quote, unquote

from actions.failures import NOTHING_CHANGED, ActionFailed
from actions.inputs import WRONG_INPUT, Input, Inputs
from actions.job import Job
from actions.octopus.base import PROJECT, SPACE, in_space, name_of, page_of
from actions.octopus.executions import OPTIONS, Plan, StartingExecutor, marked_in
from actions.octopus.find import find_project, pick, read_all
from actions.octopus.places import (
    ENVIRONMENT,
    TENANT_TAGS,
    TENANTS,
    find_environment,
    find_places,
)
from core.types import Item
from core.values import text
from octopus.resources.git import encoded_reference
from octopus.resources.runbooks import git_branch

NOT_PUBLISHED = "Not published"
RUNBOOK = Input(name="runbook", required=True)
GIT_REF = Input(name="gitRef", is_text=True)
RUNS = "runbookRuns"


class RunRunbook(StartingExecutor):
    """Run a runbook.

    https://octopus.com/docs/api/runbook-runs
    """

    ACTION_NAME = "run_runbook"
    INPUTS = (
        PROJECT,
        RUNBOOK,
        ENVIRONMENT,
        TENANTS,
        TENANT_TAGS,
        GIT_REF,
        *OPTIONS,
        SPACE,
    )
    PERMISSIONS = ("RunbookRunCreate", "TaskView")

    def object_of(self, inputs: Inputs) -> str | None:
        """Return the runbook."""
        runbook = inputs.text(RUNBOOK.name).casefold()
        return f"{super().object_of(inputs)}:{runbook}"

    async def plan(self, job: Job) -> Plan:
        """Return the runbook and the places that the inputs name."""
        inputs = job.inputs
        project = await find_project(job)
        space = str(project["SpaceId"])
        branch = inputs.text(GIT_REF.name) or git_branch(project)
        path = _runbooks(project, branch)
        runbook = await _runbook(job, project, path)
        environment = await find_environment(
            job.api, space, inputs.text(ENVIRONMENT.name)
        )
        mode = runbook.get("MultiTenancyMode")
        places = await find_places(job.api, runbook, environment, inputs, mode)
        how = _in_git(path, runbook, branch) if branch else _published(space, runbook)
        return Plan(
            what=f"Running {name_of(runbook)} of {name_of(project)}",
            space=space,
            project=str(project["Id"]),
            places=places,
            page=_page(job, project),
            **how,
        )

    async def marked(self, job: Job) -> tuple[list[Item], int]:
        """Return the runs that this run of the action has started."""
        project = await find_project(job)
        return await marked_in(job, project, RUNS, _page(job, project))


async def _runbook(job: Job, project: Item, path: str) -> Item:
    """Return the runbook that the inputs name; raises ActionFailed, ApiError."""
    runbooks = await read_all(job.api, path)
    own = [one for one in runbooks if one.get("ProjectId") == project["Id"]]
    what = f"runbook of {name_of(project)}"
    return pick(own, job.inputs.text(RUNBOOK.name), what)


def _runbooks(project: Item, branch: str | None) -> str:
    """Return the path of the runbooks in the database, or on a branch.

    Raises ActionFailed for a branch of a project whose runbooks aren't in Git.
    """
    space = str(project["SpaceId"])
    if branch is None:
        return in_space(space, "runbooks")
    if git_branch(project) is None:
        told = f"{name_of(project)} does not keep its runbooks in Git"
        raise ActionFailed(
            f"{told}: leave {GIT_REF.name} out. {NOTHING_CHANGED}", WRONG_INPUT
        )
    home = in_space(space, "projects", project["Id"])
    return f"{home}/{encoded_reference(branch)}/runbooks"


def _published(space: str, runbook: Item) -> Item:
    """Return how the published snapshot of a runbook is run, one request a place."""
    snapshot = text(runbook.get("PublishedRunbookSnapshotId"))
    if snapshot is None:
        told = f"{name_of(runbook)} has no published snapshot: publish it first"
        raise ActionFailed(f"{told}. {NOTHING_CHANGED}", NOT_PUBLISHED)
    own = {"RunbookId": runbook["Id"], "RunbookSnapshotId": snapshot}
    return {
        "path": in_space(space, RUNS),
        "body": {**own, "ProjectId": runbook["ProjectId"], "SpaceId": space},
        "previews": in_space(space, "runbookSnapshots", snapshot, RUNS, "preview"),
    }


def _in_git(path: str, runbook: Item, branch: str) -> Item:
    """Return how a runbook is run as it is on a branch, all places in one request.

    https://octopus.com/docs/api/runbook-runs (run/v1)
    """
    own = f"{path}/{quote(runbook['Id'], safe='')}"
    return {
        "path": f"{own}/run/v1",
        "body": {},
        "previews": f"{own}/{RUNS}/preview",
        "together": {
            "SpaceId": runbook["SpaceId"],
            "ProjectId": runbook["ProjectId"],
            "RunbookId": runbook["Id"],
            "GitRef": unquote(encoded_reference(branch)),
        },
    }


def _page(job: Job, project: Item) -> str:
    """Return the page with a project's runbooks."""
    slug = str(project.get("Slug") or project["Id"])
    parts = ("projects", slug, "operations", "runbooks")
    return page_of(job.api, project["SpaceId"], *parts)
