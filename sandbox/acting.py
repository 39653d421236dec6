"""Actions from Port: somebody promotes a release, and answers what it waits for."""

import httpx

from actions.parsing import PATH
from sandbox.changes import Change
from sandbox.company import Item
from sandbox.company.octopus.tasks import related_to
from sandbox.events import Emitter
from sandbox.octopus.tasks import advance, hold
from sandbox.port.posting import signed
from sandbox.port.runs import Kept
from sandbox.servers import Stands

# Port posts the runs, signed, to the process that serves live events.
SETTINGS = {"OCEAN__INTEGRATION__CONFIG__ACTIONS_BY_WEBHOOK": "true"}
# What is in the first environment, with issues, and not in the second.
PROJECT, FROM, TO = "Fraud Check", "Staging", "Production"


class Acting:
    """A release on its way to production, step by step."""

    def __init__(
        self, stands: Stands, emit: Emitter, http: httpx.AsyncClient, address: str
    ) -> None:
        """Take where the integration is."""
        self._stands, self._emit, self._http = stands, emit, http
        self._url = f"{address}/integration{PATH}"
        self._secret = stands.environment()["OCEAN__PORT__CLIENT_SECRET"]
        self._known = set(stands.octopus.collections["deployments"])
        self._runs: dict[str, Kept] = {}

    def steps(self) -> list[Change]:
        """Return what happens, in an order in which it can happen."""
        what = f"{PROJECT} from {FROM} to {TO}"
        arrived = f"it is in {TO}, with {' and '.join(self._issues())}"
        return [
            Change(f"{what}, promoted in Port", self._promote, self._is_started),
            Change("it waits for an approval", self._hold, self._is_told),
            Change("approved in Port", self._approve, lambda: self._is_done("answer")),
            Change(arrived, self._succeed, self._is_there),
        ]

    async def _promote(self) -> None:
        inputs = {"project": PROJECT, "fromEnvironment": FROM, "toEnvironment": TO}
        await self._ask("promotion", "promote_release", inputs)

    def _is_started(self) -> bool:
        return bool(self._deployments())

    async def _hold(self) -> None:
        deployment = self._deployments()[0]
        await self._tell("DeploymentQueued")
        teams = self._stands.company.octopus["teams"]
        team = next(iter(teams))
        hold(self._stands.octopus, deployment["TaskId"], team, "ManualIntervention")
        await self._tell("ManualInterventionInterruptionRaised")

    def _is_told(self) -> bool:
        return any("waits" in line for line in self._runs["promotion"].logs)

    async def _approve(self) -> None:
        inputs = {"interruption": self._deployments()[0]["Id"], "answer": "Proceed"}
        await self._ask("answer", "respond_to_interruption", inputs)

    async def _succeed(self) -> None:
        await self._tell("InterruptionSubmitted")
        advance(self._stands.octopus, self._deployments()[0]["TaskId"], "Success")
        await self._tell("DeploymentSucceeded")

    def _is_there(self) -> bool:
        """Tell whether the run has ended, and the catalog says so of every issue."""
        issues = self._stands.port.entities["jiraIssue"]
        own = [issues[key]["properties"] for key in self._issues()]
        stages = {issue.get("furthestStage") for issue in own}
        return self._is_done("promotion") and stages == {TO}

    def _issues(self) -> list[str]:
        """Return the issues of the release that is in the first environment."""
        entities = self._stands.port.entities
        for current in entities["octopusCurrentRelease"].values():
            related = current["relations"]
            project = entities["octopusProject"][related["project"]]["title"]
            environment = entities["octopusEnvironment"][related["environment"]][
                "title"
            ]
            if (project, environment) == (PROJECT, FROM):
                release = entities["octopusRelease"][related["release"]]
                return sorted(release["relations"]["issues"])
        return []

    def _is_done(self, name: str) -> bool:
        run = self._runs.get(name)
        return run is not None and run.endings == ["SUCCESS"]

    async def _ask(self, name: str, action: str, inputs: Item) -> None:
        self._runs[name], body = self._stands.port.state.runs.post(action, inputs)
        content, headers = signed(body, self._secret)
        reply = await self._http.post(self._url, content=content, headers=headers)
        reply.raise_for_status()

    async def _tell(self, category: str) -> None:
        """Have Octopus tell what became of the deployment."""
        deployment = self._deployments()[0]
        interruptions = self._stands.octopus.collections["interruptions"].values()
        own = [i["Id"] for i in interruptions if i["TaskId"] == deployment["TaskId"]]
        about = [*related_to(deployment), *own]
        await self._emit.octopus(category, deployment["SpaceId"], *about)

    def _deployments(self) -> list[Item]:
        """Return what was started meanwhile."""
        found = self._stands.octopus.collections["deployments"]
        return [one for id_, one in found.items() if id_ not in self._known]
