"""What runs where, by the dashboards of servers of all years."""

import pytest

from client import ApiClient
from core.trouble import Report, reporting
from core.types import Item
from links.issue_keys import JIRA_PROJECTS
from octopus.kinds import OctopusKind
from octopus.resources.places import Deployed, History
from octopus.resources.progression import last_successes
from sandbox.company import Company
from sandbox.octopus import OctopusSandbox
from tests.octopus.test_kinds import read

PROGRESSION = "GET /api/{id}/projects/{id}/progression"


def true_places(company: Company) -> dict[str, str | None]:
    """Return the release that runs in each place, worked out from the company."""
    octopus = company.octopus
    deployments = sorted(octopus["deployments"].values(), key=lambda d: d["Created"])
    found: dict[str, str | None] = {}
    for one in deployments:
        place = "/".join(
            (one["ProjectId"], one["EnvironmentId"], one["TenantId"] or "untenanted")
        )
        task = octopus["tasks"].get(one["TaskId"] or "", {})
        found.setdefault(place, None)
        if task.get("State") == "Success":
            found[place] = one["ReleaseId"]
    return found


async def places(api: ApiClient) -> dict[str, str | None]:
    found = await read(api, OctopusKind.CURRENT_RELEASE)
    return {e["__id"]: e["__running"] and e["__running"]["ReleaseId"] for e in found}


@pytest.mark.parametrize("version", ["2020.6.1", "2024.2.9220", "2026.3.5120"])
async def test_what_runs_is_the_last_success_whatever_the_dashboard_shows(
    api: ApiClient, server: OctopusSandbox, company: Company, version: str
) -> None:
    server.version = version
    latest = await read(api, OctopusKind.CURRENT_RELEASE)

    expected = true_places(company)
    known = {e["__id"]: expected[e["__id"]] for e in latest if e.get("State")}

    assert {k: v for k, v in (await places(api)).items() if k in known} == known
    # Some run something although their latest deployment failed or has not ended.
    others = [e for e in latest if e["State"] != "Success" and e["__running"]]
    assert others


async def test_only_projects_whose_dashboard_does_not_tell_are_asked(
    api: ApiClient, server: OctopusSandbox
) -> None:
    found = await read(api, OctopusKind.CURRENT_RELEASE)

    unclear = {e["ProjectId"] for e in found if e["State"] != "Success"}
    assert server.faults.by_pattern[PROGRESSION] == len(unclear) > 0


async def test_the_one_before_in_the_dashboards_own_rows_counts(
    api: ApiClient, server: OctopusSandbox
) -> None:
    board = await api.get("api/Spaces-1/dashboard", {"showAll": "true"})
    pattern = next(e for e in board["Items"] if e["State"] != "Success")
    before = {
        **next(e for e in board["Items"] if e["State"] == "Success"),
        **{name: pattern[name] for name in ("ProjectId", "EnvironmentId", "TenantId")},
        "IsCurrent": False,
        "IsPrevious": True,
        "ReleaseVersion": "0.9",
    }
    body = {**board, "Items": [pattern, before]}
    server.faults.add(path="Spaces-1/dashboard", status=200, body=body, times=None)

    (place,) = await read(api, OctopusKind.CURRENT_RELEASE, spaces=["Spaces-1"])

    assert place["__running"]["ReleaseVersion"] == "0.9"
    assert not server.faults.by_pattern[PROGRESSION]


@pytest.mark.parametrize(("status", "kept"), [(403, False), (500, True)])
async def test_a_progression_that_cant_be_read_costs_what_runs_and_no_entry(
    api: ApiClient, server: OctopusSandbox, status: int, kept: bool
) -> None:
    whole = await read(api, OctopusKind.CURRENT_RELEASE)
    api.forget()
    body = {"ErrorMessage": "no"}
    server.faults.add(path="progression", status=status, body=body, times=None)

    with reporting(Report("x")) as report:
        found = await read(api, OctopusKind.CURRENT_RELEASE)

    unclear = [e for e in found if e["State"] != "Success"]
    assert len(found) == len(whole)
    assert not report.hidden
    assert {e["__running"] is None for e in unclear} == {True}
    assert all(("__running" in e.get("__incomplete", [])) is kept for e in unclear)


def test_of_several_successes_the_newest_counts() -> None:
    def at(created: str | None, state: str = "Success") -> Item:
        where = {"ProjectId": "P", "EnvironmentId": "E", "TenantId": None}
        return {**where, "Created": created, "State": state}

    rows = [
        at("2026-01-02T00:00:00Z"),
        at("2026-01-03T00:00:00Z", "Failed"),
        at("2026-01-01T00:00:00Z"),
        at(None),
    ]

    assert last_successes(rows) == {"P/E/untenanted": rows[0]}


async def test_a_project_is_asked_once_for_all_of_its_places(
    api: ApiClient, server: OctopusSandbox
) -> None:
    """Its progression tells what runs, and what is still to come."""
    api.facts[JIRA_PROJECTS] = "SHOP=1"
    board = await api.get("api/Spaces-1/dashboard", {"showAll": "true"})
    project = board["Items"][0]["ProjectId"]
    rows = [row for row in board["Items"] if row["ProjectId"] == project]
    body = {**board, "Items": [{**row, "State": "Failed"} for row in rows]}
    server.faults.add(path="Spaces-1/dashboard", status=200, body=body, times=None)

    found = await read(api, OctopusKind.CURRENT_RELEASE, spaces=["Spaces-1"])

    assert len(found) == len(rows) > 1
    assert server.faults.by_pattern[PROGRESSION] == 1


def test_what_is_known_already_is_no_news() -> None:
    history, one = History(), Deployed(1, 10, 5.0, 6.0)

    news = [history.put(d) for d in (one, one, one._replace(completed=7.0), one)]

    assert news == [True, False, True, True]
    assert [*history] == [one]
