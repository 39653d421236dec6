"""What Platform Hub keeps, what Octopus sees of what runs, and the rate limit."""

import pytest

from client import ApiClient
from core.errors import NotAvailable
from core.fetch import fetch_one
from core.lookup import Absent
from octopus.kinds import OctopusKind
from octopus.probe import probe_octopus
from octopus.resources import POLICY, RESOURCES
from sandbox.company import Company
from sandbox.octopus import OctopusSandbox
from tests.octopus.test_kinds import read, selector

HUB = {
    OctopusKind.POLICY: "policies",
    OctopusKind.PROCESS_TEMPLATE: "processtemplates",
}
NOT_FOUND = {"ErrorMessage": "not found"}


async def test_both_kinds_take_three_requests_for_a_server(
    api: ApiClient, server: OctopusSandbox, company: Company
) -> None:
    for kind, collection in HUB.items():
        found = await read(api, kind)
        assert {item["Slug"] for item in found} == {*company.octopus[collection]}
        assert found

    assert server.faults.total == 3


@pytest.mark.parametrize("kind", HUB)
async def test_one_is_read_by_its_slug(
    api: ApiClient, server: OctopusSandbox, kind: OctopusKind
) -> None:
    first, *_ = await read(api, kind)
    ref = {"Slug": first["Slug"]}

    assert await fetch_one(api, RESOURCES[kind], ref, selector(kind)) == first
    server.delete(HUB[kind], first["Slug"])
    assert await fetch_one(api, RESOURCES[kind], ref, selector(kind)) is Absent.GONE


@pytest.mark.parametrize(
    ("status", "body"),
    [(404, NOT_FOUND), (200, {"Url": None, "DefaultBranch": "main"}), (200, {})],
)
async def test_a_server_without_platform_hub_is_no_error(
    api: ApiClient, server: OctopusSandbox, status: int, body: object
) -> None:
    server.faults.add(path="versioncontrol", status=status, body=body, times=None)

    with pytest.raises(NotAvailable):
        await read(api, OctopusKind.POLICY)


async def test_a_branch_is_part_of_the_path(
    api: ApiClient, server: OctopusSandbox
) -> None:
    body = {"Url": "https://x", "DefaultBranch": "release/1"}
    server.faults.add(path="versioncontrol", status=200, body=body, times=None)
    none = {"Policies": [], "FilteredItemsCount": 0}
    server.faults.add(
        path="refs.*release.*1/policies", status=200, body=none, times=None
    )

    assert await read(api, POLICY.kind) == []


async def test_live_status_is_asked_for_only_if_it_is_wanted(
    api: ApiClient, server: OctopusSandbox
) -> None:
    plain = await read(api, OctopusKind.CURRENT_RELEASE)
    assert {place["__liveStatus"] for place in plain} == {None}
    before = server.faults.total

    places = await read(api, OctopusKind.CURRENT_RELEASE, includeLiveStatus=True)

    unwatched = [p for p in places if p["EnvironmentId"] == "Environments-1"]
    watched = [p for p in places if p not in unwatched]
    assert unwatched and watched
    assert {place["__liveStatus"] for place in unwatched} == {None}
    assert {p["__liveStatus"]["HealthStatus"] for p in watched} == {"Healthy"}
    asked = [r.path for r in server.faults.requests if r.path.endswith("livestatus")]
    assert len(asked) == len(places)
    assert server.faults.total - before < 2 * len(places)
    tenants = {p["TenantId"] for p in places if p["TenantId"]}
    assert all(any(f"/tenants/{t}/" in path for path in asked) for t in tenants)


@pytest.mark.parametrize(("status", "kept"), [(403, False), (500, True)])
async def test_a_live_status_that_cant_be_read_costs_itself(
    api: ApiClient, server: OctopusSandbox, status: int, kept: bool
) -> None:
    body = {"ErrorMessage": "no"}
    server.faults.add(path="livestatus", status=status, body=body, times=None)

    places = await read(api, OctopusKind.CURRENT_RELEASE, includeLiveStatus=True)

    assert {place["__liveStatus"] for place in places} == {None}
    assert {"__liveStatus" in p.get("__incomplete", []) for p in places} == {kept}


async def test_the_probe_names_the_rate_limit(api: ApiClient) -> None:
    lines = (await probe_octopus([(api, "secret")])).lines
    limit = "Rate limit: 200 a minute, 60 at once (Authenticated requests)."
    assert limit in lines


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (200, {"Items": [], "TotalResults": 0}, "Rate limit: none."),
        (403, {"ErrorMessage": "no"}, "Rate limit: unknown"),
        (404, {"ErrorMessage": "older"}, "Rate limit: unknown"),
        (
            200,
            {"Items": [{"IsEnabled": True, "AuditMode": True}], "TotalResults": 1},
            "Rate limit: none.",
        ),
    ],
)
async def test_a_rate_limit_that_is_not_told_is_unknown_or_none(
    api: ApiClient, server: OctopusSandbox, status: int, body: object, told: str
) -> None:
    server.faults.add(path="ratelimitingpolicies", status=status, body=body, times=None)

    lines = (await probe_octopus([(api, "secret")])).lines

    assert [line for line in lines if line.startswith(told)]
