"""Trouble costs what it hides and nothing else; absence is proven."""

from typing import Any

import pytest

from client import ApiClient
from core.errors import ApiError, MalformedReply, NotFound
from core.fetch import fetch_one
from core.lookup import Absent
from core.trouble import INCOMPLETE, Report, reporting
from core.types import Item
from links.issue_keys import JIRA_PROJECTS, NOT_YET
from octopus.kinds import OctopusKind
from octopus.resources import DEPLOYMENT, RESOURCES, RUNBOOK
from octopus.resources.figures import FIGURES
from sandbox.company import Company
from sandbox.octopus import OctopusSandbox
from tests.octopus.test_kinds import read, selector

REFUSED = {"ErrorMessage": "You do not have permission."}
GONE = {"ErrorMessage": "The resource was not found."}
EXECUTIONS = [OctopusKind.DEPLOYMENT, OctopusKind.RUNBOOK_RUN]
OF_TASK = {"__task", "__waitsFor", "__durationSeconds", "__completedTimestamp"}


async def attended(
    api: ApiClient, kind: str, **wanted: Any
) -> tuple[list[Item], Report]:
    with reporting(Report(kind)) as report:
        return await read(api, kind, **wanted), report


def in_first_space(items: list[Item]) -> list[Item]:
    return [item for item in items if item["SpaceId"] == "Spaces-1"]


def lacking(item: Item) -> set[str]:
    """Return what is not known of an item; figures need the list of releases."""
    return {*item.get(INCOMPLETE, ())} - {*FIGURES}


@pytest.mark.parametrize("kind", EXECUTIONS)
@pytest.mark.parametrize("status", [403, 404, 500])
async def test_executions_come_without_tasks_that_can_not_be_read(
    api: ApiClient, server: OctopusSandbox, kind: str, status: int
) -> None:
    count = len(await read(api, kind))
    path = r"/Spaces-1/tasks\?"
    server.faults.add(path=path, status=status, body=REFUSED, times=None)
    found, report = await attended(api, kind)
    assert len(found) == count
    assert report.hidden == []
    asked = [t for t in report.troubles if t.value == "tasks of Spaces-1"]
    assert len(asked) == 1  # and not for each page
    for item in found:
        if item["SpaceId"] == "Spaces-1" and item["TaskId"]:
            assert item["__task"] is None
            assert lacking(item) == (OF_TASK if status == 500 else set())
        else:
            assert lacking(item) == set()


async def test_one_broken_task_costs_its_execution_only(
    api: ApiClient, server: OctopusSandbox, company: Company
) -> None:
    task = company.octopus["deployments"][company.example.deployment_id]["TaskId"]
    server.faults.add(path=rf"{task}(\D|$)", status=500, body="{}", times=None)
    found, report = await attended(api, OctopusKind.DEPLOYMENT)
    assert [d["TaskId"] for d in found if lacking(d)] == [task]
    assert report.hidden == []


@pytest.mark.parametrize("odd", [None, "of long ago"])
async def test_a_deployment_without_a_release_costs_its_figures_only(
    api: ApiClient, server: OctopusSandbox, company: Company, odd: Any
) -> None:
    for kind in (OctopusKind.RELEASE, OctopusKind.DEPLOYMENT):
        await read(api, kind, lookbackDays=0)
    deployment = company.octopus["deployments"][company.example.deployment_id]
    server.put("deployments", deployment["Id"], {**deployment, "ReleaseId": odd})
    found, report = await attended(api, OctopusKind.DEPLOYMENT, lookbackDays=0)
    assert len(found) == len(company.octopus["deployments"])
    assert report.hidden == []
    unknown = {d["Id"] for d in found if {*FIGURES} <= {*d.get(INCOMPLETE, ())}}
    assert deployment["Id"] in unknown
    assert len(unknown) < len(found)


@pytest.mark.parametrize("body", [{"Items": [], "TotalResults": 0}, {"Items": [None]}])
async def test_tasks_that_an_empty_reply_hides_are_asked_for_singly(
    api: ApiClient, server: OctopusSandbox, body: Item
) -> None:
    calm = {d["Id"]: d for d in await read(api, OctopusKind.DEPLOYMENT)}
    server.faults.add(path=r"tasks\?ids", status=200, body=body, times=1)
    found, report = await attended(api, OctopusKind.DEPLOYMENT)
    assert {d["Id"]: d for d in found} == calm
    assert report.troubles == []


async def test_states_do_not_leave_out_what_has_an_unknown_state(
    api: ApiClient, server: OctopusSandbox
) -> None:
    server.faults.add(path=r"/Spaces-1/tasks\?", status=403, body=REFUSED, times=None)
    found, report = await attended(api, OctopusKind.DEPLOYMENT, states=["Success"])
    assert found
    assert in_first_space(found) == []
    assert [(t.parent or {})["Id"] for t in report.hidden] == ["Spaces-1"]


async def test_a_state_that_is_unknown_removes_nothing_live(
    api: ApiClient, server: OctopusSandbox, company: Company
) -> None:
    ref = company.octopus["deployments"][company.example.deployment_id]
    server.faults.add(path=ref["TaskId"], status=500, body="{}", times=None)
    chosen = selector(OctopusKind.DEPLOYMENT, states=["Failed"])
    with pytest.raises(ApiError):
        await fetch_one(api, DEPLOYMENT, ref, chosen)


def forget_changes(server: OctopusSandbox, company: Company) -> None:
    for deployment in list(company.octopus["deployments"].values()):
        server.put("deployments", deployment["Id"], {**deployment, "Changes": None})


@pytest.mark.parametrize("status", [400, 403, 404, 500])
async def test_deployments_come_without_a_history_that_can_not_be_read(
    api: ApiClient, server: OctopusSandbox, company: Company, status: int
) -> None:
    forget_changes(server, company)
    api.facts[JIRA_PROJECTS] = "SHOP=1 PAY=2"
    path = r"Projects-1/progression"
    server.faults.add(path=path, status=status, body=REFUSED, times=None)
    found, report = await attended(api, OctopusKind.DEPLOYMENT)
    assert len(found) == len(company.octopus["deployments"])
    of_first = [d for d in found if d["ProjectId"] == "Projects-1"]
    # The list itself shows where the same release was before.
    unknown = [d for d in of_first if d["__jiraIssueKeys"] != []]
    assert {d["__jiraIssueKeys"] is None for d in unknown} == {True}
    marks = set().union(*(lacking(d) for d in unknown))
    assert marks == ({"__jiraIssueKeys", "__hasIssues"} if status == 500 else set())
    assert report.hidden == []
    assert any(d["__jiraIssueKeys"] for d in found)


@pytest.mark.parametrize("status", [403, 500])
async def test_names_that_can_not_be_read_leave_nothing_out(
    api: ApiClient, server: OctopusSandbox, status: int
) -> None:
    narrowed = {"environments": ["Production"]}
    calm = await read(api, OctopusKind.MACHINE, **narrowed)
    api.forget()
    path = "/Spaces-1/environments"
    server.faults.add(path=path, status=status, body=REFUSED, times=None)
    found, report = await attended(api, OctopusKind.MACHINE, **narrowed)
    assert in_first_space(calm)
    assert found == [i for i in calm if i["SpaceId"] != "Spaces-1"]
    assert "Spaces-1" in [(t.parent or {})["Id"] for t in report.hidden]


async def test_until_jiras_projects_are_known_links_are_incomplete(
    api: ApiClient, company: Company
) -> None:
    api.facts[JIRA_PROJECTS] = NOT_YET
    for kind, collection in (
        (OctopusKind.RELEASE, "releases"),
        (OctopusKind.DEPLOYMENT, "deployments"),
    ):
        found, report = await attended(api, kind)
        assert len(found) == len(company.octopus[collection])
        assert all("__jiraIssueKeys" in item[INCOMPLETE] for item in found)
        assert any(item["__jiraIssueKeys"] for item in found)  # work items are certain
        assert [t.value for t in report.troubles] == ["links to Jira"]
    keys = {"jiraProjectKeys": {"Web Shop": ["SHOP"]}}
    projects = await read(api, OctopusKind.PROJECT, **keys)
    doubtful = [
        p["Name"] for p in projects if "__jiraProjectIds" in p.get(INCOMPLETE, ())
    ]
    assert doubtful == ["Web Shop"]


async def test_with_a_pattern_of_their_own_only_ids_are_in_doubt(
    api: ApiClient,
) -> None:
    api.facts[JIRA_PROJECTS] = NOT_YET
    found = await read(api, OctopusKind.RELEASE, issueKeyPattern="SHOP-[0-9]+")
    assert {tuple(r.get(INCOMPLETE, ())) for r in found} == {(), ("__jiraProjectIds",)}


@pytest.mark.parametrize(
    ("status", "body"), [(400, REFUSED), (404, GONE), (404, "<html>"), (500, "{}")]
)
async def test_a_broken_repository_hides_the_runbooks_of_its_project(
    api: ApiClient, server: OctopusSandbox, status: int, body: Any
) -> None:
    calm = await read(api, OctopusKind.RUNBOOK)
    server.faults.add(path="refs", times=None, status=status, body=body)
    found, report = await attended(api, OctopusKind.RUNBOOK)
    in_git = [runbook for runbook in calm if "__branch" in runbook]
    assert found == [runbook for runbook in calm if "__branch" not in runbook]
    hidden = {((t.parent or {})["Id"], t.field) for t in report.hidden}
    assert hidden == {(runbook["ProjectId"], "ProjectId") for runbook in in_git}


async def test_a_project_without_an_id_may_be_any_with_runbooks_in_git(
    api: ApiClient, server: OctopusSandbox
) -> None:
    body: Item = {"Items": [{}], "TotalResults": 1}
    server.faults.add(path="Spaces-1/projects", times=None, status=200, body=body)
    _, report = await attended(api, OctopusKind.RUNBOOK)
    assert "Spaces-1" in [(t.parent or {}).get("Id") for t in report.hidden]


async def test_a_runbook_is_not_gone_because_its_repository_is(
    api: ApiClient, server: OctopusSandbox
) -> None:
    everything = await read(api, OctopusKind.RUNBOOK)
    runbook = next(r for r in everything if "__branch" in r)
    chosen = selector(OctopusKind.RUNBOOK)
    one = server.faults.add(path="refs", times=1, status=404, body=GONE)
    assert await fetch_one(api, RUNBOOK, runbook, chosen) is Absent.GONE
    one.times = None
    server.faults.add(one)
    with pytest.raises(NotFound):
        await fetch_one(api, RUNBOOK, runbook, chosen)


ODD: list[tuple[OctopusKind, str, Item]] = [
    (OctopusKind.DEPLOYMENT, "deployments", {"Created": "soon"}),
    (OctopusKind.DEPLOYMENT, "deployments", {"EnvironmentId": None}),
    (OctopusKind.DEPLOYMENT, "deployments", {"EnvironmentId": ["x"], "Changes": 5}),
    (OctopusKind.DEPLOYMENT, "deployments", {"TaskId": {}, "Links": "x"}),
    (OctopusKind.DEPLOYMENT, "deployments", {"TenantId": 7, "Changes": [None]}),
    (OctopusKind.RELEASE, "releases", {"Assembled": "soon", "ReleaseNotes": []}),
    (OctopusKind.RELEASE, "releases", {"Assembled": None, "BuildInformation": 1}),
    (OctopusKind.RELEASE, "releases", {"ProjectId": None, "Links": {"Web": 3}}),
    (OctopusKind.RUNBOOK_RUN, "runbookRuns", {"Created": 5, "EnvironmentId": 1}),
    (OctopusKind.TASK, "tasks", {"QueueTime": "x", "StartTime": [], "Arguments": 1}),
    (OctopusKind.PROJECT, "projects", {"Name": 5, "Slug": None, "Links": None}),
    (OctopusKind.RUNBOOK, "runbooks", {"ProjectId": None, "Name": None}),
    (OctopusKind.MACHINE, "machines", {"EnvironmentIds": None, "IsDisabled": "no"}),
    (OctopusKind.INTERRUPTION, "interruptions", {"Created": "x", "IsPending": None}),
]


ALL_AGES: dict[str, Item] = {kind: {"lookbackDays": 3650} for kind, _, _ in ODD[:10]}


async def make_odd(
    api: ApiClient, server: OctopusSandbox, collection: str, id_: str, odd: Item
) -> None:
    """Have the list of the first space tell odd things of an item."""
    path = f"api/Spaces-1/{collection}"
    reply = await api.get(path, {"skip": 0, "take": 1000})
    changed = [{**i, **odd} if i["Id"] == id_ else i for i in reply["Items"]]
    body = {"Items": changed, "TotalResults": len(changed)}
    server.faults.add(path=rf"{path}\?", status=200, body=body, times=None)


@pytest.mark.parametrize(("kind", "collection", "odd"), ODD)
async def test_an_odd_value_costs_no_more_than_the_value(
    api: ApiClient,
    server: OctopusSandbox,
    kind: OctopusKind,
    collection: str,
    odd: Item,
) -> None:
    calm = await read(api, kind)
    first = next(i for i in calm if i["SpaceId"] == "Spaces-1" and "__branch" not in i)
    await make_odd(api, server, collection, first["Id"], odd)
    api.facts[JIRA_PROJECTS] = "SHOP=1"
    found, report = await attended(api, kind, **ALL_AGES.get(kind, {}))
    assert {item["Id"] for item in found} == {item["Id"] for item in calm}
    assert report.troubles == []
    own = next(item for item in found if item["Id"] == first["Id"])
    dates = {"Created", "Assembled", "QueueTime", "StartTime"} & odd.keys()
    assert [own[name] for name in dates] == [None] * len(dates)


@pytest.mark.parametrize(
    ("kind", "collection", "odd", "narrow"),
    [
        (
            OctopusKind.DEPLOYMENT,
            "deployments",
            {"EnvironmentId": None},
            {"environments": ["Production"]},
        ),
        (OctopusKind.RELEASE, "releases", {"ProjectId": 5}, {"projects": ["web-shop"]}),
        (
            OctopusKind.INTERRUPTION,
            "interruptions",
            {"IsPending": "yes"},
            {"pendingOnly": True},
        ),
        (
            OctopusKind.MACHINE,
            "machines",
            {"EnvironmentIds": None},
            {"environments": ["Production"]},
        ),
    ],
)
async def test_what_a_selector_can_not_judge_is_kept_and_the_rest_comes(
    api: ApiClient,
    server: OctopusSandbox,
    kind: OctopusKind,
    collection: str,
    odd: Item,
    narrow: Item,
) -> None:
    calm = await read(api, kind, **narrow)
    first = next(item for item in calm if item["SpaceId"] == "Spaces-1")
    await make_odd(api, server, collection, first["Id"], odd)
    found, report = await attended(api, kind, **narrow)
    assert {i["Id"] for i in found} == {i["Id"] for i in calm} - {first["Id"]}
    assert [(t.item or {})["Id"] for t in report.hidden] == [first["Id"]]
    own = {**server.collections[collection][first["Id"]], **odd}
    server.faults.add(path=rf"/{first['Id']}(\?|$)", status=200, body=own, times=None)
    with pytest.raises(MalformedReply):
        await fetch_one(api, RESOURCES[kind], first, selector(kind, **narrow))


async def test_a_name_that_an_odd_row_may_have_is_kept(
    api: ApiClient, server: OctopusSandbox
) -> None:
    calm = await read(api, OctopusKind.DEPLOYMENT)
    path = "api/Spaces-1/environments"
    reply = await api.get(path, {"skip": 0, "take": 105})
    lost, *others = reply["Items"]
    body = {**reply, "Items": [None, *others]}
    api.forget()
    server.faults.add(path=path, times=None, status=200, body=body)
    found, report = await attended(api, OctopusKind.DEPLOYMENT)
    assert len(found) == len(calm)
    of_lost = [d for d in found if d["EnvironmentId"] == lost["Id"]]
    assert of_lost
    assert all("__environmentName" in d[INCOMPLETE] for d in of_lost)
    assert {t.value for t in report.troubles} >= {
        "names of octopus-environment in Spaces-1"
    }
