"""Laws that hold for every kind of Octopus Deploy, against the stand-in."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from client import ApiClient
from core.errors import Incomplete, Unavailable
from core.fetch import fetch_all, fetch_one
from core.lookup import Absent
from core.trouble import Report, reporting
from core.types import Item
from octopus.kinds import OctopusKind
from octopus.resources import RESOURCES
from sandbox.company import Company
from sandbox.octopus import OctopusSandbox
from tests.selectors import selector_of

# The collection of the company that a kind brings, where it is read to its end.
COLLECTIONS = {
    OctopusKind.SPACE: "spaces",
    OctopusKind.PROJECT_GROUP: "projectgroups",
    OctopusKind.PROJECT: "projects",
    OctopusKind.CHANNEL: "channels",
    OctopusKind.LIFECYCLE: "lifecycles",
    OctopusKind.ENVIRONMENT: "environments",
    OctopusKind.TENANT: "tenants",
    OctopusKind.RELEASE: "releases",
    OctopusKind.DEPLOYMENT: "deployments",
    OctopusKind.RUNBOOK_RUN: "runbookRuns",
    OctopusKind.TASK: "tasks",
    OctopusKind.INTERRUPTION: "interruptions",
    OctopusKind.DEPLOYMENT_FREEZE: "deploymentfreezes",
    OctopusKind.MACHINE: "machines",
    OctopusKind.WORKER: "workers",
    OctopusKind.WORKER_POOL: "workerpools",
    OctopusKind.TEAM: "teams",
    OctopusKind.USER: "users",
    OctopusKind.ACCOUNT: "accounts",
    OctopusKind.CERTIFICATE: "certificates",
    OctopusKind.LIBRARY_VARIABLE_SET: "libraryvariablesets",
    OctopusKind.FEED: "feeds",
}
EVERYTHING: dict[str, Item] = {
    OctopusKind.RELEASE: {"lookbackDays": 0},
    OctopusKind.DEPLOYMENT: {"lookbackDays": 0},
    OctopusKind.RUNBOOK_RUN: {"lookbackDays": 0},
    OctopusKind.TASK: {"lookbackDays": 0},
    OctopusKind.INTERRUPTION: {"pendingOnly": False},
    OctopusKind.APPROVAL: {"pendingOnly": False},
}
IN_SPACES = [kind for kind, resource in RESOURCES.items() if resource.parent]


def selector(kind: str, **wanted: Any) -> Any:
    """Return a selector as the mapping would make it."""
    return selector_of(kind, {"query": "true", **EVERYTHING.get(kind, {}), **wanted})


async def read(api: ApiClient, kind: str, **wanted: Any) -> list[Item]:
    batches = fetch_all(api, RESOURCES[kind], selector(kind, **wanted))
    return [item async for batch in batches for item in batch]


@pytest.mark.parametrize("kind", COLLECTIONS)
async def test_a_kind_brings_each_item_of_the_company_once(
    api: ApiClient, company: Company, kind: OctopusKind
) -> None:
    ids = [item["Id"] for item in await read(api, kind)]
    assert sorted(ids) == sorted(company.octopus[COLLECTIONS[kind]])


async def test_runbooks_come_from_the_database_and_from_git(
    api: ApiClient, company: Company
) -> None:
    runbooks = await read(api, OctopusKind.RUNBOOK)
    in_git = [runbook for runbook in runbooks if runbook.get("__branch")]
    assert len(in_git) == len(company.octopus["gitrunbooks"]) > 0
    assert len(runbooks) == len(in_git) + len(company.octopus["runbooks"])
    assert len({runbook["__id"] for runbook in runbooks}) == len(runbooks)


@pytest.mark.parametrize("kind", OctopusKind)
async def test_a_live_item_equals_the_same_item_of_a_resync(
    api: ApiClient, kind: str
) -> None:
    for listed in itertools.islice(await read(api, kind), 0, 20, 5):
        live = await fetch_one(api, RESOURCES[kind], listed, selector(kind))
        assert live == listed


@pytest.mark.parametrize("kind", COLLECTIONS)
async def test_an_item_that_is_gone_is_no_item(
    api: ApiClient, server: OctopusSandbox, kind: OctopusKind
) -> None:
    first, *_ = await read(api, kind)
    server.delete(COLLECTIONS[kind], first["Id"])
    found = await fetch_one(api, RESOURCES[kind], first, selector(kind))
    assert found is Absent.GONE


@pytest.mark.parametrize("kind", IN_SPACES)
async def test_one_forbidden_space_hides_what_is_in_it_and_nothing_else(
    api: ApiClient, server: OctopusSandbox, kind: str
) -> None:
    everything = await read(api, kind)
    spaces = {item["SpaceId"] for item in everything}
    forbidden = sorted(spaces)[0]
    server.faults.add(
        path=rf"/api/{forbidden}/",
        times=None,
        status=403,
        body={"ErrorMessage": "Missing permission: ThingView"},
    )
    with reporting(Report(kind)) as report:
        found = await read(api, kind)
    assert {item["SpaceId"] for item in found} == spaces - {forbidden}
    (hidden,) = report.hidden
    assert hidden.parent is not None
    assert hidden.parent["Id"] == forbidden
    assert hidden.is_permanent
    assert "Missing permission: ThingView" in hidden.reason


@pytest.mark.parametrize("kind", OctopusKind)
async def test_a_failing_vendor_is_never_an_empty_kind(
    api: ApiClient, server: OctopusSandbox, kind: str
) -> None:
    server.faults.add(path="", times=None, status=500, body="<html>sorry</html>")
    with pytest.raises((Unavailable, Incomplete)):
        await read(api, kind)


@pytest.mark.parametrize("kind", OctopusKind)
async def test_one_bad_reply_costs_nothing_but_time(
    api: ApiClient, connect: Callable[[], ApiClient], server: OctopusSandbox, kind: str
) -> None:
    calm = await read(api, kind)
    server.faults.add(path="", times=1, status=503, body="<html>busy</html>")
    server.faults.add(path="", times=1, truncate=True)
    shaken = await read(connect(), kind)
    key = RESOURCES[kind].id_field
    assert {i[key]: i for i in shaken} == {i[key]: i for i in calm}


@pytest.mark.parametrize("kind", IN_SPACES)
async def test_spaces_narrow_every_kind_inside_of_them(
    api: ApiClient, company: Company, kind: str
) -> None:
    name = company.octopus["spaces"]["Spaces-1"]["Name"].upper()
    inside = await read(api, kind, spaces=[name])
    assert inside
    assert {item["SpaceId"] for item in inside} == {"Spaces-1"}
    elsewhere = selector(kind, spaces=["Spaces-2"])
    found = await fetch_one(api, RESOURCES[kind], inside[0], elsewhere)
    assert found is Absent.NOT_SELECTED
