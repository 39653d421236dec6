"""Each case that is hard to tell, after a resync, after events only, after looks only.

It is compared with what the company's own truth says, and with what it is about.
"""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import Any

import pytest

from client import ApiClient
from core.trouble import INCOMPLETE
from core.types import Item
from links.delivery_facts import EARLY, EARLY_OF_STAGE
from links.issue_delivery import ISSUE_DELIVERY
from links.issue_keys import JIRA_PROJECTS
from sandbox.company import Company
from sandbox.issue_truth import IssueTruth
from sandbox.octopus import OctopusSandbox
from sandbox.port.store import Store
from tests.companies import FEW, new_company
from tests.links.replay import (
    CHOSEN,
    KEYS,
    LONG_AGO,
    Replay,
    by_events,
    by_looks,
    by_resyncs,
)
from tests.octopus.conftest import client_of
from tests.octopus.test_kinds import selector
from tests.test_epic_delivery import put, store

__all__ = ["store"]

# All of it reads the same catalogs.
pytestmark = pytest.mark.xdist_group("hard cases")

LOOKBACK_DAYS = 90
RECENT = selector(ISSUE_DELIVERY.kind, lookbackDays=LOOKBACK_DAYS)
WAYS: dict[str, Any] = {"resync": by_resyncs, "events": by_events, "looks": by_looks}

type Catalog = dict[str, Item]


@cache
def known_company() -> Company:
    """Return the company that all this is about, which nobody may change."""
    return new_company(FEW)


@cache
def catalog(way: str, days: int = 0) -> Catalog:
    """Return what one way tells; of an older history than these days, all at once."""
    return asyncio.run(_told(way, days))


async def _told(way: str, days: int) -> Catalog:
    company = new_company(FEW)
    server = OctopusSandbox(company)
    api: ApiClient = client_of(server)
    api.facts[JIRA_PROJECTS] = KEYS
    chosen = RECENT if days else CHOSEN
    since = company.now - timedelta(days=days) if days else LONG_AGO
    told: Catalog = await WAYS[way](api, Replay(server, company, since), chosen)
    return told


def ended(case: str) -> str:
    """Return when the deployment of a case ended."""
    octopus, id_ = known_company().octopus, known_company().cases[case]
    task: Item = octopus["tasks"][octopus["deployments"][id_]["TaskId"]]
    return str(task["CompletedTime"])


def row(item: Item, stage: str) -> Item:
    """Return the row of a stage, which one project has."""
    (found,) = [row for row in item["stages"] if row["stage"] == stage]
    return dict(found)


def since(case: str, first: str | None = None) -> Item:
    return {
        "deliveryState": "in production",
        "firstInProductionAt": ended(first or case),
        "inProductionSince": ended(case),
        "rolledBackAt": None,
    }


# What has become of the issue of each case.
CASES: dict[str, Callable[[], Item]] = {
    "hotfix": lambda: since("hotfix"),
    "rollback": lambda: {
        "deliveryState": "rolled back",
        "firstInProductionAt": ended("rolled back"),
        "inProductionSince": None,
        "rolledBackAt": ended("rollback"),
    },
    "same again": lambda: since("first time"),
    "never deployed": lambda: {"deliveryState": "released", "stages": []},
    "not succeeded": lambda: {
        "deliveryState": "released",
        "furthestStage": "Staging",
        "firstInProductionAt": None,
    },
    "guided failure": lambda: since("guided failure"),
    "tenants": lambda: {
        **since("last tenant", "first tenant"),
        "productionPlaces": "2 of 2",
    },
    "two environments": lambda: since("project ahead"),
    "one project behind": lambda: {
        "deliveryState": "partly in production",
        "firstInProductionAt": ended("project ahead"),
        "inProductionSince": None,
    },
    "old": lambda: since("old"),
}


@pytest.mark.parametrize("way", ["events", "looks"])
def test_each_way_tells_what_a_resync_tells(way: str) -> None:
    assert catalog(way) == catalog("resync")


@pytest.mark.parametrize("way", ["events", "looks"])
def test_each_way_tells_the_same_of_what_is_within_the_lookback(way: str) -> None:
    """A process may remember older arrivals, which it says it is not sure of."""
    told, right = catalog(way, LOOKBACK_DAYS), catalog("resync", LOOKBACK_DAYS)

    assert told.keys() == right.keys()
    for key, item in right.items():
        unsure = {"stages"} if item[INCOMPLETE] else set()
        for name in item.keys() - unsure:
            assert told[key][name] == item[name], (key, name)


@pytest.mark.parametrize("way", WAYS)
def test_each_way_tells_the_truth_about_all_issues(way: str) -> None:
    truth = IssueTruth(known_company())
    told = catalog(way)

    assert told.keys() == truth.carriers.keys()
    for key, item in told.items():
        shown = {**item, "releases": item["releaseCount"]}
        right = truth.of(key)
        assert {name: shown[name] for name in right} == right, key


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("case", CASES)
def test_a_case_is_told_right(case: str, way: str) -> None:
    item = catalog(way)[known_company().cases[f"issue of {case}"]]
    right = CASES[case]()

    assert {name: item[name] for name in right} == right


@pytest.mark.parametrize("way", WAYS)
def test_both_environments_of_a_stage_count(way: str) -> None:
    item = catalog(way)[known_company().cases["issue of two environments"]]
    found = row(item, "Staging")

    assert (found["placesNow"], found["places"]) == (2, 2)
    assert found["lastReached"] == ended("second environment")


@pytest.mark.parametrize("way", WAYS)
def test_an_ephemeral_environment_has_the_stage_of_its_parent(way: str) -> None:
    item = catalog(way)[known_company().cases["issue of same again"]]
    found = row(item, "Test")

    assert found["deploymentId"] == known_company().cases["ephemeral"]
    assert found["firstReached"] == ended("ephemeral")


@pytest.mark.parametrize("way", WAYS)
def test_an_issue_that_moved_has_come_by_the_key_that_builds_named(way: str) -> None:
    company = known_company()
    (former,) = company.moved_issues

    assert catalog(way)[former]["firstInProductionAt"] == ended("project ahead")
    assert company.cases["moved"] not in catalog(way)


@pytest.mark.parametrize("way", WAYS)
def test_an_issue_of_a_hidden_project_is_not_told_of(way: str) -> None:
    assert known_company().cases["hidden issue"] not in catalog(way)


@pytest.mark.parametrize("way", WAYS)
def test_what_is_older_than_the_lookback_is_told_as_far_as_it_runs(way: str) -> None:
    item = catalog(way, LOOKBACK_DAYS)[known_company().cases["issue of old"]]

    assert item["deliveryState"] == "in production"
    assert {*item[INCOMPLETE]} == {*EARLY, *EARLY_OF_STAGE}


def epics() -> dict[str, list[Item]]:
    """Return the issues of each epic that has any; sub-tasks have other parents."""
    found: dict[str, list[Item]] = {}
    for issue in known_company().jira["issue"].values():
        parent = issue["fields"].get("parent", {"fields": {}})
        if parent["fields"].get("issuetype", {}).get("hierarchyLevel") == 1:
            found.setdefault(parent["key"], []).append(issue)
    return found


@pytest.mark.parametrize("way", WAYS)
def test_an_epic_is_where_its_issues_are(store: Store, way: str) -> None:
    truth, told = IssueTruth(known_company()), catalog(way)
    for epic, issues in epics().items():
        for issue in issues:
            state = told.get(issue["key"], {}).get("deliveryState")
            put(store, issue["key"], 0, state, epic)
    seen = set()
    for epic, issues in epics().items():
        keys = [issue["key"] for issue in issues]
        states = {truth.of(k)["deliveryState"] for k in keys if k in truth.carriers}
        shown = store.calculator.shown(store.get("jiraEpic", epic))["properties"]

        seen.add(shown["deliveryState"])
        is_whole = all(key in truth.carriers for key in keys)
        if not states:
            assert shown["deliveryState"] is None
        elif states == {"in production"} and is_whole:
            assert shown["deliveryState"] == "in production"
        elif states & {"in production", "partly in production"}:
            assert shown["deliveryState"] == "partly in production"
        else:
            assert shown["deliveryState"] == "released"
    assert {None, "partly in production"} <= seen
