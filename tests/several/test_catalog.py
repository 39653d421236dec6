"""What a resync brings of two sites and two servers whose ids and keys are the same."""

import json
from pathlib import Path

import pytest

from sandbox.everything import write_resources
from tests.resyncing import Lost, lost
from tests.several.companies import (
    CONFIG,
    ISSUE,
    OWN,
    SERVER,
    SITE,
    Several,
    crossing,
)
from tests.warm import sail

pytestmark = [
    pytest.mark.process,
    pytest.mark.asyncio(loop_scope="package"),
    pytest.mark.xdist_group("several"),
]


async def test_each_is_there_as_if_it_were_alone(system: Several) -> None:
    port = system.whole.stands.port
    assert system.whole.first.troubles == {}
    assert system.whole.first.outcome == "complete"
    assert system.complaints() == []
    assert port.store.errors == system.whole.stands.undocumented() == []
    same = system.first.snapshot().keys() & system.further.snapshot().keys()
    assert len(same) > 200


async def test_releases_link_to_the_site_that_has_the_issue(system: Several) -> None:
    """Each server has a release that carries an issue of the second site."""
    port, key, release = system.whole.stands.port, f"{SITE}/{ISSUE}", system.carrier
    links = crossing(port)
    waiting = {link for link in links if link[1:] == ("pendingIssues", key)}
    assert links - waiting == {
        (release, "issues", key),
        (release, "jiraProjects", f"{SITE}/{OWN['id']}"),
    }
    told = port.entities["jiraIssue"][key]["properties"]
    assert told["releases"] == 2
    assert told["deliveryState"]


@pytest.mark.parametrize(
    ("who", "what", "product"),
    [("further", "jira", "Jira (emea)"), ("first", "octopus", "Octopus Deploy")],
    ids=["further site", "first server"],
)
async def test_one_that_is_down_keeps_its_own_and_the_others_reconcile(
    system: Several, who: str, what: str, product: str
) -> None:
    before = [company.snapshot() for company in system.companies()]
    gone = system.delete(spared=f"{who} {what}")
    getattr(system, who).let_in(**{what: False})
    told = f"{product} is kept as it is in the catalog: "
    known = system.whole.logged(told)
    report = await system.whole.resync()

    assert report.outcome == "incomplete"
    assert system.whole.logged(told) == known + 1
    assert {kind.partition("-")[0] for kind in report.troubles} == {what}
    assert [len(keys) for keys in gone] in ([1, 2], [2, 1])
    for company, was, left in zip(system.companies(), before, gone, strict=True):
        assert lost(was, company.snapshot()) == Lost(left)


async def test_a_key_of_both_sites_is_linked_nowhere_until_the_settings_say_where(
    system: Several, tmp_path: Path
) -> None:
    """The whole installation has a scope, so that it could share a Port."""
    write_resources(tmp_path, {"octopus-project", "octopus-release"})
    (server,) = json.loads(system.settings[f"{CONFIG}OCTOPUS_SERVERS"])
    del server["linkedJiraSites"]
    own = {
        "OCEAN__PORT__BASE_URL": system.other.port_url,
        "OCEAN__RESOURCES_PATH": str(tmp_path),
        f"{CONFIG}SCOPE": "acme",
        f"{CONFIG}LINKED_JIRA_SITES": "",
        f"{CONFIG}OCTOPUS_SERVERS": json.dumps([server]),
    }
    voyage = await sail({**system.settings, **own})
    for name, where in (
        ("Octopus Deploy", "linkedJiraSites"),
        (
            f"Octopus Deploy ({SERVER})",
            f"linkedJiraSites of {SERVER} in octopusServers",
        ),
    ):
        told = f"not linked to {name}: the sites default and {SITE} each have"
        assert voyage.log.count(told) == 1
        assert f"Set {where}\n" in voyage.log
    entities = system.other.port.entities
    assert {*entities["octopusRelease"]} == {
        f"acme/{identifier}"
        for identifier in system.whole.stands.port.entities["octopusRelease"]
    }
    releases = entities["octopusRelease"].values()
    assert {key for one in releases for key in one["relations"]["issues"]} == {
        f"acme/{SITE}/{ISSUE}"
    }
