"""Versions come with their project, which also says if it has no components."""

import re
from collections import Counter

import pytest

from client import ApiClient
from core.trouble import Report, reporting
from core.types import Item
from jira.kinds import JiraKind
from jira.resources.parts import COMPONENTS
from sandbox.jira import JiraSandbox
from tests.jira.test_kinds import read, selector

LISTS = r"/rest/api/3/(project/\d+(/version|/component)?|component)$"


def asked(site: JiraSandbox) -> Counter[str]:
    """Return how often each endpoint was asked for parts of projects."""
    paths = [kept.path for kept in site.faults.requests]
    found = (re.search(LISTS, path) for path in paths)
    return Counter(re.sub(r"\d{5}", "{id}", m[1]) for m in found if m)


async def parts(api: ApiClient) -> list[Item]:
    """Read versions, and then components, as a resync does."""
    return [
        *await read(api, JiraKind.VERSION),
        *await read(api, JiraKind.COMPONENT),
    ]


def owners(site: JiraSandbox) -> set[str]:
    """Return the projects that have components."""
    return {str(c["projectId"]) for c in site.collections["component"].values()}


async def test_a_project_brings_its_versions_and_is_asked_no_more_than_it_must(
    api: ApiClient, site: JiraSandbox
) -> None:
    live = await read(api, JiraKind.PROJECT)
    site.faults.forget_requests()
    found = await parts(api)
    ids = {project["id"] for project in live}
    assert {item["id"] for item in found} == {
        part["id"]
        for name in ("version", "component")
        for part in site.collections[name].values()
        if str(part["projectId"]) in ids
    }
    assert asked(site) == {
        "project/{id}": len(live),
        "component": 1,
        "project/{id}/component": len(owners(site)),
    }
    assert len(owners(site)) < len(live)


async def test_components_alone_are_asked_for_project_by_project(
    api: ApiClient, site: JiraSandbox
) -> None:
    live = await read(api, JiraKind.PROJECT)
    site.faults.forget_requests()
    await read(api, JiraKind.COMPONENT)
    assert asked(site) == {"project/{id}/component": len(live)}


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, {"errorMessages": ["No project could be found"], "errors": {}}),
        (403, {"errorMessages": ["no"], "errors": {}}),
        (200, {"values": [], "isLast": True}),
        (200, {"values": [], "total": 1, "isLast": True}),
    ],
)
async def test_what_no_list_confirms_is_asked_for_all_the_same(
    api: ApiClient, site: JiraSandbox, status: int, body: Item
) -> None:
    """Compass' components may be missing in what a project tells of itself."""
    site.faults.add(path=f"/{COMPONENTS}\\?", times=None, status=status, body=body)
    found = await parts(api)
    assert {*site.collections["component"]} <= {item["id"] for item in found}
    live = await read(api, JiraKind.PROJECT)
    assert asked(site)["project/{id}/component"] == len(live)


async def test_components_that_a_project_does_not_tell_of_are_found(
    api: ApiClient, site: JiraSandbox
) -> None:
    owner = min(owners(site))
    told = dict(site.collections["project"][owner], versions=[], components=[])
    site.faults.add(path=f"/project/{owner}$", times=None, status=200, body=told)
    found = await parts(api)
    assert {*site.collections["component"]} <= {item["id"] for item in found}


async def test_another_source_of_components_is_asked_everywhere(
    api: ApiClient, site: JiraSandbox
) -> None:
    await read(api, JiraKind.VERSION)
    site.faults.forget_requests()
    await read(api, JiraKind.COMPONENT, componentSource="auto")
    assert asked(site)["component"] == 0


async def test_a_project_that_leaves_out_its_versions_is_asked_for_them(
    api: ApiClient, site: JiraSandbox
) -> None:
    before = await read(api, JiraKind.VERSION)
    owner = str(before[0]["projectId"])
    told = site.collections["project"][owner]
    site.faults.add(path=f"/project/{owner}$", times=None, status=200, body=told)
    found = await read(api, JiraKind.VERSION)
    assert {v["id"] for v in found} == {v["id"] for v in before}


async def test_the_reply_of_another_project_is_none(
    api: ApiClient, site: JiraSandbox
) -> None:
    versions = site.collections["version"].values()
    owner = str(next(iter(versions))["projectId"])
    other = {"id": "1", "versions": [], "components": []}
    site.faults.add(path=f"/project/{owner}$", times=None, status=200, body=other)
    with reporting(Report(JiraKind.VERSION)) as report:
        await read(api, JiraKind.VERSION)
    assert [t.parent["id"] for t in report.hidden if t.parent] == [owner]


def test_the_default_is_jiras_own_components() -> None:
    assert selector(JiraKind.COMPONENT).component_source == "jira"
