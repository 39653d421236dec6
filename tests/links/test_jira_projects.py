"""Octopus knows Jira's projects, also in a process that has no resyncs."""

import asyncio
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest

from client import ApiClient
from core.errors import Forbidden
from core.site import FIRST, Site
from core.trouble import Missing, Report, reporting
from links import issue_keys as links
from links import jira_projects
from links.connections import Connections, JiraSite, OctopusServer
from links.issue_keys import JIRA_PROJECTS
from links.jira_projects import JiraProjects
from sandbox.jira import JiraSandbox


@pytest.fixture
def octopus() -> Any:
    """Return what is known in Octopus, beside the stand-in of Jira."""
    return SimpleNamespace(
        facts={}, site=FIRST, vendor=SimpleNamespace(product="Octopus Deploy")
    )


@pytest.fixture
def projects(api: ApiClient, octopus: Any) -> JiraProjects:
    """Return what tells Octopus about the stand-in's projects."""
    return linked([api], octopus)


def linked(sites: list[Any], *servers: Any, linked_sites: str = "") -> JiraProjects:
    """Return what tells servers about sites."""
    chosen = tuple(linked_sites.split())
    connections = Connections(
        tuple(JiraSite(site, None) for site in sites),
        tuple(OctopusServer(one, lambda _: None, chosen) for one in servers),
    )
    return JiraProjects(connections)


async def test_a_new_project_is_learnt_and_trouble_forgets_none(
    projects: JiraProjects, octopus: Any, site: JiraSandbox
) -> None:
    await projects.learn()
    assert "SHOP=" in octopus.facts[JIRA_PROJECTS]
    shop = next(p for p in site.visible("project") if p["key"] == "SHOP")
    site.put("project", "777", {**shop, "id": "777", "key": "NEW"})
    site.faults.add(path="project", status=403, body="{}")
    await projects.learn()
    assert "SHOP=" in octopus.facts[JIRA_PROJECTS]
    assert "NEW=" not in octopus.facts[JIRA_PROJECTS]
    await projects.learn()
    assert "NEW=777" in octopus.facts[JIRA_PROJECTS].split()


async def test_an_empty_list_of_projects_is_not_learnt(
    projects: JiraProjects, octopus: Any, site: JiraSandbox
) -> None:
    empty = {"values": [], "total": 0, "isLast": True}
    site.faults.add(path="project/search", times=None, status=200, body=empty)
    await projects.learn()
    assert octopus.facts[JIRA_PROJECTS] == links.NOT_YET


async def test_until_they_are_known_no_link_is_taken_for_gone(
    projects: JiraProjects, octopus: Any, warnings: list[str]
) -> None:
    with reporting(Report("octopus-release")):
        for _ in range(3):
            missing = links.jira_projects(octopus)
            assert isinstance(missing, Missing)
            assert not missing.is_permanent
    (told,) = warnings
    assert "Jira's project keys are not known yet" in told
    await projects.learn()
    known = links.jira_projects(octopus)
    assert isinstance(known, dict)
    assert "SHOP" in known


async def test_a_token_with_scopes_finds_its_way_first(
    projects: JiraProjects, octopus: Any, site: JiraSandbox
) -> None:
    site.token_has_scopes = True
    await projects.learn()
    assert "SHOP=" in octopus.facts[JIRA_PROJECTS]


async def test_it_learns_sooner_while_nothing_is_known(
    projects: JiraProjects, site: JiraSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            raise TimeoutError

    site.faults.add(path="project/search", times=1, status=403, body="{}")
    monkeypatch.setattr(
        jira_projects, "asyncio", SimpleNamespace(sleep=pause, gather=asyncio.gather)
    )
    with pytest.raises(TimeoutError):
        await projects.keep_learning()
    soon, late = jira_projects.UNKNOWN_SECONDS, jira_projects.PROJECTS_SECONDS
    assert pauses == [soon, soon, late]


async def test_without_octopus_there_is_nothing_to_learn(
    api: ApiClient, site: JiraSandbox
) -> None:
    projects = linked([api])
    await projects.keep_learning()
    await projects.learn()
    assert site.faults.total == 0


@dataclass(frozen=True)
class Found:
    """A client, as far as it matters here."""

    site: Site


@pytest.fixture
def two_sites(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Return two sites that both have a project PAY."""
    keys = {
        "": {"SHOP": 1, "PAY": 2},
        "emea": {"PAY": 1, "OPS": 3},
        "apac": {"PAY": 4, "SHOP": 5, "OPS": 6},
    }

    async def read(jira: Any, *, refresh: bool) -> dict[str, str]:
        named = keys[jira.site.name]
        return {key: f"{jira.site.scope}{id_}" for key, id_ in named.items()}

    monkeypatch.setattr(jira_projects, "read_projects", read)
    monkeypatch.setattr(jira_projects, "sign_in", lambda _: asyncio.sleep(0))
    return [Found(site) for site in (FIRST, Site("emea", "emea/"))]


async def test_a_key_of_one_site_is_found_there_and_one_of_several_nowhere(
    octopus: Any, two_sites: list[Any], warnings: list[str]
) -> None:
    projects = linked(two_sites, octopus)
    await projects.learn()
    await projects.learn()
    assert octopus.facts[JIRA_PROJECTS] == "OPS=emea/3 SHOP=1"
    (told,) = warnings
    assert "Issues of PAY are not linked" in told
    assert "default and emea" in told
    assert "linkedJiraSites" in told


async def test_one_warning_names_all_keys_of_the_same_sites(
    octopus: Any, two_sites: list[Any], warnings: list[str]
) -> None:
    first, _ = two_sites
    octopus.site = Site("test", "test/")
    await linked([first, Found(Site("apac", "apac/"))], octopus).learn()
    assert octopus.facts[JIRA_PROJECTS] == "OPS=apac/6"
    (told,) = warnings
    assert "Issues of PAY, SHOP are not linked" in told
    assert "Set linkedJiraSites of test in octopusServers" in told


@pytest.mark.parametrize(
    ("linked_sites", "expected"),
    [
        ("default", "PAY=2 SHOP=1"),
        ("emea", "OPS=emea/3 PAY=emea/1"),
        ("emea default", "OPS=emea/3 PAY=emea/1 SHOP=1"),
    ],
)
async def test_a_server_says_which_sites_its_issues_are_in(
    octopus: Any, two_sites: list[Any], linked_sites: str, expected: str
) -> None:
    await linked(two_sites, octopus, linked_sites=linked_sites).learn()
    assert octopus.facts[JIRA_PROJECTS] == expected


async def test_links_wait_until_every_site_is_known(
    octopus: Any, two_sites: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    works = jira_projects.read_projects

    async def read(jira: Any, *, refresh: bool) -> dict[str, str]:
        if jira.site.name:
            raise Forbidden("no project")
        return await works(jira, refresh=refresh)

    monkeypatch.setattr(jira_projects, "read_projects", read)
    projects = linked(two_sites, octopus)
    await projects.learn()
    assert octopus.facts[JIRA_PROJECTS] == links.NOT_YET
    monkeypatch.setattr(jira_projects, "read_projects", works)
    await projects.learn()
    assert "OPS=emea/3" in octopus.facts[JIRA_PROJECTS]
