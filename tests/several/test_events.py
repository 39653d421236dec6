"""Events and looks find the one that they are of, and change nothing of the other."""

from functools import partial
from typing import Any

import pytest

from sandbox.events import audit_event, jira_event, octopus_event
from tests.resyncing import Lost, lost
from tests.several.companies import Several, hooks_of, subscriptions_of

pytestmark = [
    pytest.mark.process,
    pytest.mark.asyncio(loop_scope="package"),
    pytest.mark.xdist_group("several"),
]

# Both servers have it.
MACHINE = "Machines-1"
RUNNING = {"State": "Executing", "IsCompleted": False}
ENDED = {"State": "Canceled", "IsCompleted": True}


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
