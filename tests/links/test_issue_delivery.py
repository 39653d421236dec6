"""The kind `octopus-issue-delivery` against the stand-in of Octopus Deploy."""

from typing import Any

import pytest

from client import ApiClient
from core.errors import ApiError, Unavailable
from core.fetch import fetch_all, fetch_one
from core.lookup import Absent
from core.trouble import INCOMPLETE
from core.types import Item
from framework.entity_processor import GONE
from links.delivery_facts import PARTLY
from links.issue_delivery import ISSUE_DELIVERY
from links.issue_keys import JIRA_PROJECTS, NOT_YET
from octopus.kinds import OctopusKind
from octopus.resources import RESOURCES
from octopus.resources.progression import place_of
from octopus.stages import STAGES
from sandbox.company import Company
from sandbox.octopus import OctopusSandbox
from tests.framework.resyncs import resync
from tests.octopus.conftest import connect, server
from tests.octopus.test_changes import LONG_AGO, SINCE, log
from tests.octopus.test_kinds import selector

__all__ = ["connect", "server"]

KEYS = "SHOP=1 PAY=2 MOB=3 OPS=4 DATA=5"
LISTS = ("GET /api/{id}/releases", "GET /api/{id}/deployments")


@pytest.fixture
def api(connect: Any) -> ApiClient:
    api: ApiClient = connect()
    api.facts[JIRA_PROJECTS] = KEYS
    return api


async def read(api: ApiClient, **wanted: Any) -> dict[str, Item]:
    chosen = selector(ISSUE_DELIVERY.kind, **wanted)
    batches = fetch_all(api, ISSUE_DELIVERY, chosen)
    return {item["issueKey"]: item async for batch in batches for item in batch}


async def read_kind(api: ApiClient, kind: OctopusKind, **wanted: Any) -> None:
    chosen = selector(kind, **{"lookbackDays": 90, **wanted})
    async for _ in fetch_all(api, RESOURCES[kind], chosen):
        pass


async def test_alone_it_tells_the_issues_of_all_releases(
    api: ApiClient, company: Company
) -> None:
    found = await read(api, lookbackDays=0)

    example = found[company.example.issue_key]
    assert example["deliveryState"] == "in production"
    assert example["furthestStage"] == "Production"
    assert company.cases["example release"] in example["releaseIds"]
    assert company.cases["hidden issue"] not in found


async def test_what_the_resync_has_read_is_not_read_again(
    api: ApiClient, server: OctopusSandbox
) -> None:
    async with resync():
        alone = await read(api)
    async with resync():
        await read_kind(api, OctopusKind.RELEASE)
        await read_kind(api, OctopusKind.DEPLOYMENT)
        server.faults.forget_requests()
        first, second = await read(api), await read(api)
        for request in LISTS:
            assert server.faults.by_pattern[request] == 0
    assert alone == first == second
    async with resync():
        await read(api)
    for request in LISTS:
        assert server.faults.by_pattern[request] > 0


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        (OctopusKind.RELEASE, {"projects": ["Projects-1"]}),
        (OctopusKind.RELEASE, {"lookbackDays": 1}),
        (OctopusKind.DEPLOYMENT, {"states": ["Failed"]}),
        (OctopusKind.DEPLOYMENT, {"environments": ["Production"]}),
    ],
    ids=str,
)
async def test_what_was_read_in_part_is_no_proof(
    api: ApiClient, kind: OctopusKind, wanted: Item
) -> None:
    alone = await read(api)
    async with resync():
        for one in (OctopusKind.RELEASE, OctopusKind.DEPLOYMENT):
            await read_kind(api, one, **(wanted if one is kind else {}))
        assert await read(api) == alone


@pytest.mark.parametrize("path", ["releases", "deployments", "tasks", "dashboard"])
async def test_nothing_is_told_while_something_can_t_be_read(
    api: ApiClient, server: OctopusSandbox, path: str
) -> None:
    fault = server.faults.add(path=path, times=None, status=403, body="{}")
    with pytest.raises(ApiError):
        await read(api)
    server.faults.rules.remove(fault)
    api.forget()
    assert await read(api)


async def test_nothing_is_told_while_issues_can_t_be_found(api: ApiClient) -> None:
    api.facts[JIRA_PROJECTS] = NOT_YET
    with pytest.raises(Unavailable):
        await read(api)


async def test_a_row_that_is_lost_makes_the_list_incomplete(
    api: ApiClient, server: OctopusSandbox, company: Company
) -> None:
    release = next(reversed(company.octopus["releases"].values()))
    server.put("releases", release["Id"], {**release, "ProjectId": None})
    with pytest.raises(Unavailable):
        await read(api)


async def test_one_delivery_equals_that_of_a_resync(api: ApiClient) -> None:
    chosen = selector(ISSUE_DELIVERY.kind)
    for key, item in list((await read(api)).items())[::10]:
        assert await fetch_one(api, ISSUE_DELIVERY, {"issueKey": key}, chosen) == item
    nobody = await fetch_one(api, ISSUE_DELIVERY, {"issueKey": "SHOP-9999"}, chosen)
    assert nobody is Absent.GONE


async def test_stages_are_those_of_the_setting(api: ApiClient) -> None:
    api.facts[STAGES] = "Early: dev*; Late: stag*"
    found = await read(api)
    assert {row["stage"] for i in found.values() for row in i["stages"]} == {
        "Early",
        "Late",
    }


async def test_what_runs_since_long_before_the_lookback_counts(
    api: ApiClient,
) -> None:
    """The dashboard knows it, although its deployment is not listed any more."""
    whole = await read(api, lookbackDays=0)
    recent = await read(api, lookbackDays=7)
    assert 0 < len(recent) < len(whole)
    for key, item in recent.items():
        unknown = {*item.pop(INCOMPLETE, ())}
        if unknown and "deliveryState" not in unknown:
            # By what runs; a project of which nothing is known may be behind.
            assert whole[key]["deliveryState"] in (item["deliveryState"], PARTLY)
        for name in {*item} - {*unknown, "stages", "releaseIds", "deliveryState"}:
            assert item[name] == whole[key][name], (key, name)


async def changed(api: ApiClient, since: Any, **wanted: Any) -> dict[str, Item]:
    chosen = selector(ISSUE_DELIVERY.kind, **wanted)
    assert ISSUE_DELIVERY.changed is not None
    batches = ISSUE_DELIVERY.changed(api, ISSUE_DELIVERY, chosen, since)
    return {item["issueKey"]: item async for batch in batches for item in batch}


async def test_a_look_tells_the_issues_of_what_changed_and_no_others(
    api: ApiClient, server: OctopusSandbox, company: Company
) -> None:
    before = await read(api)
    api.forget()
    assert await changed(api, SINCE) == {}
    release = company.octopus["releases"][company.cases["example release"]]
    build = {"WorkItems": [{"Id": "SHOP-777", "Source": "Jira"}]}
    server.put("releases", release["Id"], {**release, "BuildInformation": [build]})
    log(server, "Modified", release)
    api.forget()

    found = await changed(api, SINCE)

    assert found.pop("SHOP-777")["deliveryState"] == "in production"
    gone = {key for key, item in found.items() if item.get(GONE)}
    assert company.example.issue_key in found
    assert gone <= before.keys()
    api.forget()
    assert (await read(api)).keys() == (before.keys() | {"SHOP-777"}) - gone


async def test_a_look_from_the_start_tells_all(api: ApiClient) -> None:
    whole = await read(api, lookbackDays=0)
    api.forget()
    found = await changed(api, LONG_AGO, lookbackDays=0)
    assert {k: whole[k] for k in found} == found
    assert found


@pytest.mark.parametrize("change", [5, {"DeploymentId": None}, {"EnvironmentId": None}])
async def test_a_row_of_a_dashboard_that_is_lost_makes_unknown_what_runs(
    api: ApiClient, server: OctopusSandbox, change: Any
) -> None:
    board = await api.get("api/Spaces-1/dashboard", {"showAll": "true"})
    rows = board["Items"]
    at = next(n for n, row in enumerate(rows) if row["State"] == "Success")
    rows[at] = change if change == 5 else {**rows[at], **change}
    server.faults.add(path="Spaces-1/dashboard", times=None, status=200, body=board)

    with pytest.raises(Unavailable):
        await read(api, spaces=["Spaces-1"])


async def test_a_dashboard_of_a_project_that_is_lost_makes_unknown_what_runs(
    api: ApiClient, server: OctopusSandbox
) -> None:
    board = await api.get("api/Spaces-1/dashboard", {"showAll": "true"})
    cut = {**board, "IsFiltered": True, "Projects": board["Projects"][1:]}
    server.faults.add(path="Spaces-1/dashboard", times=None, status=200, body=cut)

    with pytest.raises(Unavailable):
        await read(api, spaces=["Spaces-1"])


async def test_a_look_that_can_t_tell_what_a_release_carries_is_not_done(
    api: ApiClient, company: Company, server: OctopusSandbox
) -> None:
    await read(api)
    api.forget()
    log(
        server,
        "Modified",
        company.octopus["releases"][company.cases["example release"]],
    )
    api.facts[JIRA_PROJECTS] = NOT_YET

    with pytest.raises(Unavailable, match="what releases carry"):
        await changed(api, SINCE)


async def test_a_place_whose_task_is_gone_for_good_hides_no_other_place(
    api: ApiClient, company: Company
) -> None:
    """Octopus deletes old tasks; its dashboard then shows null for the state."""
    before = await read(api, lookbackDays=1)
    first, *_ = latest_of_places(company)
    task = company.octopus["deployments"][first]["TaskId"]
    del company.octopus["tasks"][task]
    api.forget()
    async with resync():
        after = await read(api, lookbackDays=1)
    assert before
    assert after.keys() == before.keys()


def latest_of_places(company: Company) -> list[str]:
    """Return the latest deployment of each place."""
    deployments = company.octopus["deployments"].values()
    newest = sorted(deployments, key=lambda one: str(one["Created"]))
    return list({place_of(one): str(one["Id"]) for one in newest}.values())
