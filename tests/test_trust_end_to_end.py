"""The laws of trust end to end: what is proven to be gone leaves, and nothing else.

Each resync meets several lies and refusals at once, as far as they concern different
things, and in each something is really deleted at a vendor.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from functools import partial

import pytest
import pytest_asyncio

from sandbox.limits import Limit
from sandbox.truth import compare
from tests.resyncing import Lost, Resyncing, lost, resyncing

# One process serves all of these tests, one after the other.
pytestmark = [
    pytest.mark.process,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.xdist_group("trust"),
]

STARTING = "<html>default backend - 404</html>"
NOTHING = {"Items": [], "TotalResults": 0}
STRANGER = "treated the request as anonymous"
REFUSED = {"ErrorMessage": "You do not have permission.", "Errors": []}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def filled(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Resyncing]:
    """Yield the integration after a resync, for which Octopus had a limit."""
    async with resyncing(tmp_path_factory.mktemp("trust") / "report.json") as system:
        octopus = system.stands.octopus.faults
        octopus.limit = limit = Limit(per_second=30, burst=3)
        system.first = await system.resync()
        system.refused_share = limit.refused / octopus.total
        octopus.limit = None
        yield system


@pytest.fixture
def system(filled: Resyncing) -> Iterator[Resyncing]:
    """Yield the running integration, and let the vendors be well afterwards."""
    yield filled
    filled.heal()


async def test_everything_arrives_through_a_narrow_limit(system: Resyncing) -> None:
    port = system.stands.port
    assert system.first.outcome == "complete"
    assert system.first.troubles == {}
    assert 0 < system.refused_share <= 0.05
    told = compare(system.stands.company, port.entities)
    mapped = [one for one in told if one.blueprint in port.blueprints]
    assert [one for one in mapped if one.complaints] == []


async def test_lists_that_contradict_themselves_delete_nothing(
    system: Resyncing,
) -> None:
    before, gone = system.snapshot(), system.delete("jiraTeam")
    other_space = system.delete("octopusDeployment", space="Spaces-2")
    jira, octopus = system.stands.jira.faults, system.stands.octopus.faults
    page = await system.ask_octopus("api/Spaces-1/deployments?skip=0&take=5")
    page |= {"TotalResults": 5000, "Links": {}}
    behind = {"Items": [], "TotalResults": 5000}
    for skip, body in (("0", page), (r"\d+", behind)):
        path = rf"api/Spaces-1/deployments\?skip={skip}&"
        octopus.add(path=path, times=None, status=200, body=body)
    projects = {"values": [], "total": 6, "isLast": False}
    jira.add(path="/project/search", times=None, status=200, body=projects)
    issues = {"issues": [], "isLast": False}
    jira.add(path="/search/jql", times=None, status=200, body=issues)
    report = await system.resync()

    assert lost(before, system.snapshot()) == Lost({gone, other_space})
    assert report.outcome == "incomplete"
    assert "isLast is false" in report.troubles["jira-issue"]
    assert "an empty page" in report.troubles["jira-project"]
    assert "an empty page" in report.troubles["octopus-deployment"]
    assert "jira-team" not in report.troubles


@pytest.mark.parametrize(
    ("total", "reason"),
    [(3, "an empty page"), (0, "shows this credential no space")],
    ids=["contradicted", "consistent"],
)
async def test_a_list_without_spaces_deletes_nothing_of_octopus(
    system: Resyncing, total: int, reason: str
) -> None:
    before, gone = system.snapshot(), system.delete("jiraIssue")
    # A release refers to it, so that its name stays, and what Octopus told of it.
    reduced = system.delete("jiraIssue", is_referred=True)
    nothing = {"Items": [], "TotalResults": total}
    octopus = system.stands.octopus.faults
    octopus.add(path=r"api/spaces(\?|$)", times=None, status=200, body=nothing)
    report = await system.resync()

    found = lost(before, after := system.snapshot())
    assert (found.left, found.emptied, {*found.changed}) == ({gone}, set(), {reduced})
    properties = after[reduced]["properties"]
    told = {name for name, value in properties.items() if value is not None}
    assert "deliveryState" in told
    assert not told & {"url", "status", "created"}
    assert reason in report.troubles["octopus-release"]
    assert not [kind for kind in report.troubles if kind.startswith("jira")]


async def test_what_a_list_leaves_out_is_asked_for_singly(system: Resyncing) -> None:
    before = system.snapshot()
    gone = {system.delete("octopusMachine") for _ in range(14)}
    system.stands.octopus.faults.add(
        path=r"/tasks\?ids=", times=None, status=200, body=NOTHING
    )
    for project in system.stands.jira.collections["project"]:
        told = {"id": project, "versions": [], "components": []}
        system.stands.jira.faults.add(
            path=f"/project/{project}$", times=None, status=200, body=told
        )
    report = await system.resync()

    assert lost(before, system.snapshot()) == Lost(gone)
    assert report.troubles.keys() == {"jira-version"}
    assert "which the list lacks, is still there" in report.troubles["jira-version"]


async def test_a_permanent_refusal_protects_no_more_than_it_hides(
    system: Resyncing,
) -> None:
    before, octopus = system.snapshot(), system.stands.octopus.faults
    gone = {
        system.delete("octopusWorker", space="Spaces-2"),
        system.delete("octopusRunbook"),
        system.delete("jiraIssue"),
    }
    for path, status in (
        (r"Spaces-1/workers(\?|$)", 403),
        (r"Projects-7/refs.*/runbooks", 400),
    ):
        octopus.add(path=path, times=None, status=status, body=REFUSED)
    report = await system.resync()

    assert lost(before, system.snapshot()) == Lost(gone)
    assert report.outcome == "incomplete"
    assert report.troubles.keys() == {"octopus-worker", "octopus-runbook"}


async def test_without_octopus_jira_is_reconciled_all_the_same(
    system: Resyncing,
) -> None:
    before, gone = system.snapshot(), system.delete("jiraIssue")
    system.let_in(octopus=False)
    # And what the search has just named is missing in bulk.
    system.stands.jira.faults.add(
        path="/issue/bulkfetch", times=None, status=200, body={"issues": []}
    )
    report = await system.resync()

    assert lost(before, system.snapshot()) == Lost({gone})
    assert report.of("jira") == set()
    assert "check octopusApiKey" in report.troubles["octopus-machine"]


async def test_a_token_lost_during_a_resync_costs_nothing(system: Resyncing) -> None:
    before, gone = system.snapshot(), system.delete("octopusWorker")
    jira, is_lost = system.stands.jira.faults, asyncio.Event()
    search = jira.add(path="/search/jql", held_until=is_lost)
    async with asyncio.TaskGroup() as tasks:
        resync = tasks.create_task(system.resync())
        await system.until(lambda: search not in jira.rules)
        system.let_in(jira=False)
        is_lost.set()

    assert lost(before, system.snapshot()) == Lost({gone})
    assert "check atlassianUserEmail" in resync.result().troubles["jira-issue"]
    assert resync.result().of("octopus") == set()


async def test_a_value_that_port_refuses_costs_itself_and_is_named(
    system: Resyncing,
) -> None:
    before, schemas = system.snapshot(), system.stands.port.blueprints
    gone = system.delete("octopusWorker")
    # As strict as people may have made it.
    email = schemas["jiraUser"]["schema"]["properties"]["emailAddress"]
    email["format"] = "email"
    user, project, machine = (
        next(id_ for name, id_ in before if name == blueprint)
        for blueprint in ("jiraUser", "octopusProject", "octopusMachine")
    )
    url = "git@github.com:acme/shop.git"
    system.change("jiraUser", user, emailAddress="jdoe@localhost", displayName="J. Doe")
    system.change("octopusProject", project, PersistenceSettings={"Url": url})
    system.change("octopusMachine", machine, HealthStatus="Dozing")
    report = await system.resync()

    before["jiraUser", user]["title"] = "J. Doe"
    before["jiraUser", user]["properties"]["emailAddress"] = None
    before["octopusProject", project]["properties"]["repository"] = url
    before["octopusMachine", machine]["properties"]["healthStatus"] = "Unknown"
    assert lost(before, system.snapshot()) == Lost({gone})
    assert report.troubles.keys() == {"jira-user"}
    assert f"jiraUser.emailAddress: {user}" in report.troubles["jira-user"]


async def test_an_event_removes_nothing_while_the_token_is_lost(
    system: Resyncing,
) -> None:
    before, issue = system.snapshot(), system.an_issue()
    named = {"id": issue["id"], "key": issue["key"]}
    system.let_in(jira=False)
    for name in ("jira:issue_updated", "jira:issue_deleted"):
        told = system.logged(STRANGER)
        await system.emit.jira(name, issue=named)
        await system.until(partial(system.has_logged_more, STRANGER, told))

    system.let_in()
    fields = {**issue["fields"], "summary": "Signed in again"}
    system.change("jiraIssue", issue["id"], fields=fields)
    await system.emit.jira("jira:issue_updated", issue=named)
    key = "jiraIssue", issue["key"]
    await system.until(lambda: system.title(*key) == "Signed in again")
    before[key]["title"] = "Signed in again"
    assert lost(before, system.snapshot()) == Lost()


async def test_a_page_in_the_place_of_a_vendor_removes_nothing(
    system: Resyncing,
) -> None:
    before, issue = system.snapshot(), system.an_issue()
    gone = system.delete("octopusMachine")
    for vendor in (system.stands.jira, system.stands.octopus):
        vendor.faults.add(times=None, status=404, body=STARTING)
    named = {"id": issue["id"], "key": issue["key"]}
    await system.emit.jira("jira:issue_deleted", issue=named)
    release = system.first_of("octopusRelease")
    machine = system.first_of("octopusMachine")
    for id_ in (release, machine, gone[1]):
        await system.tell_octopus("Deleted", id_)
    await system.until(lambda: system.logged("(not in Jira's own words)"))
    await system.until(lambda: system.logged("(not in Octopus Deploy's own words)") > 2)

    fields = {**issue["fields"], "summary": "Jira is back"}
    system.change("jiraIssue", issue["id"], fields=fields)
    system.change("octopusRelease", release, Version="9.9.9")
    system.change("octopusMachine", machine, Name="Octopus is back")
    system.heal()
    titles = {
        ("jiraIssue", issue["key"]): "Jira is back",
        ("octopusRelease", release): "9.9.9",
        ("octopusMachine", machine): "Octopus is back",
    }
    for key, title in titles.items():
        await system.until(partial(system.has_title, key, title))
        before[key]["title"] = title
    await system.until(lambda: system.title(*gone) is None)
    before["octopusRelease", release]["properties"]["version"] = "9.9.9"
    assert lost(before, system.snapshot()) == Lost({gone})


async def test_an_event_removes_nothing_by_its_word(system: Resyncing) -> None:
    before, gone = system.snapshot(), system.delete("octopusMachine")
    company = system.stands.company
    project = next(p for p in company.jira["project"].values() if p["key"] == "SHOP")
    named = {name: project[name] for name in ("id", "key", "name")}
    for name in ("project_archived", "project_soft_deleted", "project_deleted"):
        await system.emit.jira(name, project=named)
    delivery = company.octopus["releases"][company.example.release_id]
    for id_ in (delivery["ProjectId"], delivery["Id"], gone[1]):
        await system.tell_octopus("Deleted", id_)

    system.change("jiraProject", project["id"], name="Still there")
    await system.emit.jira("project_updated", project=named)
    system.change("octopusProject", delivery["ProjectId"], Name="Still there")
    system.change("octopusRelease", delivery["Id"], ReleaseNotes="Still there")
    for id_ in (delivery["ProjectId"], delivery["Id"]):
        await system.tell_octopus("Modified", id_)
    for key in (
        ("jiraProject", project["id"]),
        ("octopusProject", delivery["ProjectId"]),
    ):
        await system.until(partial(system.has_title, key, "Still there"))
        before[key]["title"] = "Still there"
    key = "octopusRelease", delivery["Id"]
    before[key]["properties"]["releaseNotes"] = "Still there"
    await system.until(lambda: system.snapshot()[key] == before[key])
    await system.until(lambda: system.title(*gone) is None)
    assert lost(before, system.snapshot()) == Lost({gone})
