"""Two sites of Jira and two servers of Octopus, whose ids and keys are the same."""

import json
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from sandbox.events import audit_event, jira_event, octopus_event
from sandbox.everything import write_resources
from sandbox.sail import UNREGISTER
from tests.resyncing import Lost, lost
from tests.several import (
    CONFIG,
    ISSUE,
    KEY,
    OWN,
    SERVER,
    SITE,
    TOKEN,
    Several,
    crossing,
    hooks_of,
    several,
    subscriptions_of,
)
from tests.warm import sail

# One process serves all of these tests, one after the other.
pytestmark = [
    pytest.mark.process,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.xdist_group("several"),
]

# Both servers have it.
MACHINE = "Machines-1"
RUNNING = {"State": "Executing", "IsCompleted": False}
ENDED = {"State": "Canceled", "IsCompleted": True}
SETTINGS = {
    # Keys that both sites have are the first one's.
    f"{CONFIG}LINKED_JIRA_SITES": f"default, {SITE}",
    f"{CONFIG}INCREMENTAL_LOOK_SECONDS": "1",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def filled(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Several]:
    """Yield the integration after a resync."""
    report = tmp_path_factory.mktemp("several") / "report.json"
    async with several(report, **SETTINGS) as system:
        system.whole.first = await system.whole.resync()
        yield system


@pytest.fixture
def system(filled: Several) -> Iterator[Several]:
    """Yield the running integration, and let the vendors be well afterwards."""
    yield filled
    filled.heal()


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


async def test_events_are_of_the_one_that_sends_them(system: Several) -> None:
    for company in system.companies():
        before = [one.snapshot() for one in system.companies()]
        issue = company.an_issue()
        title = f"As told by {company.stands.jira_url}"
        fields = {**issue["fields"], "summary": title}
        company.change("jiraIssue", issue["id"], fields=fields)
        named = {"id": issue["id"], "key": issue["key"]}
        assert await company.emit.jira("jira:issue_updated", issue=named) == 1
        company.change("octopusMachine", MACHINE, Name=title)
        # Both servers count their events from one.
        await company.tell_octopus("Modified", MACHINE)
        changed = {("jiraIssue", issue["key"]), ("octopusMachine", MACHINE)}
        for key in changed:
            await system.whole.until(partial(company.has_title, key, title))
        after = [one.snapshot() for one in system.companies()]
        for one, was, now in zip(system.companies(), before, after, strict=True):
            found = lost(was, now)
            assert (found.left, found.emptied) == (set(), set())
            assert {*found.changed} == (changed if one is company else set())


async def test_what_the_other_would_have_sent_is_refused(system: Several) -> None:
    """Each event has the other's secret, or comes to the other's path."""
    before = [company.snapshot() for company in system.companies()]
    issue, statuses = system.first.an_issue(), []
    for own, other in (system.companies(), system.companies()[::-1]):
        (hook,), (foreign,) = hooks_of(own), hooks_of(other)
        named = {"id": issue["id"], "key": issue["key"]}
        raw, headers = jira_event(foreign, "jira:issue_deleted", issue=named)
        statuses.append(await system.post(hook["url"], raw, headers))
        both = zip(subscriptions_of(own), subscriptions_of(other), strict=True)
        for subscription, strange in both:
            space = subscription["SpaceId"]
            event = audit_event(10**6, "Deleted", space, (MACHINE,), MACHINE)
            raw, headers = octopus_event(strange, event)
            url = subscription["EventNotificationSubscription"]["WebhookURI"]
            statuses.append(await system.post(url, raw, headers))
    assert {*statuses} == {401}
    assert len(statuses) == 2 + 2 * len(subscriptions_of(system.first))
    assert [company.snapshot() for company in system.companies()] == before


async def test_missed_events_of_a_further_server_are_found(system: Several) -> None:
    first, further = system.companies()
    before, octopus = first.snapshot(), further.stands.octopus
    asked, tasks = octopus.faults.by_pattern, octopus.collections["tasks"]

    def state(id_: str) -> Any:
        entity = further.entity("octopusDeployment", id_)
        return entity and entity["properties"].get("state")

    id_, task = next(
        (one["Id"], tasks[one["TaskId"]])
        for one in octopus.collections["deployments"].values()
        if one["TaskId"] in tasks and state(one["Id"])
    )
    octopus.put("tasks", task["Id"], {**task, **RUNNING})
    looks = asked["GET /api/tasks"]
    await system.whole.until(lambda: asked["GET /api/tasks"] > looks)
    octopus.put("tasks", task["Id"], {**task, **ENDED})
    await system.whole.until(lambda: state(id_) == "Canceled")
    assert lost(before, first.snapshot()) == Lost()


async def test_what_is_deleted_takes_along_nothing_of_the_other(
    system: Several,
) -> None:
    first, further = system.companies()
    before = first.snapshot()
    project = next(
        p
        for p in further.stands.jira.collections["project"].values()
        if p["key"] == "SHOP"
    )
    further.stands.jira.delete("project", project["id"])
    named = {name: project[name] for name in ("id", "key", "name")}
    await further.emit.jira("project_deleted", project=named)
    release = further.stands.company.example.release_id
    space = further.stands.octopus.collections["releases"][release]["SpaceId"]
    deployments = further.stands.octopus.collections["deployments"]
    further.stands.octopus.delete("releases", release)
    its_own = {i for i, d in deployments.items() if d["ReleaseId"] == release}
    for id_ in its_own:
        further.stands.octopus.delete("deployments", id_)
    await further.emit.octopus("Deleted", space, release, context=release)
    await system.whole.until(
        lambda: further.title("jiraProject", project["id"]) is None
    )
    await system.whole.until(
        lambda: not its_own & {*further.stands.port.entities["octopusDeployment"]}
    )
    await system.whole.until(
        lambda: not any(
            e["title"] not in (None, e["identifier"]) and e["identifier"][:5] == "SHOP-"
            for e in further.stands.port.entities["jiraIssue"].values()
        )
    )
    assert lost(before, first.snapshot()) == Lost()


async def test_leaving_leaves_nothing_anywhere_and_no_secret_in_the_log(
    system: Several,
) -> None:
    secrets = {
        TOKEN,
        KEY,
        *(hook["secret"] for c in system.companies() for hook in hooks_of(c)),
    }
    settings = system.settings | {"OCEAN__BASE_URL": system.whole.address}
    left = await sail(settings, program=UNREGISTER)
    assert left.status == 0, left.log
    count = sum(len(hooks_of(c)) + len(subscriptions_of(c)) for c in system.companies())
    assert count == 0
    assert "Jira (emea)" in left.log
    log = system.whole.log.read_text(errors="replace")
    assert not [one for one in secrets if one in log or one in left.log]
