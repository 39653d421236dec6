"""Octopus knows Jira's projects, also in a process that has no resyncs."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

import jira_projects
from client import ApiClient
from core.errors import Unavailable
from octopus.resources import links
from octopus.resources.links import JIRA_PROJECTS
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


async def test_until_they_are_known_no_link_is_taken_for_gone(octopus: Any) -> None:
    with pytest.raises(Unavailable, match="waits for Jira"):
        links.jira_projects(octopus)
    await jira_projects.learn_jira_projects()
    assert "SHOP=" in (links.jira_projects(octopus) or "")


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
        octopus.facts[JIRA_PROJECTS] = ""  # a Jira without projects is known, too
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
