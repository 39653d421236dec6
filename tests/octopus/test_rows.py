"""Octopus' known pitfalls, each with the behaviour that is right."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from client import ApiClient, HeaderAuth
from core.errors import (
    Incomplete,
    NotAvailable,
    NotFound,
    Refused,
    Unauthorized,
    Unavailable,
)
from core.fetch import fetch_all, fetch_one
from core.lookup import Absent
from core.pipeline import BATCH_SIZE
from core.rate_limit import Gate
from core.trouble import Missing, Report, reporting
from core.types import Item
from links.issue_keys import JIRA_PROJECTS, issue_keys, key_finder
from octopus.connection import sign_in
from octopus.kinds import OctopusKind
from octopus.paging import BY_IDS, MOST_ROWS
from octopus.permissions import OF_SERVER
from octopus.resources import DEPLOYMENT, RELEASE
from octopus.resources.by_ids import CHARACTERS_OF_IDS, COMMA, get_many
from octopus.resources.executions import completed_timestamp, duration_seconds
from octopus.resources.history import is_recent
from sandbox.company import Company
from sandbox.octopus import OctopusSandbox
from tests.api import Clock
from tests.companies import with_long_lists
from tests.octopus.test_kinds import read, selector


async def test_row_3_a_virtual_directory_is_kept_and_not_doubled(
    company: Company, connect: Callable[..., ApiClient]
) -> None:
    server = OctopusSandbox(company, virtual_directory="/octopus")
    api = connect(directory="/octopus")
    api.http._transport._wrapped_transport._wrapped.app = server.app  # type: ignore[attr-defined]
    releases = await read(api, OctopusKind.RELEASE)
    assert len(releases) == len(company.octopus["releases"])
    assert releases[0]["__url"].startswith(f"{api.site_url}/app#/Spaces-")
    assert api.site_url.endswith("/octopus")


async def test_row_6_a_wrong_key_is_one_clear_error(
    connect: Callable[..., ApiClient], server: OctopusSandbox
) -> None:
    api = connect(HeaderAuth("X-Octopus-ApiKey", "API-WRONG"))
    with pytest.raises(Unauthorized, match="check octopusApiKey"):
        await sign_in(api)
    assert server.faults.total == 1


async def test_row_7_hidden_spaces_are_not_missed(
    api: ApiClient, server: OctopusSandbox
) -> None:
    server.hidden_spaces = {"Spaces-2"}
    found = await read(api, OctopusKind.PROJECT)
    assert {project["SpaceId"] for project in found} == {"Spaces-1", "Spaces-3"}


async def test_row_60_a_deleted_space_takes_along_what_is_in_it(
    api: ApiClient, server: OctopusSandbox
) -> None:
    in_space = [kind for kind in OctopusKind if kind not in OF_SERVER]
    kinds = (OctopusKind.SPACE, *in_space)
    before = {kind: await spaces_in(api, kind) for kind in kinds}
    server.delete("spaces", "Spaces-2")
    api.forget()
    for kind in kinds:
        assert await spaces_in(api, kind) == before[kind] - {"Spaces-2"}, kind
    assert "Spaces-2" in before[OctopusKind.DEPLOYMENT]
    server.faults.add(path="api/spaces", status=500, times=None, body="{}")
    api.forget()
    for kind in kinds:
        with pytest.raises((Unavailable, Incomplete)):
            await read(api, kind)


async def spaces_in(api: ApiClient, kind: str) -> set[str]:
    return {str(item.get("SpaceId", item["Id"])) for item in await read(api, kind)}


async def test_row_9_nothing_needs_the_default_space(
    api: ApiClient, server: OctopusSandbox
) -> None:
    for kind in OctopusKind:
        assert await read(api, kind)
    # The stand-in has lists of named spaces only.
    assert server.faults.total


async def test_row_11_all_environments_come_without_a_word_about_pages(
    api: ApiClient,
) -> None:
    found = await read(api, OctopusKind.ENVIRONMENT, spaces=["Spaces-1"])
    assert len(found) > 10


@with_long_lists
async def test_row_16_reading_stops_at_the_first_page_that_is_wholly_older(
    api: ApiClient, server: OctopusSandbox, company: Company
) -> None:
    pattern = company.octopus["releases"]["Releases-1"]
    for number in range(2000):
        id_ = f"Releases-{100_000 + number}"
        old = "2020-01-01T00:00:00.000+00:00"
        server.put("releases", id_, {**pattern, "Id": id_, "Assembled": old})
    server.faults.forget_requests()
    found = await read(api, OctopusKind.RELEASE, lookbackDays=90)
    since = datetime.now(UTC) - timedelta(days=90)
    # What runs is brought however old it is.
    runs = company.octopus["deployments"][company.cases["old"]]["ReleaseId"]
    listed = [release for release in found if release["Id"] != runs]
    dates = [datetime.fromisoformat(release["Assembled"]) for release in listed]
    assert listed
    assert min(dates) >= since
    assert server.faults.by_pattern["GET /api/{id}/releases"] <= 8


async def test_row_16_a_release_that_runs_somewhere_is_read_however_old(
    api: ApiClient, server: OctopusSandbox, company: Company
) -> None:
    current, *_ = await read(api, OctopusKind.CURRENT_RELEASE)
    release = company.octopus["releases"][current["ReleaseId"]]
    assembled = "2020-01-01T00:00:00.000+00:00"
    server.put("releases", release["Id"], {**release, "Assembled": assembled})
    for limit in (None, 1):  # one dashboard for all projects, one for each
        server.dashboard_limit = limit
        found = await read(api, OctopusKind.RELEASE, lookbackDays=30)
        ids = [item["Id"] for item in found]
        assert ids.count(release["Id"]) == 1


async def test_row_17_what_still_runs_is_read_however_old(
    api: ApiClient, server: OctopusSandbox, company: Company
) -> None:
    deployment = company.octopus["deployments"][company.cases["approval"]]
    created = "2020-01-01T00:00:00.000+00:00"
    server.put("deployments", deployment["Id"], {**deployment, "Created": created})
    found = await read(api, OctopusKind.DEPLOYMENT, lookbackDays=30)
    assert deployment["Id"] in {item["Id"] for item in found}
    assert len({item["Id"] for item in found}) == len(found)


@with_long_lists
async def test_row_18_tasks_are_joined_in_batches(
    api: ApiClient, server: OctopusSandbox
) -> None:
    deployments = await read(api, OctopusKind.DEPLOYMENT)
    pages = server.faults.by_pattern["GET /api/{id}/deployments"]
    tasks = server.faults.by_pattern["GET /api/{id}/tasks"]
    assert len(deployments) == 400
    assert tasks <= 2 * pages


async def test_row_19_a_request_that_is_too_long_is_halved(
    api: ApiClient, server: OctopusSandbox, company: Company
) -> None:
    ids = [
        t["Id"] for t in company.octopus["tasks"].values() if t["SpaceId"] == "Spaces-1"
    ]
    ids = ids[:64]
    server.faults.add(path="tasks", times=3, status=414, body="too long")
    found = await get_many(api, "api/Spaces-1/tasks", ids)
    assert found.found.keys() == set(ids)


async def test_rows_20_and_21_a_deployment_without_a_task_is_still_there(
    api: ApiClient, server: OctopusSandbox, company: Company
) -> None:
    found = {d["Id"]: d for d in await read(api, OctopusKind.DEPLOYMENT)}
    without = found[company.cases["deployment without task"]]
    purged = next(
        d for d in found.values() if d["TaskId"] == company.cases["purged task"]
    )
    for deployment in (without, purged):
        assert deployment["__task"] is None
        assert deployment["__durationSeconds"] is None
    assert not any("None" in seen.query for seen in server.faults.requests)


async def test_row_23_an_approval_is_known_by_the_flag(
    api: ApiClient, company: Company
) -> None:
    found = {d["Id"]: d for d in await read(api, OctopusKind.DEPLOYMENT)}
    waiting = found[company.cases["approval"]]
    assert waiting["__task"]["HasPendingInterruptions"] is True
    assert waiting["__task"]["State"] in ("Queued", "Executing")


@pytest.mark.parametrize(
    ("task", "seconds"),
    [
        (None, None),
        ({"StartTime": None, "CompletedTime": None, "Duration": "2 hours"}, None),
        (
            {
                "StartTime": "2026-01-01T10:00:00.000+00:00",
                "CompletedTime": "2026-01-01T12:00:00.500+00:00",
                "Duration": "2 hours",
            },
            7200.5,
        ),
        ({"StartTime": "soon", "CompletedTime": "2026-01-01T12:00:00Z"}, None),
        ({"StartTime": 5, "CompletedTime": ["2026-01-01T12:00:00Z"]}, None),
        (
            {
                "StartTime": "2026-01-01T12:00:00.000+00:00",
                "CompletedTime": "2026-01-01T10:00:00.000+00:00",
            },
            None,
        ),
        (
            {
                "StartTime": "0001-01-01T00:00:00.000+00:00",
                "CompletedTime": "2026-01-01T10:00:00.000+00:00",
            },
            None,
        ),
    ],
)
def test_row_27_durations_are_computed(
    task: Item | None, seconds: float | None
) -> None:
    assert duration_seconds(task) == seconds


@pytest.mark.parametrize(
    ("completed", "timestamp"),
    [
        ("2026-01-01T00:00:00.1234567+00:00", 1767225600.123456),
        ("2026-01-01T00:00:00", 1767225600.0),
        ("0001-01-01T00:00:00.000+00:00", None),
        ("soon", None),
        (None, None),
        (17, None),
    ],
)
def test_an_end_that_is_no_date_is_none(completed: Any, timestamp: Any) -> None:
    assert completed_timestamp({"CompletedTime": completed}) == timestamp


async def test_row_29_the_rate_limit_is_obeyed(
    connect: Callable[..., ApiClient],
    server: OctopusSandbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = Clock()
    monkeypatch.setattr("core.rate_limit.asyncio.sleep", clock.sleep)
    headers = {"Retry-After": "7"}
    server.faults.add(path="/spaces", status=429, headers=headers)
    assert await read(connect(gate=Gate(clock=clock)), OctopusKind.SPACE)
    assert clock.sleeps[0] == 7.0


@pytest.mark.parametrize(
    "kind", [OctopusKind.PROJECT, OctopusKind.MACHINE, OctopusKind.TENANT]
)
async def test_row_33_what_is_disabled_comes_unless_unwanted(
    api: ApiClient, server: OctopusSandbox, kind: OctopusKind
) -> None:
    first, *_ = everything = await read(api, kind)
    collection = f"{kind.removeprefix('octopus-')}s"
    raw = server.collections[collection][first["Id"]]
    server.put(collection, first["Id"], {**raw, "IsDisabled": True})
    assert len(await read(api, kind)) == len(everything)
    enabled = {item["Id"] for item in await read(api, kind, includeDisabled=False)}
    assert first["Id"] not in enabled


async def test_a_misspelt_name_is_refused_instead_of_selecting_nothing(
    api: ApiClient,
) -> None:
    for setting, kind in (
        ("spaces", OctopusKind.RELEASE),
        ("projects", OctopusKind.RELEASE),
        ("projectGroups", OctopusKind.PROJECT),
        ("environments", OctopusKind.MACHINE),
        ("tenants", OctopusKind.DEPLOYMENT),
        ("jiraProjectKeys", OctopusKind.PROJECT),
    ):
        told = []
        given: Any = {"nonsense": ["A"]} if "Keys" in setting else ["nonsense"]
        with reporting(Report(kind)) as report:
            try:
                assert await read(api, kind, **{setting: given}) == []
            except Refused as error:
                told.append(str(error))
        told += [trouble.reason for trouble in report.hidden]
        assert told
        assert all(f"selector.{setting} names nonsense" in line for line in told)


async def test_names_select_in_lists_and_in_live_events_alike(
    api: ApiClient, company: Company
) -> None:
    wanted = {"projects": ["web-shop"], "environments": ["Production"]}
    chosen = await read(api, OctopusKind.DEPLOYMENT, **wanted)
    projects = {deployment["ProjectId"] for deployment in chosen}
    assert [company.octopus["projects"][p]["Name"] for p in projects] == ["Web Shop"]
    ids = {deployment["Id"] for deployment in chosen}
    everything = await read(api, OctopusKind.DEPLOYMENT)
    other = next(d for d in everything if d["Id"] not in ids)
    choice = selector(OctopusKind.DEPLOYMENT, **wanted)
    found = await fetch_one(api, DEPLOYMENT, other, choice)
    assert found is Absent.NOT_SELECTED
    assert await fetch_one(api, DEPLOYMENT, chosen[0], choice) == chosen[0]


async def test_states_select_by_the_task(api: ApiClient) -> None:
    failed = await read(api, OctopusKind.DEPLOYMENT, states=["Failed"])
    assert failed
    assert {deployment["__task"]["State"] for deployment in failed} == {"Failed"}


async def test_a_truncated_dashboard_is_read_project_by_project(
    api: ApiClient, server: OctopusSandbox
) -> None:
    whole = await read(api, OctopusKind.CURRENT_RELEASE)
    server.dashboard_limit = 2
    parts = await read(api, OctopusKind.CURRENT_RELEASE)
    assert {entry["__id"] for entry in parts} == {entry["__id"] for entry in whole}


async def test_secrets_never_leave_the_reply(api: ApiClient) -> None:
    for kind in (OctopusKind.ACCOUNT, OctopusKind.CERTIFICATE, OctopusKind.FEED):
        text = repr(await read(api, kind))
        assert "NewValue" not in text
    assert "HasValue" in repr(await read(api, OctopusKind.CERTIFICATE))


async def test_an_old_server_says_what_it_lacks(
    api: ApiClient, server: OctopusSandbox
) -> None:
    api.facts["version"] = "2024.4.6876"
    server.faults.add(path="deploymentfreezes", times=None, status=404)
    with pytest.raises(NotAvailable, match=r"2024\.4\.6876 has none; 2025\.1 or newer"):
        await read(api, OctopusKind.DEPLOYMENT_FREEZE)


@pytest.mark.parametrize("version", ["2025.1.0", "2026.3.1", "of unknown version"])
async def test_a_server_that_should_have_freezes_has_another_trouble(
    api: ApiClient, server: OctopusSandbox, version: str
) -> None:
    api.facts["version"] = version
    gone = {"ErrorMessage": "The resource was not found."}
    server.faults.add(path="deploymentfreezes", times=None, status=404, body=gone)
    with pytest.raises(NotFound, match="The resource was not found"):
        await read(api, OctopusKind.DEPLOYMENT_FREEZE)


SHOP_AND_PAY = {"SHOP": "1", "PAY": "2"}
KEYS = {
    "work items": (
        {"BuildInformation": [{"WorkItems": [{"Id": "SHOP-1", "Source": "Jira"}]}]},
        (["SHOP-1"], "build-information"),
    ),
    "another tracker": (
        {"BuildInformation": [{"WorkItems": [{"Id": "7", "Source": "GitHub"}]}]},
        ([], None),
    ),
    "another tracker's number": (
        {"BuildInformation": [{"WorkItems": [{"Id": "2022-10", "Source": "Jira"}]}]},
        ([], None),
    ),
    "as somebody wrote it": (
        {"BuildInformation": [{"WorkItems": [{"Id": " shop-12", "Source": "Jira"}]}]},
        (["SHOP-12"], "build-information"),
    ),
    "each build by itself": (
        {
            "ReleaseNotes": "PAY-9",
            "BuildInformation": [
                {"WorkItems": [{"Id": "SHOP-1", "Source": "Jira"}]},
                {"Commits": [{"Comment": "SHOP-2"}], "Branch": "PAY-8"},
                {"WorkItems": [{"Id": "2022-10", "Source": "Jira"}], "Branch": "PAY-7"},
            ],
        },
        (["PAY-7", "SHOP-1", "SHOP-2"], "build-information"),
    ),
    "an old server": (
        {"PackageMetadata": [{"WorkItems": [{"Id": "SHOP-3", "Source": "Jira"}]}]},
        (["SHOP-3"], "build-information"),
    ),
    "an old server's commits": (
        {"PackageMetadata": [{"Commits": [{"Comment": "SHOP-4"}]}]},
        (["SHOP-4"], "commits"),
    ),
    "odd forms": (
        {
            "ReleaseNotes": 7,
            "VersionControlReference": "main",
            "BuildInformation": [
                None,
                "text",
                {"WorkItems": [None, 5, {"Id": 5, "Source": "Jira"}]},
                {"Commits": {"Comment": "SHOP-1"}, "Branch": ["SHOP-1"]},
                {"Commits": [None, "SHOP-1", {"Comment": "SHOP-5"}]},
            ],
        },
        (["SHOP-5"], "commits"),
    ),
    "notes": (
        {"ReleaseNotes": "SHOP-1, SHOP-2 and UTF-8"},
        (["SHOP-1", "SHOP-2"], "release-notes"),
    ),
    "commits": (
        {"BuildInformation": [{"Commits": [{"Comment": "PAY-3: pay"}]}]},
        (["PAY-3"], "commits"),
    ),
    "branch": (
        {"VersionControlReference": {"GitRef": "refs/heads/feature/SHOP-9-cart"}},
        (["SHOP-9"], "branch"),
    ),
    "no such project": ({"ReleaseNotes": "ABC-1"}, ([], None)),
    "work items of projects that Jira does not have": (
        {
            "BuildInformation": [
                {"WorkItems": [{"Id": "JIR-317982", "Source": "Jira"}]},
                {"WorkItems": [{"Id": "shop-12", "Source": "Jira"}]},
            ]
        },
        (["SHOP-12"], "build-information"),
    ),
    "part of a word": ({"ReleaseNotes": "xSHOP-1 SHOP-1x WORKSHOP-1"}, ([], None)),
    "nothing at all": ({}, ([], None)),
    "nulls": ({"ReleaseNotes": None, "BuildInformation": None}, ([], None)),
}


@pytest.mark.parametrize(("change", "found"), KEYS.values(), ids=KEYS)
def test_issue_keys_are_found_where_they_are_certain(change: Item, found: Any) -> None:
    find = key_finder(None, SHOP_AND_PAY)
    assert issue_keys([change], find, SHOP_AND_PAY) == found


def test_without_jira_only_build_information_counts() -> None:
    assert issue_keys([{"ReleaseNotes": "SHOP-1"}], key_finder(None, {})) == ([], None)


def test_an_own_pattern_replaces_the_rule_and_a_bad_one_is_refused() -> None:
    pattern = key_finder(r"\bABC-\d+\b", SHOP_AND_PAY)
    assert issue_keys([{"ReleaseNotes": "SHOP-1 ABC-1"}], pattern)[0] == ["ABC-1"]


@pytest.mark.parametrize("known", [None, Missing(is_permanent=False)])
def test_work_items_are_believed_while_jiras_projects_are_unknown(known: Any) -> None:
    change = {"WorkItems": [{"Id": "JIR-317982", "Source": "Jira"}]}
    found = issue_keys([change], key_finder(None, known), known)
    assert found == (["JIR-317982"], "build-information")


def test_an_expression_that_is_none_is_named() -> None:
    with pytest.raises(Refused, match=re.escape("selector.issueKeyPattern")):
        key_finder("(", None)


async def test_every_source_of_keys_occurs_in_the_company(
    api: ApiClient, company: Company
) -> None:
    api.facts[JIRA_PROJECTS] = "SHOP PAY MOB OPS DATA"
    releases = {r["Id"]: r for r in await read(api, OctopusKind.RELEASE)}
    for how, source in (
        ("notes", "release-notes"),
        ("commits", "commits"),
        ("branch", "branch"),
    ):
        release = releases[company.cases[f"issues only in {how}"]]
        assert release["__jiraIssueKeySource"] == source
        assert release["__jiraIssueKeys"]
    example = releases[company.example.release_id]
    assert company.example.issue_key in example["__jiraIssueKeys"]
    assert company.cases["hidden issue"] not in example["__jiraIssueKeys"]


def test_what_a_step_of_a_page_names_fits_in_one_request() -> None:
    assert BY_IDS * (len("ServerTasks-9999999") + COMMA) <= CHARACTERS_OF_IDS
    assert MOST_ROWS % BY_IDS == 0


@with_long_lists
async def test_a_big_history_is_read_in_pages_that_are_not_kept(
    api: ApiClient, server: OctopusSandbox, company: Company
) -> None:
    pattern = company.octopus["releases"]["Releases-1"]
    for number in range(3000):
        id_ = f"Releases-{100_000 + number}"
        server.put("releases", id_, {**pattern, "Id": id_})
    sizes = [
        len(batch)
        async for batch in fetch_all(api, RELEASE, selector(OctopusKind.RELEASE))
    ]
    assert sum(sizes) == 3150
    assert max(sizes) <= BATCH_SIZE + MOST_ROWS


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("2020-01-01T00:00:00.000+00:00", False),
        ("2020-01-01T00:00:00", False),
        ("0001-01-01T00:00:00.000+00:00", True),
        ("soon", True),
        (None, True),
        (5, True),
    ],
)
def test_an_odd_date_ends_no_history(date: Any, expected: bool) -> None:
    since = datetime(2026, 1, 1, tzinfo=UTC)
    assert is_recent({"Created": date}, "Created", since) is expected
    assert is_recent({"Created": date}, "Created", None)
