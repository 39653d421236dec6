"""Releases that are deployed and runbooks that are run, with refusals."""

from typing import Any

from starlette.requests import Request

from sandbox.company import Item
from sandbox.company.base import octopus_time, parse_time
from sandbox.company.octopus.spaces import READER
from sandbox.company.octopus.tasks import execution_of
from sandbox.octopus.lifecycle import reachable
from sandbox.octopus.replies import WRONG, Problem, not_found
from sandbox.octopus.state import OctopusState
from sandbox.octopus.tasks import next_id, queue_task
from sandbox.serving import Answer

TIMES = ("QueueTime", "QueueTimeExpiry")


async def preview(state: OctopusState, request: Request) -> Any:
    """Return the form of the variables that are prompted for."""
    id_, prompts = request.path_params["id"], state.prompts
    release = state.collections["releases"].get(id_, {})
    elements = prompts.get(release.get("ProjectId", id_), [])
    return {
        "StepsToExecute": [],
        "Form": {"Elements": elements, "Values": {e["Name"]: "" for e in elements}},
        "UseGuidedFailureModeByDefault": False,
        "Links": {},
    }


async def deploy(state: OctopusState, request: Request) -> Answer:
    """Start a deployment, unless the lifecycle, a freeze or a variable forbids."""
    body = await request.json()
    release = state.existing("releases", request, body["ReleaseId"])
    tenant = body.get("TenantId")
    if body["EnvironmentId"] not in reachable(state, release, tenant):
        told = "The release can't be deployed to this environment by its lifecycle."
        raise Problem(400, WRONG, told)
    _check_freezes(state, release["ProjectId"], body["EnvironmentId"])
    _check_prompts(state, release["ProjectId"], body)
    return Answer(_new_deployment(state, release, body), 201)


def _new_deployment(state: OctopusState, release: Item, body: Item) -> Item:
    place = _place(state, body)
    project = state.collections["projects"][release["ProjectId"]]
    told = f"Deploy {project['Name']} release {release['Version']} to {place}"
    id_ = next_id(state, "deployments", "Deployments")
    item = execution_of(
        "deployments",
        id_,
        f"Deploy to {place}",
        _task(state, project, body, "Deploy", told, DeploymentId=id_),
        **_common(state, body),
        ReleaseId=release["Id"],
        ChannelId=release["ChannelId"],
        Changes=[],
        FormValues=body.get("FormValues", {}),
    )
    state.put("deployments", id_, item)
    return item


async def run(state: OctopusState, request: Request) -> Answer:
    """Start a run of a runbook's snapshot."""
    body = await request.json()
    runbook = state.existing("runbooks", request, body["RunbookId"])
    if body["RunbookSnapshotId"] != runbook["PublishedRunbookSnapshotId"]:
        raise not_found(body["RunbookSnapshotId"])
    _check_prompts(state, body["RunbookSnapshotId"], body)
    return Answer(_new_run(state, runbook, body, body["RunbookSnapshotId"]), 201)


async def run_in_git(state: OctopusState, request: Request) -> Any:
    """Start runs of a runbook as it is on a branch."""
    body, project = await request.json(), state.project_of(request)
    key = f"{project['Id']}/{request.path_params['id']}"
    runbook = state.collections["gitrunbooks"].get(key)
    if runbook is None or body["GitRef"] != runbook["GitRef"]:
        raise not_found(key)
    for run in body["Runs"]:
        _check_prompts(state, runbook["Id"], run)
    snapshot = next_id(state, "runbookRuns", "RunbookSnapshots")
    runs = [_new_run(state, runbook, run, snapshot) for run in body["Runs"]]
    return {"Resources": runs}


def _new_run(state: OctopusState, runbook: Item, body: Item, snapshot: str) -> Item:
    name = f"{runbook['Name']} on {_place(state, body)}"
    project = state.collections["projects"][runbook["ProjectId"]]
    id_ = next_id(state, "runbookRuns", "RunbookRuns")
    told = f"Run runbook {name}"
    item = execution_of(
        "runbookRuns",
        id_,
        f"Run {name}",
        _task(state, project, body, "RunbookRun", told, RunbookRunId=id_),
        **_common(state, body),
        RunbookId=runbook["Id"],
        RunbookName=runbook["Name"],
        RunbookSnapshotId=snapshot,
    )
    state.put("runbookRuns", id_, item)
    return item


def _place(state: OctopusState, body: Item) -> str:
    """Return the name of the environment."""
    environments = state.collections["environments"]
    return str(environments[body["EnvironmentId"]]["Name"])


def _task(
    state: OctopusState,
    project: Item,
    body: Item,
    name: str,
    told: str,
    **arguments: str,
) -> Item:
    times = {key: body[key] for key in TIMES if body.get(key)}
    return queue_task(state, project, name, told, Arguments=arguments, **times)


def _common(state: OctopusState, body: Item) -> Item:
    """Return what is told alike of deployments and runs."""
    return {
        **{key: body.get(key) for key in ("TenantId", "Comments", *TIMES)},
        "EnvironmentId": body["EnvironmentId"],
        "Created": octopus_time(state.company.present()),
        "DeployedBy": state.collections["users"][READER]["Username"],
        "DeployedById": READER,
    }


def _check_freezes(state: OctopusState, project: str, environment: str) -> None:
    now = state.company.present()
    for freeze in state.collections["deploymentfreezes"].values():
        scope = freeze["ProjectEnvironmentScope"].get(project, [])
        start, end = parse_time(freeze["Start"]), parse_time(freeze["End"])
        if environment in scope and start <= now < end:
            told = f"It is blocked by the deployment freeze '{freeze['Name']}'."
            raise Problem(400, WRONG, told)


def _check_prompts(state: OctopusState, owner: str, body: Item) -> None:
    given = body.get("FormValues") or {}
    for element in state.prompts.get(owner, []):
        if element["IsValueRequired"] and not given.get(element["Name"]):
            name = element["Control"]["Name"]
            raise Problem(400, WRONG, f"Variable '{name}' needs a value.")
