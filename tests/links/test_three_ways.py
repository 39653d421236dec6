"""The same delivery after a full resync, after events only, and after looks only."""

from typing import Any

import pytest

from client import ApiClient
from core.fetch import fetch_one
from framework.entity_processor import GONE
from links.issue_keys import JIRA_PROJECTS
from links.live_delivery import after_deployment, after_project, after_release
from octopus.resources import DEPLOYMENT_END
from octopus.resources.whole_log import deployments_like
from sandbox.company import Company
from sandbox.octopus import OctopusSandbox
from tests.links.replay import (
    CHOSEN,
    KEYS,
    Replay,
    all_at_once,
    by_events,
    write,
)
from tests.octopus.conftest import connect, server

__all__ = ["connect", "server"]


@pytest.fixture
def api(connect: Any) -> ApiClient:
    api: ApiClient = connect()
    api.facts[JIRA_PROJECTS] = KEYS
    return api


@pytest.fixture
def resyncing(connect: Any) -> ApiClient:
    """Return the client of another process, which knows of no event."""
    api: ApiClient = connect()
    api.facts[JIRA_PROJECTS] = KEYS
    return api


async def test_events_in_any_order_tell_the_same(
    api: ApiClient, resyncing: ApiClient, server: OctopusSandbox, company: Company
) -> None:
    """Those of deployments may be late; what they name is read when they come."""
    steps = [*Replay(server, company)]
    early, late = steps[::2], steps[1::2]
    live = await by_events(api, [*late, *reversed(early)])

    assert live == await all_at_once(resyncing)


async def test_an_event_tells_of_the_issues_that_it_concerns_only(
    api: ApiClient, server: OctopusSandbox, company: Company
) -> None:
    whole = await all_at_once(api)
    deployment = company.octopus["deployments"][company.example.deployment_id]
    server.faults.forget_requests()

    told = await after_deployment(api, deployment, CHOSEN)

    assert company.example.issue_key in {item["issueKey"] for item in told}
    assert len(told) < len(whole) / 4
    assert server.faults.total < 10


async def test_what_is_gone_is_carried_no_more(
    api: ApiClient, server: OctopusSandbox, company: Company
) -> None:
    whole = await all_at_once(api)
    release = company.octopus["releases"][company.cases["example release"]]
    server.delete("releases", release["Id"])

    told = await after_release(api, release, CHOSEN)

    by_key = {item["issueKey"]: item for item in told}
    assert by_key[company.example.issue_key].get(GONE)
    project = company.octopus["projects"][release["ProjectId"]]
    assert await after_project(api, project, CHOSEN) == []
    server.delete("projects", project["Id"])
    gone = {i["issueKey"] for i in await after_project(api, project, CHOSEN)}
    only = {
        key
        for key, item in whole.items()
        if {row["projectId"] for row in item["stages"]} == {project["Id"]}
    }
    assert gone | by_key.keys() >= only


async def test_what_another_space_does_not_have_stays(
    api: ApiClient, company: Company
) -> None:
    whole = await all_at_once(api)
    release = company.octopus["releases"][company.cases["example release"]]
    spaces = company.octopus["spaces"]
    other = next(id_ for id_ in spaces if id_ != release["SpaceId"])

    assert await after_release(api, {**release, "SpaceId": other}, CHOSEN) == []
    project = {"Id": release["ProjectId"], "SpaceId": other}
    assert await after_project(api, project, CHOSEN) == []
    assert await all_at_once(api) == whole


async def test_build_information_that_came_late_is_told_with_the_next_deployment(
    api: ApiClient, server: OctopusSandbox, company: Company
) -> None:
    await all_at_once(api)
    deployment = company.octopus["deployments"][company.example.deployment_id]
    release = company.octopus["releases"][deployment["ReleaseId"]]
    build = {"WorkItems": [{"Id": "SHOP-777", "Source": "Jira"}]}
    server.put("releases", release["Id"], {**release, "BuildInformation": [build]})

    told = await after_deployment(api, deployment, CHOSEN)

    by_key = {item["issueKey"]: item for item in told}
    assert by_key["SHOP-777"]["deliveryState"] == "in production"
    assert by_key[company.example.issue_key].get(GONE)


@pytest.mark.parametrize("is_read_before", [False, True])
async def test_a_success_that_is_taken_back_is_told(
    api: ApiClient,
    resyncing: ApiClient,
    server: OctopusSandbox,
    company: Company,
    is_read_before: bool,
) -> None:
    catalog, tasks = await all_at_once(api), company.octopus["tasks"]
    for deployment in company.octopus["deployments"].values():
        if (task := tasks.get(deployment["TaskId"])) is None:
            continue
        server.put("tasks", task["Id"], {**task, "State": "Failed"})
        if is_read_before:  # by another kind, for the same event
            await fetch_one(api, DEPLOYMENT_END, deployment, deployments_like(CHOSEN))
        write(catalog, await after_deployment(api, deployment, CHOSEN))

    assert catalog == await all_at_once(resyncing)
