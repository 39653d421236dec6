"""Things that happen in the company: the stand-ins change, and the vendors tell it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sandbox.company import Item
from sandbox.company.octopus.tasks import ended_deployment, related_to
from sandbox.events import Emitter
from sandbox.servers import Stands

# Far beyond what the company has by itself.
FIRST_NUMBER = 900_000


@dataclass(frozen=True)
class Change:
    """What happens, how the vendor tells it, and how to see it in the catalog."""

    what: str
    happen: Callable[[], Awaitable[Any]]
    has_arrived: Callable[[], bool]


def changes(stands: Stands, emit: Emitter) -> list[Change]:
    """Return some changes of both vendors, in an order in which they can happen."""
    return [
        _move_issue(stands, emit),
        _finish_sprint(stands, emit),
        _deploy(stands, emit, "Production", "Success"),
        _deploy(stands, emit, "Staging", "Failed"),
        _delete_target(stands, emit),
    ]


def _move_issue(stands: Stands, emit: Emitter) -> Change:
    issues = stands.company.jira["issue"].values()
    issue = next(i for i in issues if i["fields"]["status"]["name"] == "To Do")
    status = next(
        i["fields"]["status"]
        for i in issues
        if i["fields"]["status"]["name"] == "In Progress"
    )
    id_, key = issue["id"], issue["key"]

    async def happen() -> None:
        moved = {**issue, "fields": {**issue["fields"], "status": status}}
        stands.jira.put("issue", id_, moved)
        await emit.jira("jira:issue_updated", issue={"id": id_, "key": key})

    return Change(
        f"{key} is moved to In Progress",
        happen,
        lambda: _property(stands, "jiraIssue", key, "status") == "In Progress",
    )


def _finish_sprint(stands: Stands, emit: Emitter) -> Change:
    sprints = stands.company.jira["sprint"].items()
    key, sprint = next((k, s) for k, s in sprints if s["state"] == "active")
    id_ = str(sprint["id"])

    async def happen() -> None:
        stands.jira.put("sprint", key, {**sprint, "state": "closed"})
        await emit.jira("sprint_closed", sprint={"id": sprint["id"]})

    return Change(
        f"{sprint['name']} is finished",
        happen,
        lambda: _property(stands, "jiraSprint", id_, "state") == "closed",
    )


def _deploy(stands: Stands, emit: Emitter, environment: str, state: str) -> Change:
    """Deploy the latest release of the example's project."""
    release = _latest_release(stands)
    place = next(
        e
        for e in stands.company.octopus["environments"].values()
        if e["Name"] == environment and e["SpaceId"] == release["SpaceId"]
    )
    number = FIRST_NUMBER + len(environment)
    id_ = f"Deployments-{number}"

    async def happen() -> None:
        now = datetime.now(UTC)
        deployment, task = ended_deployment(number, release, place, state, now)
        stands.octopus.put("tasks", task["Id"], task)
        stands.octopus.put("deployments", id_, deployment)
        category = "DeploymentSucceeded" if state == "Success" else "DeploymentFailed"
        await emit.octopus(category, release["SpaceId"], *related_to(deployment))

    return Change(
        f"{release['Version']} is deployed to {environment} ({state})",
        happen,
        lambda: _property(stands, "octopusDeployment", id_, "state") == state,
    )


def _latest_release(stands: Stands) -> Item:
    octopus = stands.company.octopus
    example = octopus["releases"][stands.company.example.release_id]
    releases = octopus["releases"].values()
    own = [one for one in releases if one["ProjectId"] == example["ProjectId"]]
    return max(own, key=lambda release: str(release["Assembled"]))


def _delete_target(stands: Stands, emit: Emitter) -> Change:
    machine = next(iter(stands.company.octopus["machines"].values()))
    id_, space = machine["Id"], machine["SpaceId"]

    async def happen() -> None:
        stands.octopus.delete("machines", id_)
        related = (id_, *machine["EnvironmentIds"])
        await emit.octopus("Deleted", space, *related, context=id_)

    return Change(
        f"the target {machine['Name']} is deleted",
        happen,
        lambda: id_ not in stands.port.entities["octopusMachine"],
    )


def _property(stands: Stands, blueprint: str, identifier: str, name: str) -> Any:
    entity = stands.port.entities[blueprint].get(identifier)
    return entity and entity["properties"][name]
