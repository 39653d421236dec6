"""The company is the same for the same seed, and everything in it fits together."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.company import Company, Item, Size, build_company
from sandbox.company.base import parse_time

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
GROWN = Size(
    jira_projects=20,
    issues=700,
    boards=20,
    custom_fields=12,
    filler_bytes=(5_000, 9_000),
    spaces=5,
    octopus_projects=30,
    releases=400,
    deployments=1200,
)


@pytest.fixture(scope="module")
def company() -> Company:
    return build_company(now=NOW)


def work_items(company: Company, release_id: str) -> list[str]:
    information = company.octopus["releases"][release_id]["BuildInformation"]
    return [item["Id"] for build in information for item in build["WorkItems"]]


def production_releases(company: Company, project: str) -> list[str]:
    """Return the versions that reached production, in the order of time."""
    octopus = company.octopus
    return [
        octopus["releases"][deployment["ReleaseId"]]["Version"]
        for deployment in octopus["deployments"].values()
        if octopus["projects"][deployment["ProjectId"]]["Name"] == project
        and octopus["environments"][deployment["EnvironmentId"]]["Name"] == "Production"
    ]


def as_json(company: Company) -> str:
    return json.dumps([company.jira, company.octopus, company.cases, company.members])


def test_same_seed_builds_the_same_company() -> None:
    assert as_json(build_company(3, now=NOW)) == as_json(build_company(3, now=NOW))


def test_other_seed_builds_another_company() -> None:
    assert as_json(build_company(3, now=NOW)) != as_json(build_company(4, now=NOW))


@pytest.mark.parametrize("seed", range(5))
def test_any_seed_has_the_wanted_size_and_every_case(seed: int) -> None:
    company = build_company(seed, now=NOW)
    sizes = {name: len(items) for name, items in company.octopus.items()}
    assert len(company.jira["issue"]) == 400
    assert (sizes["releases"], sizes["deployments"]) == (150, 400)
    assert (sizes["spaces"], sizes["projects"]) == (3, 12)
    assert len(company.cases) == 38


def test_work_items_name_issues_that_were_done_before(company: Company) -> None:
    issues = {issue["key"]: issue for issue in company.jira["issue"].values()}
    named = 0
    for release in company.octopus["releases"].values():
        for key in work_items(company, release["Id"]):
            if key in {company.cases["hidden issue"], *company.moved_issues}:
                continue
            done = issues[key]["fields"]["resolutiondate"]
            assert parse_time(done) < parse_time(release["Assembled"])
            named += 1
    assert named > 100


def test_times_are_in_the_last_months(company: Company) -> None:
    oldest = NOW - timedelta(days=151)
    jira, octopus = company.jira, company.octopus
    times = [issue["fields"]["updated"] for issue in jira["issue"].values()]
    times += [release["Assembled"] for release in octopus["releases"].values()]
    times += [task["QueueTime"] for task in octopus["tasks"].values()]
    times += [log["updated"] for log in jira["worklog"].values()]
    assert all(oldest < parse_time(time) <= NOW for time in times)
    old = [time for time in times if parse_time(time) < NOW - timedelta(days=90)]
    assert 0 < len(old) < len(times) / 2


def test_example_issue_went_out_with_the_release(company: Company) -> None:
    example, octopus = company.example, company.octopus
    deployment = octopus["deployments"][example.deployment_id]
    assert example.issue_key.startswith("SHOP-")
    assert example.issue_key in work_items(company, example.release_id)
    release = octopus["releases"][example.release_id]
    assert release["Version"] == "2.4.1"
    assert octopus["projects"][release["ProjectId"]]["Name"] == "Web Shop"
    assert deployment["ReleaseId"] == example.release_id
    environment = octopus["environments"][deployment["EnvironmentId"]]
    assert environment["Name"] == "Production"
    assert octopus["tasks"][deployment["TaskId"]]["State"] == "Success"


def test_rollback_brings_the_hotfix_back(company: Company) -> None:
    versions = production_releases(company, "Web Shop")
    start = versions.index("2.5.0")
    assert versions[start : start + 4] == [
        "2.5.0",
        "2.5.0-hotfix.1",
        "2.5.1",
        "2.5.0-hotfix.1",
    ]
    rollback = company.octopus["deployments"][company.cases["rollback"]]
    assert rollback["ReleaseId"] == company.cases["hotfix release"]
    assert rollback["Changes"] == []


def test_hotfix_goes_straight_to_production(company: Company) -> None:
    hotfix = company.cases["hotfix release"]
    octopus = company.octopus
    environments = {
        octopus["environments"][deployment["EnvironmentId"]]["Name"]
        for deployment in octopus["deployments"].values()
        if deployment["ReleaseId"] == hotfix
    }
    assert environments == {"Production"}
    channel = octopus["releases"][hotfix]["ChannelId"]
    assert octopus["channels"][channel]["Name"] == "Hotfix"


def test_one_release_was_never_deployed(company: Company) -> None:
    deployments = company.octopus["deployments"].values()
    deployed = {deployment["ReleaseId"] for deployment in deployments}
    assert company.cases["never deployed"] not in deployed


def test_a_release_carries_an_issue_of_a_hidden_project(company: Company) -> None:
    key = company.cases["hidden issue"]
    assert key in work_items(company, company.example.release_id)
    issue = next(i for i in company.jira["issue"].values() if i["key"] == key)
    assert issue["fields"]["project"]["id"] in company.hidden_projects


@pytest.mark.parametrize(
    ("place", "text_of"),
    [
        ("notes", lambda release: release["ReleaseNotes"]),
        ("commits", lambda release: str(release["BuildInformation"][0]["Commits"])),
        ("branch", lambda release: release["BuildInformation"][0]["Branch"]),
    ],
)
def test_some_releases_name_issues_without_work_items(
    company: Company, place: str, text_of: Any
) -> None:
    release: Item = company.octopus["releases"][
        company.cases[f"issues only in {place}"]
    ]
    assert work_items(company, release["Id"]) == []
    assert "SHOP-" in text_of(release)
    texts = {
        "notes": str(release["ReleaseNotes"]),
        "commits": str(release["BuildInformation"][0]["Commits"]),
        "branch": release["BuildInformation"][0]["Branch"],
    }
    assert [name for name, text in texts.items() if "SHOP-" in text] == [place]


def test_tasks_are_in_every_state(company: Company) -> None:
    tasks = company.octopus["tasks"].values()
    states = {task["State"] for task in tasks}
    assert states >= {"Success", "Failed", "Canceled", "Executing", "Queued"}
    awaited = company.octopus["deployments"][company.cases["approval"]]
    task = company.octopus["tasks"][awaited["TaskId"]]
    assert (task["State"], task["HasPendingInterruptions"]) == ("Queued", True)


def test_secrets_are_never_returned(company: Company) -> None:
    text = json.dumps([company.octopus["accounts"], company.octopus["certificates"]])
    assert '"HasValue": true' in text
    assert '"NewValue": "' not in text


def test_grown_company_has_its_size_and_heavy_issues() -> None:
    company = build_company(size=GROWN, now=NOW)
    counts = {name: len(items) for name, items in company.octopus.items()}
    assert len(company.jira["project"]) == 20
    assert len(company.jira["issue"]) == 700
    assert len(company.jira["board"]) == 20
    assert (counts["spaces"], counts["projects"]) == (5, 30)
    assert (counts["releases"], counts["deployments"]) == (400, 1200)
    weights = [len(json.dumps(filler)) for filler in company.fillers]
    assert 4_500 < min(weights) < max(weights) < 10_000
