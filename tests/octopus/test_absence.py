"""Nothing of Octopus is taken for absent unless Octopus has said so."""

from typing import Any

import pytest
from port_ocean.context.event import EventType, event_context

from client import ApiClient
from core.errors import ApiError, Forbidden, MalformedReply, Unavailable
from core.fetch import fetch_one
from core.lookup import Absent
from core.types import Item
from octopus.connection import sign_in
from octopus.kinds import OctopusKind
from octopus.resources import CURRENT_RELEASE, RESOURCES
from octopus.resources.by_ids import get_many
from sandbox.company import Company
from sandbox.octopus import OctopusSandbox
from tests.companies import with_long_lists
from tests.octopus.test_kinds import IN_SPACES, read, selector
from tests.octopus.test_trouble import GONE, REFUSED, attended

NOT_OCTOPUS = [
    {"status": 404, "body": "<html>default backend - 404</html>"},
    {"status": 404, "body": {"message": "no Route matched with those values"}},
    {"status": 404, "body": {"ErrorMessage": None}},
    {"status": 410, "body": "<html>moved</html>"},
    {"status": 200, "body": "null"},
]


@pytest.mark.parametrize("reply", NOT_OCTOPUS)
async def test_nobody_but_octopus_says_what_is_gone(
    api: ApiClient, server: OctopusSandbox, company: Company, reply: Item
) -> None:
    firsts = {kind: (await read(api, kind))[0] for kind in OctopusKind}
    server.faults.add(path="", times=None, **reply)
    for kind, first in firsts.items():
        with pytest.raises(ApiError):
            await fetch_one(api, RESOURCES[kind], first, selector(kind))


@pytest.mark.parametrize(
    "page",
    [
        {"Items": [], "TotalResults": 5000},
        {"Items": [], "TotalResults": 0, "NumberOfPages": 9, "ItemsPerPage": 50},
        {"Items": [], "TotalResults": 0, "LastPageNumber": 7, "ItemsPerPage": 50},
        {"Items": [], "Links": {"Page.Next": "/api/Spaces-1/releases?skip=100"}},
        {"Items": [], "Links": {"Page.Next": 5}},
        {"Items": None, "TotalResults": 0},
        {},
    ],
)
@with_long_lists
async def test_a_page_that_contradicts_itself_ends_no_list(
    api: ApiClient, server: OctopusSandbox, page: Item
) -> None:
    count = len(await read(api, OctopusKind.RELEASE))
    path = r"Spaces-1/releases\?skip=50"
    rule = server.faults.add(path=path, status=200, body=page, times=1)
    assert len(await read(api, OctopusKind.RELEASE)) == count  # asked again
    rule.times = None
    server.faults.add(rule)
    _, report = await attended(api, OctopusKind.RELEASE)
    assert [(t.parent or {})["Id"] for t in report.hidden] == ["Spaces-1"]


EMPTY = {"Items": [], "TotalResults": 0, "ItemsPerPage": 100, "NumberOfPages": 1}


@pytest.mark.parametrize("kind", [OctopusKind.SPACE, *IN_SPACES])
async def test_an_empty_list_of_spaces_hides_nothing(
    api: ApiClient, server: OctopusSandbox, kind: str
) -> None:
    first, *_ = await read(api, kind)
    api.forget()
    server.faults.add(path=r"/api/spaces\?", times=None, status=200, body=EMPTY)
    with pytest.raises(Forbidden):
        await read(api, kind)
    if kind != OctopusKind.SPACE:
        with pytest.raises(Forbidden):
            await fetch_one(api, RESOURCES[kind], first, selector(kind))


async def test_a_space_that_the_list_leaves_out_hides_nothing_of_its_own(
    api: ApiClient, server: OctopusSandbox
) -> None:
    first, *_ = await read(api, OctopusKind.MACHINE)
    own = first["SpaceId"]
    others = [s for s in await read(api, OctopusKind.SPACE) if s["Id"] != own]
    api.forget()
    page = {**EMPTY, "Items": others, "TotalResults": len(others)}
    server.faults.add(path=r"/api/spaces\?", times=None, status=200, body=page)
    with pytest.raises(MalformedReply, match=f"leaves out {own}"):
        resource, chosen = RESOURCES[OctopusKind.MACHINE], selector("octopus-machine")
        await fetch_one(api, resource, first, chosen)


@pytest.mark.parametrize("look_back", [0, 3650])
async def test_what_is_behind_a_broken_page_comes(
    api: ApiClient, server: OctopusSandbox, look_back: int
) -> None:
    calm = await read(api, OctopusKind.RELEASE)
    # Every window that holds the second release of the space, down to itself.
    holding = r"skip=0&take=(55|27|13|6|3)$|skip=1&take=[12]$"
    path = rf"Spaces-1/releases\?({holding})"
    server.faults.add(path=path, status=500, body="{}", times=None)
    found, report = await attended(api, OctopusKind.RELEASE, lookbackDays=look_back)
    of_first = [r["Id"] for r in calm if r["SpaceId"] == "Spaces-1"]
    missing = {r["Id"] for r in calm} - {r["Id"] for r in found}
    assert missing == {of_first[1]}
    assert [(t.parent or {})["Id"] for t in report.hidden] == ["Spaces-1"]


async def test_old_releases_end_no_list_without_reporting_what_was_lost_before(
    api: ApiClient, server: OctopusSandbox, company: Company
) -> None:
    pattern = company.octopus["releases"]["Releases-1"]
    old = "2020-01-01T00:00:00.000+00:00"
    for number in range(200):
        id_ = f"Releases-{100_000 + number}"
        server.put("releases", id_, {**pattern, "Id": id_, "Assembled": old})
    server.faults.add(path=r"Spaces-1/releases\?skip=0&", status=500, times=None)
    _, report = await attended(api, OctopusKind.RELEASE, lookbackDays=90)
    assert [(t.parent or {})["Id"] for t in report.hidden] == ["Spaces-1"]


async def test_a_server_without_ids_is_asked_singly_and_only_once_by_ids(
    api: ApiClient, server: OctopusSandbox, company: Company
) -> None:
    releases = company.octopus["releases"].values()
    ids = sorted(r["Id"] for r in releases if r["SpaceId"] == "Spaces-1")[:30]
    server.faults.add(path=r"releases\?ids", ignore="ids", times=None)
    for _ in range(2):
        found = await get_many(api, "api/Spaces-1/releases", [*ids, "Releases-999999"])
        assert found.found.keys() == set(ids)
        assert found.gone == {"Releases-999999"}
    assert server.faults.by_pattern["GET /api/{id}/releases"] == 1


async def test_a_release_in_use_comes_from_a_server_without_ids(
    api: ApiClient, server: OctopusSandbox, company: Company
) -> None:
    current, *_ = await read(api, OctopusKind.CURRENT_RELEASE)
    release = company.octopus["releases"][current["ReleaseId"]]
    old = {**release, "Assembled": "2020-01-01T00:00:00.000+00:00"}
    server.put("releases", release["Id"], old)
    server.faults.add(path=r"releases\?ids", ignore="ids", times=None)
    found = await read(api, OctopusKind.RELEASE, lookbackDays=3000)
    assert [r["Id"] for r in found].count(release["Id"]) == 1


async def test_what_the_list_has_brought_is_not_asked_for_again(
    api: ApiClient, server: OctopusSandbox
) -> None:
    await read(api, OctopusKind.RELEASE, lookbackDays=3650)
    assert not [r for r in server.faults.requests if "ids=" in r.query]


async def a_place(api: ApiClient) -> Item:
    entries = await read(api, OctopusKind.CURRENT_RELEASE)
    return next(entry for entry in entries if not entry["TenantId"])


def without(dashboard: Item, place: str) -> Item:
    items = dashboard["Items"]
    left = [i for i in items if f"{i['ProjectId']}/{i['EnvironmentId']}" not in place]
    return {**dashboard, "Items": left}


@pytest.mark.parametrize(
    ("change", "is_gone"),
    [
        ({}, True),
        ({"IsFiltered": True}, False),
        ({"ProjectLimit": 1}, False),
        ({"Items": [{"ProjectId": "Projects-1"}]}, False),
        ({"Items": [{"ProjectId": "text", "EnvironmentId": "Environments-1"}]}, False),
        ({"Environments": []}, False),
        ({"Items": [], "Projects": []}, False),
        ({"Items": [], "Environments": []}, False),
        ({"PreviousItems": [{"ProjectId": "Projects-1"}]}, False),
        ({"Items": [None]}, False),
        ({"Items": None}, False),
    ],
)
async def test_a_place_is_empty_only_if_a_whole_dashboard_says_so(
    api: ApiClient, server: OctopusSandbox, change: Item, is_gone: bool
) -> None:
    place = await a_place(api)
    dashboard = await api.get(
        f"api/{place['SpaceId']}/dashboard", {"projectId": place["ProjectId"]}
    )
    body = {**without(dashboard, place["__id"]), **change}
    server.faults.add(path="dashboard", status=200, body=body, times=None)
    chosen = selector(OctopusKind.CURRENT_RELEASE)
    if is_gone:
        found = await fetch_one(api, CURRENT_RELEASE, place, chosen)
        assert found is Absent.GONE
    else:
        with pytest.raises((MalformedReply, Unavailable)):
            await fetch_one(api, CURRENT_RELEASE, place, chosen)


async def test_a_place_with_none_but_a_previous_deployment_is_not_empty(
    api: ApiClient, server: OctopusSandbox
) -> None:
    place = await a_place(api)
    body = await api.get(
        f"api/{place['SpaceId']}/dashboard", {"projectId": place["ProjectId"]}
    )
    body["Items"] = [{**row, "IsCurrent": False} for row in body["Items"]]
    server.faults.add(path="dashboard", status=200, body=body, times=None)
    with pytest.raises(Unavailable):
        await fetch_one(
            api, CURRENT_RELEASE, place, selector(OctopusKind.CURRENT_RELEASE)
        )
    found, report = await attended(api, OctopusKind.CURRENT_RELEASE)
    assert not [e for e in found if e["__id"] == place["__id"]] and report.hidden


@pytest.mark.parametrize("path", ["projects", "environments"])
async def test_a_place_that_is_hidden_is_not_empty(
    api: ApiClient, server: OctopusSandbox, path: str
) -> None:
    place = await a_place(api)
    dashboard = await api.get(
        f"api/{place['SpaceId']}/dashboard", {"projectId": place["ProjectId"]}
    )
    body = without(dashboard, place["__id"])
    server.faults.add(path="dashboard", status=200, body=body, times=None)
    server.faults.add(path=rf"{path}/\w+-\d+$", status=403, body=REFUSED, times=None)
    with pytest.raises(ApiError):
        chosen = selector(OctopusKind.CURRENT_RELEASE)
        await fetch_one(api, CURRENT_RELEASE, place, chosen)


async def test_a_place_in_what_is_gone_is_gone(
    api: ApiClient, server: OctopusSandbox
) -> None:
    place = await a_place(api)
    server.faults.add(path="dashboard", status=404, body=GONE, times=None)
    path = rf"projects/{place['ProjectId']}$"
    server.faults.add(path=path, status=404, body=GONE, times=None)
    chosen = selector(OctopusKind.CURRENT_RELEASE)
    assert await fetch_one(api, CURRENT_RELEASE, place, chosen) is Absent.GONE


async def test_one_projects_dashboard_costs_that_project(
    api: ApiClient, server: OctopusSandbox
) -> None:
    calm = await read(api, OctopusKind.CURRENT_RELEASE)
    server.dashboard_limit = 1
    server.faults.add(path="projectId=Projects-1$", status=500, body="{}", times=None)
    found, report = await attended(api, OctopusKind.CURRENT_RELEASE)
    left = {e["__id"] for e in calm if e["ProjectId"] != "Projects-1"}
    assert {entry["__id"] for entry in found} == left
    (hidden,) = report.hidden
    assert ((hidden.parent or {})["Id"], hidden.field) == ("Projects-1", "ProjectId")


ODD_ENTRIES: list[Any] = [None, "text", {"ProjectId": "Projects-1"}, {"TenantId": 5}]


async def test_odd_entries_of_a_dashboard_cost_themselves(
    api: ApiClient, server: OctopusSandbox
) -> None:
    calm = await read(api, OctopusKind.CURRENT_RELEASE)
    dashboard = await api.get("api/Spaces-1/dashboard", {"showAll": "true"})
    body = {**dashboard, "Items": [*ODD_ENTRIES, *dashboard["Items"]]}
    body["PreviousItems"] = [*ODD_ENTRIES, *dashboard.get("PreviousItems", [])]
    server.faults.add(path="Spaces-1/dashboard", status=200, body=body, times=None)
    found, report = await attended(api, OctopusKind.CURRENT_RELEASE)
    by_id = {entry["__id"]: entry for entry in found}
    assert by_id == {entry["__id"]: entry for entry in calm}
    assert len(report.hidden) == len(ODD_ENTRIES)


@pytest.mark.parametrize("path", ["/api/users/me", "/api$"])
async def test_an_empty_answer_to_the_sign_in_is_no_crash(
    api: ApiClient, server: OctopusSandbox, path: str
) -> None:
    server.faults.add(path=path, status=200, body="null", times=None)
    if path == "/api$":  # which tells the version, and nothing that is needed
        await sign_in(api)
        assert "version" not in api.facts
    else:
        with pytest.raises(MalformedReply):
            await sign_in(api)


async def test_spaces_that_can_not_be_read_are_asked_for_once(
    api: ApiClient, server: OctopusSandbox
) -> None:
    server.faults.add(path="/api/spaces", status=503, body="{}", times=None)
    async with event_context(EventType.RESYNC):
        with pytest.raises(ApiError):
            await read(api, OctopusKind.SPACE)
        asked = server.faults.total
        for kind in IN_SPACES:
            with pytest.raises(ApiError):
                await read(api, kind)
    assert server.faults.total == asked


async def test_teams_of_the_spaces_come_to_who_may_not_see_the_servers(
    api: ApiClient, server: OctopusSandbox
) -> None:
    calm = await read(api, OctopusKind.TEAM)
    path = "includeSystem=true"
    server.faults.add(path=path, status=403, body=REFUSED, times=None)
    found, report = await attended(api, OctopusKind.TEAM)
    of_spaces = {team["Id"] for team in calm if team.get("SpaceId")}
    assert {team["Id"] for team in found} == of_spaces
    assert [t.parent for t in report.hidden] == [None]


async def test_a_wholly_forbidden_kind_of_a_space_hides_only_that(
    api: ApiClient, server: OctopusSandbox
) -> None:
    calm = await read(api, OctopusKind.ACCOUNT)
    path = f"{calm[0]['SpaceId']}/accounts"
    server.faults.add(path=path, status=403, body=REFUSED, times=None)
    found, report = await attended(api, OctopusKind.ACCOUNT)
    assert found == [a for a in calm if a["SpaceId"] != calm[0]["SpaceId"]]
    (hidden,) = report.hidden
    assert hidden.is_permanent


@pytest.mark.parametrize("kind", [OctopusKind.SPACE, OctopusKind.WORKER])
async def test_a_list_without_any_space_proves_nothing(
    api: ApiClient, server: OctopusSandbox, kind: OctopusKind
) -> None:
    nothing = {"Items": [], "TotalResults": 0}
    server.faults.add(path=r"/api/spaces\?", times=None, status=200, body=nothing)
    with pytest.raises(Forbidden, match="shows this credential no space"):
        await read(api, kind)
