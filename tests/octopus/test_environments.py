"""Environments of every type: how they are read, named, and left behind."""

from typing import Any

import pytest

from client import ApiClient
from core.fetch import fetch_one
from core.lookup import Absent
from core.trouble import Report, reporting
from core.types import Item
from octopus.kinds import OctopusKind
from octopus.resources import DEPLOYMENT, ENVIRONMENT
from sandbox.company import Company
from sandbox.octopus import OctopusSandbox
from tests.octopus.test_kinds import read, selector

PARENT, EPHEMERAL = "Environments-901", "Environments-902"
GOES_TO = [
    OctopusKind.DEPLOYMENT,
    OctopusKind.RUNBOOK_RUN,
    OctopusKind.CURRENT_RELEASE,
]


@pytest.fixture
def deployed(company: Company) -> Item:
    """Return a deployment that went to the ephemeral environment."""
    return company.octopus["deployments"][company.cases["ephemeral"]]


async def by_id(api: ApiClient, kind: str, **wanted: Any) -> dict[str, Item]:
    return {item["Id"]: item for item in await read(api, kind, **wanted)}


async def test_all_types_come_with_their_parent(api: ApiClient) -> None:
    found = await by_id(api, OctopusKind.ENVIRONMENT)

    types = {environment["__type"] for environment in found.values()}
    assert types == {"Static", "Parent", "Ephemeral"}
    assert found[EPHEMERAL]["ParentEnvironmentId"] == PARENT
    assert found[EPHEMERAL]["Name"] == "pr-17"
    assert found[EPHEMERAL]["__url"].endswith(
        f"/infrastructure/environments/{EPHEMERAL}"
    )
    # The list of all types lacks this of static ones.
    assert all("UseGuidedFailure" in e for e in found.values())


@pytest.mark.parametrize(
    ("version", "asks"), [("2025.3.1", False), ("2025.4.1", True), (None, True)]
)
async def test_servers_without_ephemeral_environments_are_not_asked_for_them(
    api: ApiClient, server: OctopusSandbox, version: str | None, asks: bool
) -> None:
    if version:
        api.facts["version"] = version

    found = await by_id(api, OctopusKind.ENVIRONMENT, spaces=["Spaces-1"])

    assert (EPHEMERAL in found) is asks
    assert bool(server.faults.by_pattern["GET /api/{id}/environments/v2"]) is asks


async def test_a_server_of_unknown_version_may_lack_the_list_of_all_types(
    api: ApiClient, server: OctopusSandbox
) -> None:
    body = {"ErrorMessage": "The resource 'v2' was not found."}
    server.faults.add(path="environments/v2", status=404, body=body, times=None)

    with reporting(Report(ENVIRONMENT.kind)) as report:
        assert await read(api, OctopusKind.ENVIRONMENT)
    assert not report.hidden

    api.facts["version"] = "2026.1.1"  # which has it, so the answer proves nothing
    with reporting(Report(ENVIRONMENT.kind)) as report:
        await read(api, OctopusKind.ENVIRONMENT)
    assert report.hidden


@pytest.mark.parametrize("name", ["pr-17", "PR-17", EPHEMERAL])
@pytest.mark.parametrize("kind", [OctopusKind.DEPLOYMENT, OctopusKind.MACHINE])
async def test_a_selector_may_name_an_ephemeral_environment(
    api: ApiClient, deployed: Item, kind: OctopusKind, name: str
) -> None:
    found = await by_id(api, kind, environments=[name], spaces=["Spaces-1"])

    wanted = {deployed["Id"]} if kind == OctopusKind.DEPLOYMENT else set()
    assert found.keys() == wanted


@pytest.mark.parametrize("kind", GOES_TO)
async def test_the_stage_of_an_ephemeral_environment_is_its_parents(
    api: ApiClient, server: OctopusSandbox, kind: OctopusKind
) -> None:
    collection = {OctopusKind.RUNBOOK_RUN: "runbookRuns"}.get(kind, "deployments")
    for id_, item in server.collections[collection].items():
        if item["SpaceId"] == "Spaces-1":
            server.put(collection, id_, {**item, "EnvironmentId": EPHEMERAL})

    found = await read(api, kind, spaces=["Spaces-1"])

    names = {(i["__environmentName"], i["__stageName"]) for i in found}
    assert names == {("pr-17", "Test Previews")}
    assert {item["__environmentId"] for item in found} == {EPHEMERAL}


async def test_the_stage_of_a_static_environment_is_its_own(api: ApiClient) -> None:
    found = await read(api, OctopusKind.DEPLOYMENT)
    for item in (one for one in found if one["EnvironmentId"] != EPHEMERAL):
        assert item["__stageName"] == item["__environmentName"]
        assert item["__environmentId"] == item["EnvironmentId"]


async def test_nothing_leads_to_an_environment_that_was_deprovisioned(
    api: ApiClient, server: OctopusSandbox, deployed: Item
) -> None:
    server.delete("environments", EPHEMERAL)

    found = (await by_id(api, OctopusKind.DEPLOYMENT))[deployed["Id"]]
    live = await fetch_one(api, DEPLOYMENT, deployed, selector(DEPLOYMENT.kind))

    assert found == live
    assert found["EnvironmentId"] == EPHEMERAL
    assert found["__environmentId"] is None
    assert EPHEMERAL not in await by_id(api, OctopusKind.ENVIRONMENT)


async def test_an_environment_that_is_hidden_is_not_taken_for_gone(
    api: ApiClient, server: OctopusSandbox, deployed: Item
) -> None:
    server.revoked = {("Spaces-1", "EnvironmentView")}

    found = (await by_id(api, OctopusKind.DEPLOYMENT))[deployed["Id"]]

    assert found["__environmentId"] == EPHEMERAL
    assert found["__environmentName"] is None


@pytest.mark.parametrize("version", ["2024.2.9220", "2026.3.1"])
@pytest.mark.parametrize("id_", ["Environments-1", EPHEMERAL])
async def test_a_single_environment_is_as_the_lists_have_it(
    api: ApiClient, version: str, id_: str
) -> None:
    api.facts["version"] = version
    listed = (await by_id(api, OctopusKind.ENVIRONMENT)).get(id_)
    ref = {"SpaceId": "Spaces-1", "Id": id_}

    single = await fetch_one(api, ENVIRONMENT, ref, selector(ENVIRONMENT.kind))

    assert single == (listed or Absent.GONE)


async def test_what_runs_in_an_ephemeral_environment_is_not_gone_with_static_ones(
    api: ApiClient, deployed: Item
) -> None:
    current = {e["__id"]: e for e in await read(api, OctopusKind.CURRENT_RELEASE)}

    tenant = deployed["TenantId"] or "untenanted"
    place = f"{deployed['ProjectId']}/{EPHEMERAL}/{tenant}"
    assert current[place]["__stageName"] == "Test Previews"


async def test_environments_that_were_read_need_no_further_request_for_their_names(
    api: ApiClient, server: OctopusSandbox
) -> None:
    await read(api, OctopusKind.ENVIRONMENT)
    server.faults.forget_requests()

    found = await read(api, OctopusKind.DEPLOYMENT)

    assert all(deployment["__environmentName"] for deployment in found)
    assert not server.faults.by_pattern["GET /api/{id}/environments"]
