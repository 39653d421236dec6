"""The issues that a deployment brought to its environment, and its bounded memory."""

import gc
import json
import sys
from datetime import UTC, datetime, timedelta

import httpx

from client import ApiClient
from core.fetch import fetch_all, fetch_one
from core.types import Item
from links.issue_keys import JIRA_PROJECTS, issue_keys, key_finder, project_ids
from octopus.kinds import OctopusKind
from octopus.resources import DEPLOYMENT
from sandbox.company import Company
from sandbox.octopus import OctopusSandbox
from tests.api import build_api
from tests.companies import with_long_lists
from tests.octopus.test_kinds import read, selector

KEYS = "SHOP PAY MOB OPS DATA"


async def brought(api: ApiClient, company: Company, deployment_id: str) -> list[str]:
    """Return the issues of a deployment, read on its own."""
    api.facts[JIRA_PROJECTS] = KEYS
    ref = company.octopus["deployments"][deployment_id]
    found = await fetch_one(api, DEPLOYMENT, ref, selector(OctopusKind.DEPLOYMENT))
    assert isinstance(found, dict)
    keys: list[str] = found["__jiraIssueKeys"]
    return keys


def of_release(company: Company, release_id: str) -> list[str]:
    release = company.octopus["releases"][release_id]
    return issue_keys([release], key_finder(None, project_ids(KEYS)))[0]


def forget_changes(server: OctopusSandbox, company: Company) -> None:
    for deployment in list(company.octopus["deployments"].values()):
        without = {k: v for k, v in deployment.items() if k != "Changes"}
        server.put("deployments", deployment["Id"], without)


async def test_octopus_own_changes_are_believed(
    api: ApiClient, server: OctopusSandbox, company: Company
) -> None:
    found = await brought(api, company, company.example.deployment_id)
    assert company.example.issue_key in found
    # Jira doesn't show its project, so its entity would stay empty.
    assert company.cases["hidden issue"] not in found
    assert not server.faults.by_pattern["GET /api/{id}/projects/{id}/progression"]


async def test_a_rollback_brings_nothing(
    api: ApiClient, server: OctopusSandbox, company: Company
) -> None:
    forget_changes(server, company)
    assert await brought(api, company, company.cases["rollback"]) == []


async def test_a_hotfix_brings_its_own_issues_only(
    api: ApiClient, server: OctopusSandbox, company: Company
) -> None:
    forget_changes(server, company)
    hotfix = company.cases["hotfix"]
    own = of_release(company, company.octopus["deployments"][hotfix]["ReleaseId"])
    assert own
    assert await brought(api, company, hotfix) == own


async def test_a_tenants_deployment_counts_from_what_that_tenant_had(
    api: ApiClient, server: OctopusSandbox, company: Company
) -> None:
    forget_changes(server, company)
    first = min(
        (d for d in company.octopus["deployments"].values() if d["TenantId"]),
        key=lambda d: str(d["Created"]),
    )
    assert await brought(api, company, first["Id"]) == of_release(
        company, first["ReleaseId"]
    )


@with_long_lists
async def test_a_release_that_was_skipped_comes_with_the_next(
    api: ApiClient, server: OctopusSandbox, company: Company
) -> None:
    forget_changes(server, company)
    releases = company.octopus["releases"]
    skipped = releases[company.cases["never deployed"]]
    later = [
        r
        for r in releases.values()
        if r["ChannelId"] == skipped["ChannelId"]
        and r["Assembled"] > skipped["Assembled"]
    ]
    following = min(later, key=lambda r: str(r["Assembled"]))
    deployment = min(
        (
            d
            for d in company.octopus["deployments"].values()
            if d["ReleaseId"] == following["Id"] and not d["TenantId"]
        ),
        key=lambda d: str(d["Created"]),
    )
    expected = of_release(company, skipped["Id"]) + of_release(company, following["Id"])
    assert set(expected) <= set(await brought(api, company, deployment["Id"]))


async def test_a_deployment_counts_from_one_that_succeeded_a_moment_ago(
    api: ApiClient, server: OctopusSandbox, company: Company
) -> None:
    forget_changes(server, company)
    pattern = company.octopus["deployments"][company.cases["hotfix"]]
    assert await brought(api, company, pattern["Id"])
    used = {d["EnvironmentId"] for d in company.octopus["deployments"].values()}
    unused = min(set(company.octopus["environments"]) - used)
    for number in (1, 2):
        again = {**pattern, "Id": f"Deployments-90{number}", "EnvironmentId": unused}
        again["Created"] = datetime.now(UTC).isoformat()
        server.put("deployments", again["Id"], again)
    # The second comes where the very same release already is.
    assert await brought(api, company, "Deployments-902") == []


async def test_a_projects_history_is_asked_for_once(
    api: ApiClient, server: OctopusSandbox, company: Company
) -> None:
    forget_changes(server, company)
    api.facts[JIRA_PROJECTS] = KEYS
    found = await read(api, OctopusKind.DEPLOYMENT)
    asked = server.faults.by_pattern["GET /api/{id}/projects/{id}/progression"]
    projects = {deployment["ProjectId"] for deployment in found}
    assert len(projects) <= asked <= 2 * len(projects)


async def test_releases_that_a_history_has_no_more_are_not_asked_for_again(
    api: ApiClient, server: OctopusSandbox, company: Company
) -> None:
    forget_changes(server, company)
    api.facts[JIRA_PROJECTS] = KEYS
    none: Item = {"Releases": []}
    server.faults.add(path="progression", times=None, status=200, body=none)
    found = await read(api, OctopusKind.DEPLOYMENT)
    asked = server.faults.by_pattern["GET /api/{id}/projects/{id}/progression"]
    assert 0 < asked <= 2 * len({deployment["ProjectId"] for deployment in found})
    assert not any(deployment["__jiraIssueKeys"] for deployment in found)


async def test_without_jira_and_without_a_pattern_no_history_is_asked_for(
    api: ApiClient, server: OctopusSandbox, company: Company
) -> None:
    forget_changes(server, company)
    await read(api, OctopusKind.DEPLOYMENT)
    assert not server.faults.by_pattern["GET /api/{id}/projects/{id}/progression"]


async def test_deployments_know_the_name_of_their_environment(
    api: ApiClient, server: OctopusSandbox, company: Company
) -> None:
    names = {e["Id"]: e["Name"] for e in company.octopus["environments"].values()}
    for deployment in await read(api, OctopusKind.DEPLOYMENT):
        assert deployment["__environmentName"] == names[deployment["EnvironmentId"]]


async def test_deployments_come_even_where_environments_are_hidden(
    api: ApiClient, server: OctopusSandbox
) -> None:
    server.faults.add(path="environments", times=100, status=403, body="{}")
    found = await read(api, OctopusKind.DEPLOYMENT)
    assert found
    assert {deployment["__environmentName"] for deployment in found} == {None}


class LongHistory:
    """Serve any number of deployments without keeping one of them."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._now = datetime.now(UTC)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        skip = int(request.url.params.get("skip", 0))
        rows: list[Item]
        if request.url.path.endswith("/spaces"):
            rows, total = [{"Id": "Spaces-1"}], 1
        elif "ids" in request.url.params:
            ids = request.url.params["ids"].split(",")
            rows, total = [{"Id": id_, "State": "Success"} for id_ in ids], len(ids)
        elif request.url.path.endswith("/deployments"):
            stop = min(skip + int(request.url.params["take"]), self._count)
            rows = [self._deployment(number) for number in range(skip, stop)]
            total = self._count
        else:
            rows, total = [], 0
        body = json.dumps({"Items": rows, "TotalResults": total})
        return httpx.Response(200, content=body)

    def _deployment(self, number: int) -> Item:
        ids = {"ProjectId": "Projects-1", "EnvironmentId": "Environments-1"}
        own = {"Id": f"Deployments-{number}", "TaskId": f"ServerTasks-{number}"}
        created = (self._now - timedelta(seconds=number)).isoformat()
        more = {"SpaceId": "Spaces-1", "TenantId": None, "Created": created}
        own["ReleaseId"] = f"Releases-{number}"
        return {**own, **ids, **more}


async def test_8_000_deployments_leave_no_more_than_numbers_in_memory() -> None:
    # pytest-httpx keeps every request.
    api = build_api(network=httpx.MockTransport(LongHistory(8_000)))
    chosen = selector(OctopusKind.DEPLOYMENT)
    seen, measured = 0, []
    async for batch in fetch_all(api, DEPLOYMENT, chosen):
        before, seen = seen, seen + len(batch)
        if any(before < mark <= seen for mark in (3_000, 7_500)):
            gc.collect()
            measured.append(sys.getallocatedblocks())
    assert seen == 8_000
    early, late = measured
    # Each of the 4,500 in between has some twenty blocks of memory; two may stay.
    assert late - early < 2.5 * 4_500
