"""Issues of deployments without changes, as a whole list tells them by itself."""

from collections.abc import AsyncGenerator
from typing import Any

import pytest

from client import ApiClient
from core.errors import Unavailable
from core.fetch import fetch_one
from core.trouble import Report, reporting
from core.types import Item
from links.issue_keys import JIRA_PROJECTS
from octopus.kinds import OctopusKind
from octopus.resources import DEPLOYMENT
from octopus.resources.brought import relate_whole_list
from octopus.resources.progression import SUCCESS
from sandbox.company import Company
from sandbox.octopus import OctopusSandbox
from tests.octopus.test_brought import KEYS, forget_changes
from tests.octopus.test_kinds import read, selector

PROGRESSION = "GET /api/{id}/projects/{id}/progression"


@pytest.fixture(autouse=True)
def known_projects(api: ApiClient) -> None:
    api.facts[JIRA_PROJECTS] = KEYS


def keys_of(deployments: list[Item]) -> dict[str, Any]:
    return {d["Id"]: d["__jiraIssueKeys"] for d in deployments}


async def keys_one_by_one(api: ApiClient, deployments: list[Item]) -> dict[str, Any]:
    """Return what each deployment brought by its project's progression alone."""
    api.forget()
    chosen = selector(OctopusKind.DEPLOYMENT)
    found = [await fetch_one(api, DEPLOYMENT, d, chosen) for d in deployments]
    return keys_of([item for item in found if isinstance(item, dict)])


@pytest.mark.parametrize("with_releases", [True, False])
async def test_a_whole_list_tells_the_same_as_each_project(
    api: ApiClient, server: OctopusSandbox, company: Company, with_releases: bool
) -> None:
    forget_changes(server, company)
    if with_releases:
        await read(api, OctopusKind.RELEASE)

    found = await read(api, OctopusKind.DEPLOYMENT)

    assert any(keys_of(found).values())
    assert len(found) == len(company.octopus["deployments"])
    assert keys_of(found) == await keys_one_by_one(api, found)


async def test_what_was_deployed_again_needs_no_further_request(
    api: ApiClient, server: OctopusSandbox
) -> None:
    found = await read(api, OctopusKind.DEPLOYMENT)
    without = [d for d in found if not d["Changes"]]
    asked = server.faults.by_pattern[PROGRESSION]
    api.forget()
    server.faults.forget_requests()

    await read(api, OctopusKind.RELEASE)
    await read(api, OctopusKind.DEPLOYMENT)

    assert server.faults.by_pattern[PROGRESSION] <= asked
    assert asked < len({d["ProjectId"] for d in without})


@pytest.mark.parametrize(
    "wanted", [{"states": ["Failed"]}, {"lookbackDays": 20}], ids=str
)
async def test_a_list_that_leaves_something_out_is_no_proof(
    api: ApiClient, server: OctopusSandbox, company: Company, wanted: Item
) -> None:
    forget_changes(server, company)

    found = await read(api, OctopusKind.DEPLOYMENT, **wanted)

    assert found
    assert keys_of(found) == await keys_one_by_one(api, found)


def deployed(day: int, state: str | None = SUCCESS, **fields: Any) -> Item:
    """Return a deployment as `relate_whole_list` gets it, without issues yet."""
    place = {"SpaceId": "Spaces-1", "ProjectId": "Projects-1", "EnvironmentId": "E"}
    task = None if state is None else {"State": state}
    created = f"2026-01-{day:02}T00:00:00.000+00:00"
    own = {"Id": f"D-{day}", "ReleaseId": "R-1", "Created": created, "__task": task}
    return {**place, **own, **fields}


KNOWN: Item = {"__jiraIssueKeys": ["SHOP-1"]}


@pytest.mark.parametrize(
    ("listed", "asked"),
    [
        pytest.param([deployed(9), deployed(8, **KNOWN)], 0, id="again"),
        pytest.param([deployed(9)], 1, id="nothing before"),
        pytest.param(
            [deployed(9), deployed(8, "Failed"), deployed(7, **KNOWN)], 0, id="failed"
        ),
        pytest.param(
            [deployed(9), deployed(8, None, **KNOWN), deployed(7, **KNOWN)],
            1,
            id="it may have failed",
        ),
        pytest.param(
            [deployed(9), deployed(8, ReleaseId="R-2", **KNOWN)], 1, id="another"
        ),
        pytest.param(
            [deployed(9), deployed(8, TenantId="T", **KNOWN)], 1, id="elsewhere"
        ),
        pytest.param(
            [deployed(3, **KNOWN), deployed(9), deployed(8, **KNOWN)], 1, id="order"
        ),
        pytest.param(
            [deployed(9), deployed(8, ProjectId=None, **KNOWN), deployed(7, **KNOWN)],
            1,
            id="a place that is not known",
        ),
    ],
)
async def test_only_what_is_certain_needs_no_request(
    api: ApiClient, server: OctopusSandbox, listed: list[Item], asked: int
) -> None:
    found = await related(api, listed)

    assert {item["Id"] for item in found} == {item["Id"] for item in listed}
    assert all(item["__jiraIssueKeys"] is not None for item in found)
    assert server.faults.by_pattern[PROGRESSION] == asked


async def related(api: ApiClient, *pages: list[Item]) -> list[Item]:
    async def listed() -> AsyncGenerator[list[Item]]:
        for page in pages:
            yield page

    chosen = selector(OctopusKind.DEPLOYMENT)
    found = relate_whole_list(api, listed(), chosen)
    return [item async for page in found for item in page]


@pytest.mark.parametrize("gap", ["row", "item"])
async def test_a_list_with_gaps_is_no_proof(
    api: ApiClient, server: OctopusSandbox, gap: str
) -> None:
    with reporting(Report("octopus-deployment")) as report:
        if gap == "row":
            report.has_gaps = True
        else:
            report.lose_item({"Id": "D-8"}, "odd")
        await related(api, [deployed(9)], [deployed(7, **KNOWN)])

    assert server.faults.by_pattern[PROGRESSION] == 1


async def test_a_list_that_breaks_off_brings_what_came_of_it(api: ApiClient) -> None:
    async def breaking() -> AsyncGenerator[list[Item]]:
        yield [deployed(9)]
        raise Unavailable("down")

    came = []
    with pytest.raises(Unavailable, match="down"):
        chosen = selector(OctopusKind.DEPLOYMENT)
        async for page in relate_whole_list(api, breaking(), chosen):
            came += page
    assert [item["Id"] for item in came] == ["D-9"]
