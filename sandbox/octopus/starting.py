"""Releases that are deployed and runbooks that are run, with refusals."""

from collections.abc import Iterator
from typing import Any

from starlette.requests import Request

from sandbox.company import Item
from sandbox.company.base import octopus_time, parse_time
from sandbox.company.octopus.spaces import READER
from sandbox.octopus.lifecycle import reachable
from sandbox.octopus.releases import RELEASE, SPACE, WRONG
from sandbox.octopus.replies import Problem, not_found
from sandbox.octopus.state import OctopusState
from sandbox.octopus.tasks import next_id, queue_task
from sandbox.serving import Answer, Part, Row

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
        environment = self._state.collections["environments"][body["EnvironmentId"]]
        project = self._state.collections["projects"][release["ProjectId"]]
        what = f"{project['Name']} release {release['Version']}"
        name = f"Deploy to {environment['Name']}"
        own = {"ReleaseId": release["Id"], "ChannelId": release["ChannelId"]}
        own |= {"Changes": [], "ChangesMarkdown": "", "Priority": "LifecycleDefault"}
        own |= {key: [] for key in ("DeployedToMachineIds", "SpecificMachineIds")}
        own |= {"ExcludedMachineIds": [], "SkipActions": [], "UseGuidedFailure": False}
        own["FormValues"] = body.get("FormValues", {})
        item = self._started("Deployments", name, project, body, own)
        told = f"Deploy {what} to {environment['Name']}"
        return self._stored("deployments", item, "Deploy", told, "DeploymentId")

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
        environment = self._state.collections["environments"][body["EnvironmentId"]]
        project = self._state.collections["projects"][runbook["ProjectId"]]
        name = f"Run {runbook['Name']} on {environment['Name']}"
        own = {"RunbookId": runbook["Id"], "RunbookName": runbook["Name"]}
        own["RunbookSnapshotId"] = snapshot
        item = self._started("RunbookRuns", name, project, body, own)
        told = f"Run runbook {runbook['Name']} on {environment['Name']}"
        return self._stored("runbookRuns", item, "RunbookRun", told, "RunbookRunId")

    def _started(
        self, prefix: str, name: str, project: Item, body: Item, own: Item
    ) -> Item:
        """Return what deployments and runs have in common, without its task."""
        collection = prefix[0].lower() + prefix[1:]
        return {
            "Id": next_id(self._state, collection, prefix),
            "SpaceId": project["SpaceId"],
            "Name": name,
            "ProjectId": project["Id"],
            "EnvironmentId": body["EnvironmentId"],
            "TenantId": body.get("TenantId"),
            "Created": octopus_time(self._state.company.present()),
            "DeployedBy": self._state.collections["users"][READER]["Username"],
            "DeployedById": READER,
            "FailureEncountered": False,
            "Comments": body.get("Comments"),
            "QueueTime": body.get("QueueTime"),
            "QueueTimeExpiry": body.get("QueueTimeExpiry"),
            **own,
        }

    def _stored(
        self, collection: str, item: Item, name: str, told: str, argument: str
    ) -> Item:
        task = queue_task(self._state, item, name, told, {argument: item["Id"]})
        item["TaskId"] = task["Id"]
        item["Links"] = {
            "Self": f"/api/{item['SpaceId']}/{collection}/{item['Id']}",
            "Task": f"/api/tasks/{task['Id']}",
        }
        self._state.put(collection, item["Id"], item)
        return item

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
