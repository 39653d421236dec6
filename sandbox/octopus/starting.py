"""Releases that are deployed and runbooks that are run, with refusals."""

from collections.abc import Iterator
from typing import Any

from starlette.requests import Request

from sandbox.company import Item
from sandbox.company.base import octopus_time, parse_time
from sandbox.company.octopus.spaces import READER
from sandbox.company.octopus.tasks import execution_of
from sandbox.octopus.lifecycle import reachable
from sandbox.octopus.releases import RELEASE, SPACE
from sandbox.octopus.replies import WRONG, Problem, not_found
from sandbox.octopus.state import OctopusState
from sandbox.octopus.tasks import next_id, queue_task
from sandbox.serving import Answer, Part, Row

TIMES = ("QueueTime", "QueueTimeExpiry")
SNAPSHOT = f"{SPACE}/runbookSnapshots/{{id}}"


class Starting(Part[OctopusState]):
    """Start deployments and runs as lifecycles, freezes and variables let them."""

    def routes(self) -> Iterator[Row]:
        """Yield method, path and handler."""
        place = "preview/{environment}"
        for path in (f"{RELEASE}/deployments", f"{SNAPSHOT}/runbookRuns"):
            yield "GET", f"{path}/{place}", self.preview
            yield "GET", f"{path}/{place}/{{tenant}}", self.preview
        in_git = f"{SPACE}/projects/{{project}}/{{ref:path}}/runbooks/{{id}}"
        yield "GET", f"{in_git}/runbookRuns/{place}", self.preview
        yield "GET", f"{in_git}/runbookRuns/{place}/{{tenant}}", self.preview
        yield "POST", f"{in_git}/run/v1", self.run_in_git
        yield "POST", f"{SPACE}/deployments", self.deploy
        yield "POST", f"{SPACE}/runbookRuns", self.run

    async def preview(self, request: Request) -> Any:
        """Return the form of the variables that are prompted for."""
        id_, prompts = request.path_params["id"], self._state.prompts
        release = self._state.collections["releases"].get(id_, {})
        elements = prompts.get(release.get("ProjectId", id_), [])
        return {
            "StepsToExecute": [],
            "Form": {"Elements": elements, "Values": {e["Name"]: "" for e in elements}},
            "UseGuidedFailureModeByDefault": False,
            "Links": {},
        }

    async def deploy(self, request: Request) -> Answer:
        """Start a deployment, unless the lifecycle, a freeze or a variable forbids."""
        body, space = await request.json(), self._state.space_of(request)
        release = self._state.collections["releases"].get(body["ReleaseId"])
        if release is None or release["SpaceId"] != space:
            raise not_found(body["ReleaseId"])
        tenant = body.get("TenantId")
        if body["EnvironmentId"] not in reachable(self._state, release, tenant):
            told = "The release can't be deployed to this environment by its lifecycle."
            raise Problem(400, WRONG, told)
        self._check_freezes(release["ProjectId"], body["EnvironmentId"])
        self._check_prompts(release["ProjectId"], body)
        return Answer(self._new_deployment(release, body), 201)

    def _new_deployment(self, release: Item, body: Item) -> Item:
        state, place = self._state, self._place(body)
        project = state.collections["projects"][release["ProjectId"]]
        told = f"Deploy {project['Name']} release {release['Version']} to {place}"
        id_ = next_id(state, "deployments", "Deployments")
        item = execution_of(
            "deployments",
            id_,
            f"Deploy to {place}",
            self._task(project, body, "Deploy", told, DeploymentId=id_),
            **self._common(body),
            ReleaseId=release["Id"],
            ChannelId=release["ChannelId"],
            Changes=[],
            FormValues=body.get("FormValues", {}),
        )
        state.put("deployments", id_, item)
        return item

    async def run(self, request: Request) -> Answer:
        """Start a run of a runbook's snapshot."""
        body, space = await request.json(), self._state.space_of(request)
        runbook = self._state.collections["runbooks"].get(body["RunbookId"])
        if runbook is None or runbook["SpaceId"] != space:
            raise not_found(body["RunbookId"])
        if body["RunbookSnapshotId"] != runbook["PublishedRunbookSnapshotId"]:
            raise not_found(body["RunbookSnapshotId"])
        self._check_prompts(body["RunbookSnapshotId"], body)
        return Answer(self._new_run(runbook, body, body["RunbookSnapshotId"]), 201)

    async def run_in_git(self, request: Request) -> Any:
        """Start runs of a runbook as it is on a branch."""
        body, project = await request.json(), self._state.project_of(request)
        key = f"{project['Id']}/{request.path_params['id']}"
        runbook = self._state.collections["gitrunbooks"].get(key)
        if runbook is None or body["GitRef"] != runbook["GitRef"]:
            raise not_found(key)
        for run in body["Runs"]:
            self._check_prompts(runbook["Id"], run)
        snapshot = next_id(self._state, "runbookRuns", "RunbookSnapshots")
        runs = [self._new_run(runbook, run, snapshot) for run in body["Runs"]]
        return {"Resources": runs}

    def _new_run(self, runbook: Item, body: Item, snapshot: str) -> Item:
        state, name = self._state, f"{runbook['Name']} on {self._place(body)}"
        project = state.collections["projects"][runbook["ProjectId"]]
        id_ = next_id(state, "runbookRuns", "RunbookRuns")
        told = f"Run runbook {name}"
        item = execution_of(
            "runbookRuns",
            id_,
            f"Run {name}",
            self._task(project, body, "RunbookRun", told, RunbookRunId=id_),
            **self._common(body),
            RunbookId=runbook["Id"],
            RunbookName=runbook["Name"],
            RunbookSnapshotId=snapshot,
        )
        state.put("runbookRuns", id_, item)
        return item

    def _place(self, body: Item) -> str:
        """Return the name of the environment."""
        environments = self._state.collections["environments"]
        return str(environments[body["EnvironmentId"]]["Name"])

    def _task(
        self, project: Item, body: Item, name: str, told: str, **arguments: str
    ) -> Item:
        times = {key: body[key] for key in TIMES if body.get(key)}
        return queue_task(
            self._state, project, name, told, Arguments=arguments, **times
        )

    def _common(self, body: Item) -> Item:
        """Return what is told alike of deployments and runs."""
        return {
            **{key: body.get(key) for key in ("TenantId", "Comments", *TIMES)},
            "EnvironmentId": body["EnvironmentId"],
            "Created": octopus_time(self._state.company.present()),
            "DeployedBy": self._state.collections["users"][READER]["Username"],
            "DeployedById": READER,
        }

    def _check_freezes(self, project: str, environment: str) -> None:
        now = self._state.company.present()
        for freeze in self._state.collections["deploymentfreezes"].values():
            scope = freeze["ProjectEnvironmentScope"].get(project, [])
            start, end = parse_time(freeze["Start"]), parse_time(freeze["End"])
            if environment in scope and start <= now < end:
                told = f"It is blocked by the deployment freeze '{freeze['Name']}'."
                raise Problem(400, WRONG, told)

    def _check_prompts(self, owner: str, body: Item) -> None:
        given = body.get("FormValues") or {}
        for element in self._state.prompts.get(owner, []):
            if element["IsValueRequired"] and not given.get(element["Name"]):
                name = element["Control"]["Name"]
                raise Problem(400, WRONG, f"Variable '{name}' needs a value.")
