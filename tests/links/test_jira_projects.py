"""Octopus knows Jira's projects, also in a process that has no resyncs."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from client import ApiClient
from core.trouble import Missing, Report, reporting
from links import issue_keys as links
from links import jira_projects
from links.issue_keys import JIRA_PROJECTS
from sandbox.jira import JiraSandbox


@pytest.fixture
def octopus(api: ApiClient, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return what is known in Octopus, beside the stand-in of Jira."""
    other = SimpleNamespace(facts={})
    monkeypatch.setattr(jira_projects, "jira_client", lambda: api)
    monkeypatch.setattr(jira_projects, "octopus_client", lambda: other)
    jira_projects.expect_jira_projects()
    return other


async def test_a_new_project_is_learnt_and_trouble_forgets_none(
    octopus: Any, site: JiraSandbox
) -> None:
    await jira_projects.learn_jira_projects()
    assert "SHOP=" in octopus.facts[JIRA_PROJECTS]
    shop = next(p for p in site.visible("project") if p["key"] == "SHOP")
    site.put("project", "777", {**shop, "id": "777", "key": "NEW"})
    site.faults.add(path="project", status=403, body="{}")
    await jira_projects.try_to_learn()
    assert "SHOP=" in octopus.facts[JIRA_PROJECTS]
    assert "NEW=" not in octopus.facts[JIRA_PROJECTS]
    await jira_projects.try_to_learn()
    assert "NEW=777" in octopus.facts[JIRA_PROJECTS].split()


async def test_an_empty_list_of_projects_is_not_learnt(
    octopus: Any, site: JiraSandbox
) -> None:
    empty = {"values": [], "total": 0, "isLast": True}
    site.faults.add(path="project/search", times=None, status=200, body=empty)
    await jira_projects.try_to_learn()
    assert octopus.facts[JIRA_PROJECTS] == links.NOT_YET


async def test_until_they_are_known_no_link_is_taken_for_gone(
    octopus: Any, warnings: list[str]
) -> None:
    with reporting(Report("octopus-release")):
        for _ in range(3):
            missing = links.jira_projects(octopus)
            assert isinstance(missing, Missing)
            assert not missing.is_permanent
    (told,) = warnings
    assert "Jira's project keys are not known yet" in told
    await jira_projects.learn_jira_projects()
    known = links.jira_projects(octopus)
    assert isinstance(known, dict)
    assert "SHOP" in known


async def test_a_token_with_scopes_finds_its_way_first(
    octopus: Any, site: JiraSandbox
) -> None:
    site.token_has_scopes = True
    await jira_projects.try_to_learn()
    assert "SHOP=" in octopus.facts[JIRA_PROJECTS]


async def test_it_learns_sooner_while_nothing_is_known(
    octopus: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    learnt = asyncio.Event()

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    async def learn() -> None:
        octopus.facts[JIRA_PROJECTS] = "SHOP=1"
        if len(pauses) == 2:
            learnt.set()
            await asyncio.Event().wait()

    monkeypatch.setattr(jira_projects, "asyncio", SimpleNamespace(sleep=pause))
    monkeypatch.setattr(jira_projects, "try_to_learn", learn)
    task = asyncio.create_task(jira_projects.keep_learning())
    await asyncio.wait_for(learnt.wait(), 5)
    task.cancel()
    assert pauses == [jira_projects.UNKNOWN_SECONDS, jira_projects.PROJECTS_SECONDS]


async def test_without_octopus_there_is_nothing_to_learn(
    octopus: Any, site: JiraSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jira_projects, "octopus_client", lambda: None)
    jira_projects.expect_jira_projects()
    await jira_projects.keep_learning()
    await jira_projects.learn_jira_projects()
    await jira_projects.try_to_learn()
    assert site.faults.total == 0
