"""Live events end to end: signed ones change the catalog, forged ones never do."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from sandbox.sail import UNREGISTER
from sandbox.truth import Catalog
from tests.live_events.running import Running, filled
from tests.warm import sail

# One process serves all of these tests, one after the other.
pytestmark = [
    pytest.mark.process,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.xdist_group("live events"),
]

IN_PROJECT = {"octopusChannel", "octopusRelease", "octopusDeployment"}
IMPATIENT = {"OCEAN__INTEGRATION__CONFIG__INCREMENTAL_LOOK_SECONDS": "1"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running() -> AsyncIterator[Running]:
    async with filled(IMPATIENT) as system:
        yield system


async def test_changes_arrive_and_forgeries_do_not(running: Running) -> None:
    jira, octopus = running.stands.jira, running.stands.octopus
    company, emit = running.stands.company, running.emit

    # Registered once, signed, for every space.
    (hook,) = jira.collections["webhook"].values()
    spaces = [s["SpaceId"] for s in octopus.collections["subscriptions"].values()]
    assert sorted(spaces) == sorted(company.octopus["spaces"])

    # An issue is edited.
    id_, issue = next(
        (i, issue)
        for i, issue in company.jira["issue"].items()
        if running.entity("jiraIssue", issue["key"])
    )
    key = issue["key"]
    edited = {**issue, "fields": {**issue["fields"], "summary": "Now with live events"}}
    jira.put("issue", id_, edited)
    assert await emit.jira("jira:issue_updated", issue={"id": id_, "key": key}) == 1
    await running.until(
        lambda: running.entity("jiraIssue", key)["title"] == "Now with live events"  # type: ignore[index]
    )

    # Forged deletions of a project, with a wrong and with no signature.
    project = issue["fields"]["project"]
    body = {"webhookEvent": "project_deleted", "project": project}
    for headers in ({}, {"X-Hub-Signature": "sha256=" + "0" * 64}):
        await running.http.post(hook["url"], json=body, headers=headers)
    # Hostile and broken bodies don't harm either; events after them still arrive.
    for hostile in (
        b"[]",
        b"{",
        b'{"webhookEvent": ["x"]}',
        b'{"webhookEvent":"jira:issue_updated","issue":{"id":"1) OR (id > 0"}}',
        b'{"Payload":{"Event":{"SpaceId":"../../x","Category":"Created"}}}',
    ):
        await running.http.post(hook["url"], content=hostile)

    # The same issue is deleted; Jira's own event, after the forged ones, arrives.
    jira.delete("issue", id_)
    await emit.jira("jira:issue_deleted", issue={"id": id_, "key": key})
    await running.until(lambda: running.has_left("jiraIssue", key))
    assert running.entity("jiraProject", project["id"]) is not None
    assert "Live events refused" in running.log.read_text(errors="replace")

    # A deployment fails at Octopus.
    deployment = company.octopus["deployments"][company.example.deployment_id]
    space, task_id = deployment["SpaceId"], deployment["TaskId"]
    task = company.octopus["tasks"][task_id]
    octopus.put("tasks", task_id, {**task, "State": "Failed"})
    related = (deployment["Id"], deployment["ProjectId"], deployment["EnvironmentId"])
    assert await emit.octopus("DeploymentFailed", space, *related) == 1
    await running.until(
        lambda: running.entity("octopusDeployment", deployment["Id"])["properties"][  # type: ignore[index]
            "state"
        ]
        == "Failed"
    )

    # A release carries another issue, which comes as far as the release has come.
    release = company.octopus["releases"][deployment["ReleaseId"]]
    build = {"WorkItems": [{"Id": "SHOP-7777", "Source": "Jira"}]}
    octopus.put("releases", release["Id"], {**release, "BuildInformation": [build]})
    named = (release["Id"], release["ProjectId"])
    await emit.octopus("Modified", space, *named, context=release["Id"])
    await running.until(
        lambda: bool(running.entity("jiraIssue", "SHOP-7777"))
        and bool(
            running.entity("jiraIssue", "SHOP-7777")["properties"].get("deliveryState")  # type: ignore[index]
        )
    )

    # A target is deleted; its environment, named by the same event, stays.
    machine = next(iter(company.octopus["machines"].values()))
    octopus.delete("machines", machine["Id"])
    related = (machine["Id"], *machine["EnvironmentIds"])
    await emit.octopus("Deleted", machine["SpaceId"], *related, context=machine["Id"])
    await running.until(lambda: running.entity("octopusMachine", machine["Id"]) is None)
    for environment in machine["EnvironmentIds"]:
        assert running.entity("octopusEnvironment", environment) is not None
    assert running.stands.port.unknown_routes == []


async def test_events_go_to_port_by_the_connections_that_there_are(
    running: Running,
) -> None:
    jira, port = running.stands.jira, running.stands.port
    route = "POST /v1/blueprints/{blueprint}/entities/bulk"
    # What is gone but referred to is in the catalog, too.
    issues = {issue["key"]: issue for issue in jira.collections["issue"].values()}
    keys = [key for key in port.entities["jiraIssue"] if key in issues]
    for number, key in enumerate(keys[:12]):
        if number == 2:
            port.state.callers.clear()
        issue = issues[key]
        fields = {**issue["fields"], "summary": f"Edit {number}"}
        jira.put("issue", issue["id"], {**issue, "fields": fields})
        named = {"id": issue["id"], "key": key}
        await running.emit.jira("jira:issue_updated", issue=named)
        await running.until(
            lambda: running.entity("jiraIssue", key)["title"] == f"Edit {number}"  # type: ignore[index] # noqa: B023
        )
    assert len(port.state.callers[route]) == 1


async def test_a_project_takes_its_issues_along_and_brings_them_back(
    running: Running,
) -> None:
    jira, company, emit = running.stands.jira, running.stands.company, running.emit
    catalog = running.stands.port.entities
    before = {b: set(catalog[b]) for b in ("jiraIssue", "jiraVersion", "jiraEpic")}
    project = next(p for p in company.jira["project"].values() if p["key"] == "SHOP")
    named = {name: project[name] for name in ("id", "key", "name")}

    def left() -> set[str]:
        entities = catalog["jiraIssue"].values()
        issues = (e for e in entities if e["properties"].get("status"))
        return {e["identifier"] for e in issues if e["identifier"][:5] == "SHOP-"}

    assert left()
    jira.put("project", project["id"], {**project, "archived": True})
    await emit.jira("project_archived", project=named)
    await running.until(lambda: running.has_left("jiraProject", project["id"]))
    await running.until(lambda: not left())
    others = {key for key in before["jiraIssue"] if key[:5] != "SHOP-"}
    assert others <= set(catalog["jiraIssue"])

    jira.put("project", project["id"], project)
    await emit.jira("project_restored_archived", project=named)
    for blueprint, entities in before.items():
        await running.until(lambda b=blueprint, e=entities: e <= set(catalog[b]))  # type: ignore[misc]
    assert running.entity("jiraProject", project["id"]) is not None


async def test_row_49_a_release_takes_its_deployments_along(running: Running) -> None:
    octopus, catalog = running.stands.octopus, running.stands.port.entities
    before = set(catalog["octopusDeployment"])
    deployment = running.stands.company.example.deployment_id
    release = running.stands.company.octopus["deployments"][deployment]["ReleaseId"]
    listed = [*octopus.collections["deployments"].values()]
    its_own = {d["Id"] for d in listed if d["ReleaseId"] == release}
    space = octopus.collections["releases"][release]["SpaceId"]
    octopus.delete("releases", release)
    for id_ in its_own:
        octopus.delete("deployments", id_)
    await running.emit.octopus("Deleted", space, release, context=release)
    await running.until(lambda: release not in catalog["octopusRelease"])
    await running.until(lambda: deployment not in catalog["octopusDeployment"])
    assert set(catalog["octopusDeployment"]) == before - its_own


async def test_a_project_of_octopus_takes_along_what_is_in_it(running: Running) -> None:
    octopus, catalog = running.stands.octopus, running.stands.port.entities
    everything = {p: inside_of(p, catalog) for p in catalog["octopusProject"]}
    owner, its_own = next(
        (project, inside)
        for project, inside in everything.items()
        if {blueprint for blueprint, _ in inside} == IN_PROJECT
    )
    space = octopus.collections["projects"][owner]["SpaceId"]
    before = {(b, id_) for b in IN_PROJECT for id_ in catalog[b]}
    octopus.delete("projects", owner)
    await running.emit.octopus("Deleted", space, owner, context=owner)
    await running.until(lambda: owner not in catalog["octopusProject"])
    assert {(b, id_) for b in IN_PROJECT for id_ in catalog[b]} == before - its_own


def inside_of(project: str, catalog: Catalog) -> set[tuple[str, str]]:
    """Return blueprint and identifier of all that belongs to a project of Octopus."""
    return {
        (blueprint, id_)
        for blueprint in IN_PROJECT
        for id_, entity in catalog[blueprint].items()
        if entity["relations"].get("project") == project
    }


async def test_missed_events_are_found_and_leaving_leaves_nothing(
    running: Running,
) -> None:
    octopus, company = running.stands.octopus, running.stands.company
    tasks = company.octopus["tasks"]
    deployment = next(
        d
        for d in company.octopus["deployments"].values()
        if d["TaskId"] in tasks and running.entity("octopusDeployment", d["Id"])
    )
    task = {**tasks[deployment["TaskId"]], "State": "Executing", "IsCompleted": False}
    octopus.put("tasks", task["Id"], task)
    looks = octopus.faults.by_pattern["GET /api/tasks"]
    await running.until(lambda: octopus.faults.by_pattern["GET /api/tasks"] > looks)

    octopus.put("tasks", task["Id"], {**task, "State": "Canceled", "IsCompleted": True})
    await running.until(
        lambda: running.entity("octopusDeployment", deployment["Id"])["properties"][  # type: ignore[index]
            "state"
        ]
        == "Canceled"
    )

    (hook,) = running.stands.jira.collections["webhook"].values()
    assert octopus.collections["subscriptions"]
    settings = running.stands.environment()
    left = await sail(settings, program=UNREGISTER)
    assert (left.status, "OCEAN__BASE_URL is not set" in left.log) == (1, True)
    address = hook["url"].partition("/integration/webhook")[0]
    left = await sail(settings, program=(*UNREGISTER, "--address", address))
    assert left.status == 0, left.log
    assert left.log.splitlines()[-1] == "Removed 4 registrations of live events."
    assert not running.stands.jira.collections["webhook"]
    assert not octopus.collections["subscriptions"]
