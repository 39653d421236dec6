"""What goes out if somebody promotes now: issues of releases that a place lacks."""

from typing import Any

import pytest

from client import ApiClient
from core.fetch import fetch_one
from core.types import Item
from links.issue_keys import JIRA_PROJECTS, NOT_YET, issue_keys, key_finder, project_ids
from octopus.kinds import OctopusKind
from octopus.resources import CURRENT_RELEASE
from octopus.resources.current_releases import read_places
from octopus.resources.progression import note_release
from sandbox.company import Company
from sandbox.octopus import OctopusSandbox
from tests.octopus.test_kinds import read, selector

KEYS = "SHOP=1 PAY=2 MOB=3 OPS=4 DATA=5"
PROGRESSION = "GET /api/{id}/projects/{id}/progression"


@pytest.fixture(autouse=True)
def _known(api: ApiClient) -> None:
    api.facts[JIRA_PROJECTS] = KEYS


def true_pending(company: Company, place: Item) -> list[str]:
    """Return the issues of later releases of the channel, from the company alone."""
    known, releases = project_ids(KEYS), company.octopus["releases"]
    running = place["__running"]
    own = releases[(running or place)["ReleaseId"]]
    later = [
        release
        for release in releases.values()
        if release["ChannelId"] == own["ChannelId"]
        and release["Assembled"] > own["Assembled"]
    ]
    lacking = later if running else [*later, own]
    return issue_keys(lacking, key_finder(None, known), known)[0]


async def pending(api: ApiClient) -> dict[str, Any]:
    found = await read(api, OctopusKind.CURRENT_RELEASE)
    return {place["__id"]: place["__pendingIssueKeys"] for place in found}


@pytest.mark.parametrize("after_releases", [True, False])
async def test_each_place_lacks_the_issues_of_later_releases_of_its_channel(
    api: ApiClient, company: Company, after_releases: bool
) -> None:
    if after_releases:
        await read(api, OctopusKind.RELEASE)

    places = await read(api, OctopusKind.CURRENT_RELEASE)

    found = {place["__id"]: place["__pendingIssueKeys"] for place in places}
    assert found == {place["__id"]: true_pending(company, place) for place in places}
    assert any(found.values())
    assert not all(found.values())


async def test_releases_that_were_read_need_no_further_request(
    api: ApiClient, server: OctopusSandbox
) -> None:
    await read(api, OctopusKind.RELEASE)
    server.faults.forget_requests()

    places = await read(api, OctopusKind.CURRENT_RELEASE)

    # They tell nothing of what runs where the latest deployment did not succeed.
    unclear = {p["ProjectId"] for p in places if p["State"] != "Success"}
    assert server.faults.by_pattern[PROGRESSION] == len(unclear)


@pytest.mark.parametrize(
    "wanted", [{"projects": ["Projects-1"]}, {"lookbackDays": 1}], ids=str
)
async def test_releases_that_were_read_in_part_are_no_proof(
    api: ApiClient, wanted: Item
) -> None:
    whole = await pending(api)
    api.forget()
    await read(api, OctopusKind.RELEASE, **wanted)

    assert await pending(api) == whole


async def test_a_new_release_is_what_every_place_of_its_channel_lacks(
    api: ApiClient, server: OctopusSandbox, company: Company
) -> None:
    place = next(
        p for p in await read(api, OctopusKind.CURRENT_RELEASE) if p["__running"]
    )
    release = company.octopus["releases"][place["__running"]["ReleaseId"]]
    newest = max(r["Assembled"] for r in company.octopus["releases"].values())
    fresh = {
        **release,
        "Id": "Releases-99999",
        "Assembled": newest.replace("+00:00", "1+00:00"),
        "BuildInformation": [{"WorkItems": [{"Id": "SHOP-777", "Source": "Jira"}]}],
    }
    server.put("releases", fresh["Id"], fresh)
    note_release(api, place["ProjectId"])

    refreshed = await read_places(api, place, selector(CURRENT_RELEASE.kind))

    found = {p["__id"]: p for p in refreshed}[place["__id"]]
    assert "SHOP-777" in found["__pendingIssueKeys"]
    live = await fetch_one(api, CURRENT_RELEASE, place, selector(CURRENT_RELEASE.kind))
    assert live == found


async def test_a_rollback_lacks_what_it_took_back(
    api: ApiClient, server: OctopusSandbox, company: Company
) -> None:
    releases = company.octopus["releases"]
    places = await read(api, OctopusKind.CURRENT_RELEASE)
    place, own, older = next(
        (place, own, older)
        for place in places
        if place["State"] == "Success" and (own := releases[place["ReleaseId"]])
        for older in releases.values()
        if older["ChannelId"] == own["ChannelId"]
        and older["Assembled"] < own["Assembled"]
    )
    build = {"WorkItems": [{"Id": "SHOP-777", "Source": "Jira"}]}
    server.put("releases", own["Id"], {**own, "BuildInformation": [build]})
    assert "SHOP-777" not in (await pending(api))[place["__id"]]
    deployment = company.octopus["deployments"][place["DeploymentId"]]
    back = {**deployment, "ReleaseId": older["Id"]}
    server.put("deployments", back["Id"], back)
    api.forget()

    assert "SHOP-777" in (await pending(api))[place["__id"]]


@pytest.mark.parametrize(("known", "marked"), [(None, False), (NOT_YET, True)])
async def test_nothing_is_claimed_where_issues_cant_be_found(
    api: ApiClient, known: str | None, marked: bool
) -> None:
    api.facts.pop(JIRA_PROJECTS)
    if known:
        api.facts[JIRA_PROJECTS] = known

    places = await read(api, OctopusKind.CURRENT_RELEASE)

    assert {place["__pendingIssueKeys"] for place in places} == {None}
    names = {"__pendingIssueKeys" in place.get("__incomplete", []) for place in places}
    assert names == {marked}


@pytest.mark.parametrize(("status", "kept"), [(403, False), (500, True)])
async def test_a_progression_that_cant_be_read_costs_no_place(
    api: ApiClient, server: OctopusSandbox, status: int, kept: bool
) -> None:
    body = {"ErrorMessage": "no"}
    server.faults.add(path="progression", status=status, body=body, times=None)

    places = await read(api, OctopusKind.CURRENT_RELEASE)

    assert {place["__pendingIssueKeys"] for place in places} == {None}
    names = {"__pendingIssueKeys" in place.get("__incomplete", []) for place in places}
    assert names == {kept}


async def test_a_change_is_dated_by_the_clock_of_the_server(
    api: ApiClient, server: OctopusSandbox
) -> None:
    """It may be ahead of ours; what was read before the change is old all the same."""
    api.clock.note("Thu, 01 Jan 2099 00:00:00 GMT")
    place, *_ = await read(api, OctopusKind.CURRENT_RELEASE)
    chosen = selector(CURRENT_RELEASE.kind)
    counts = []
    for is_changed in (False, True, False):
        if is_changed:
            note_release(api, place["ProjectId"])
        server.faults.forget_requests()
        await read_places(api, place, chosen)
        counts.append(server.faults.by_pattern[PROGRESSION])

    assert counts == [0, 1, 0]
