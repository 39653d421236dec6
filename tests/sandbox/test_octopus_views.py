"""The Octopus stand-in's lists that are unlike the others."""

from typing import Any

import httpx

from sandbox.company import Company
from sandbox.octopus import OctopusSandbox

SPACE = "/api/Spaces-1"


async def read(client: httpx.AsyncClient, path: str, **params: Any) -> Any:
    response = await client.get(path, params=params or None)
    assert response.status_code == 200, response.text
    return response.json()


async def test_teams_of_all_spaces_come_with_those_of_none(
    octopus: httpx.AsyncClient,
) -> None:
    everything = await read(octopus, "/api/teams", spaces="all", includeSystem="true")
    spaces = {team["SpaceId"] for team in everything["Items"]}
    assert spaces == {None, "Spaces-1", "Spaces-2", "Spaces-3"}
    own = await read(octopus, "/api/teams", spaces="Spaces-2", includeSystem="false")
    assert {team["SpaceId"] for team in own["Items"]} == {"Spaces-2"}


async def test_freezes_have_an_envelope_of_their_own(
    octopus: httpx.AsyncClient,
) -> None:
    path = "/api/deploymentfreezes"
    assert (await octopus.get(path)).status_code == 400
    open_ones = await read(octopus, path, skip=0, take=10)
    everything = await read(octopus, path, skip=0, take=10, includeComplete="true")
    assert (open_ones["Count"], everything["Count"]) == (2, 3)
    assert len(everything["DeploymentFreezes"]) == 3


async def test_runbooks_in_git_are_only_on_a_branch(
    octopus: httpx.AsyncClient, company: Company
) -> None:
    cluster = next(
        p for p in company.octopus["projects"].values() if p["IsVersionControlled"]
    )
    path = f"{SPACE}/projects/{cluster['Id']}"
    page = await read(octopus, f"{path}/refs%2Fheads%2Fmain/runbooks")
    assert [runbook["Id"] for runbook in page["Items"]] == ["restart", "restore-backup"]
    own = await read(octopus, f"{path}/refs%2Fheads%2Fmain/runbooks/restart")
    assert own == page["Items"][0]
    in_database = (await read(octopus, f"{SPACE}/runbooks"))["Items"]
    assert cluster["Id"] not in {runbook["ProjectId"] for runbook in in_database}


async def test_dashboard_shows_the_latest_of_each_place(
    octopus: httpx.AsyncClient, octopus_sandbox: OctopusSandbox
) -> None:
    board = await read(octopus, f"{SPACE}/dashboard")
    places = [
        (item["ProjectId"], item["EnvironmentId"], item["TenantId"])
        for item in board["Items"]
    ]
    assert len(places) == len(set(places)) > 10
    assert any(item["TenantId"] for item in board["Items"])
    assert (board["ProjectLimit"], board["IsFiltered"]) == (None, False)
    octopus_sandbox.dashboard_limit = 3
    short = await read(octopus, f"{SPACE}/dashboard")
    assert (len(short["Projects"]), short["ProjectLimit"]) == (3, 3)
    assert short["IsFiltered"] is True
    own = await read(octopus, f"{SPACE}/dashboard", projectId="Projects-1")
    assert {item["ProjectId"] for item in own["Items"]} == {"Projects-1"}


async def test_progression_shows_as_many_releases_as_wanted(
    octopus: httpx.AsyncClient, company: Company
) -> None:
    path = f"{SPACE}/projects/Projects-1/progression"
    assert len((await read(octopus, path))["Releases"]) == 3
    long = await read(octopus, path, releaseHistoryCount=100)
    example = company.example
    own = next(
        entry
        for entry in long["Releases"]
        if entry["Release"]["Id"] == example.release_id
    )
    shown = [d["DeploymentId"] for rows in own["Deployments"].values() for d in rows]
    assert example.deployment_id in shown
