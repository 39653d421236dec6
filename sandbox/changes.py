"""Things that happen in the company: the stand-ins change, and the vendors tell it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sandbox.company import Item
from sandbox.company.base import octopus_time
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
    task, deployment = _deployment(stands, release, environment, state)

    async def happen() -> None:
        stands.octopus.put("tasks", task["Id"], task)
        stands.octopus.put("deployments", deployment["Id"], deployment)
        names = ("Id", "ProjectId", "ReleaseId", "EnvironmentId", "TaskId")
        related = [deployment[name] for name in names]
        category = "DeploymentSucceeded" if state == "Success" else "DeploymentFailed"
        await emit.octopus(category, deployment["SpaceId"], *related)

    return Change(
        f"{release['Version']} is deployed to {environment} ({state})",
        happen,
        lambda: (
            _property(stands, "octopusDeployment", deployment["Id"], "state") == state
        ),
    )


def _example(stands: Stands) -> Item:
    """Return the deployment whose issue is known."""
    deployments = stands.company.octopus["deployments"]
    return deployments[stands.company.example.deployment_id]


def _latest_release(stands: Stands) -> Item:
    project_id = _example(stands)["ProjectId"]
    releases = stands.company.octopus["releases"].values()
    own = [release for release in releases if release["ProjectId"] == project_id]
    return max(own, key=lambda release: str(release["Assembled"]))


def _deployment(
    stands: Stands, release: Item, environment: str, state: str
) -> tuple[Item, Item]:
    """Return the task and the deployment of a release, like those of the example."""
    collections, pattern = stands.company.octopus, _example(stands)
    place = next(
        e
        for e in collections["environments"].values()
        if e["Name"] == environment and e["SpaceId"] == pattern["SpaceId"]
    )
    number = FIRST_NUMBER + len(environment)
    task = _task(collections["tasks"][pattern["TaskId"]], number, state)
    return task, {
        **pattern,
        "Id": f"Deployments-{number}",
        "ReleaseId": release["Id"],
        "EnvironmentId": place["Id"],
        "TaskId": task["Id"],
        "Created": task["QueueTime"],
        # What the deployment brings, the integration has to find out by itself.
        "Changes": [],
    }


def _task(pattern: Item, number: int, state: str) -> Item:
    now = octopus_time(datetime.now(UTC))
    times = ("QueueTime", "StartTime", "LastUpdatedTime", "CompletedTime")
    return {
        **pattern,
        **dict.fromkeys(times, now),
        "Id": f"ServerTasks-{number}",
        "State": state,
        "FinishedSuccessfully": state == "Success",
        "Arguments": {"DeploymentId": f"Deployments-{number}"},
    }


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
