"""What is posted to a process that serves live events can do it no harm."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from sandbox.company import Item
from sandbox.events import jira_event
from tests.test_live_events import Running, filled

NO_SAFETY_NET = {"OCEAN__INTEGRATION__CONFIG__OCTOPUS_SAFETY_NET_SECONDS": "0"}
# What Jira delivers at most.
HUGE = 25 * 1024 * 1024
# Deeper than any parser follows, and as deep as one just does.
DEEP, LESS_DEEP = 100_000, 400
BURST, AT_ONCE = 500, 20
# The first event and one for all the others: the deployment with its task, its release,
# and what runs in its place. And one more for one that was between them.
HANDFUL = 12


@pytest.fixture
async def running() -> AsyncIterator[Running]:
    async with filled(NO_SAFETY_NET) as system:
        yield system


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


def hostile() -> list[bytes]:
    """Return bodies of every wrong sort."""
    issue = b'{"webhookEvent":"jira:issue_updated","issue":{"id":"10001"},"x":'
    text = b'"' + b"x" * HUGE + b'"'
    values = (b"[]", b"null", b"true", b"1e999", b"NaN", b'""', b"{", b"", b"\xff\xfe")
    shapes = (
        b'{"webhookEvent":["x"]}',
        b'{"webhookEvent":"jira:issue_updated","issue":[null]}',
        b'{"webhookEvent":"project_deleted","project":{"id":{"id":1}}}',
        b'{"webhookEvent":"\xfc"}',
        b'{"webhookEvent":"\\ud800","issue":{"id":"\\ud800"}}',
        b'{"Payload":{"Event":[]}}',
        b'{"Payload":{"Event":{"SpaceId":"../../x","Category":"Created"}}}',
        b'{"Payload":{"Event":{"Category":"Deleted","RelatedDocumentIds":[[],{},7]}}}',
    )
    large = (nested(DEEP), text, issue + text + b"}")
    deep = (issue + nested(depth) + b"}" for depth in (DEEP, LESS_DEEP))
    return [*values, *shapes, *large, *deep]


def addresses(running: Running) -> list[str]:
    (hook,) = running.stands.jira.collections["webhook"].values()
    subscriptions = running.stands.octopus.collections["subscriptions"].values()
    details = next(iter(subscriptions))["EventNotificationSubscription"]
    return [hook["url"], details["WebhookURI"]]


async def edit_an_issue(running: Running, summary: str) -> None:
    """Edit an issue and wait for that in the catalog."""
    jira, shown = running.stands.jira, running.stands.port.entities["jiraIssue"]
    issues = running.stands.company.jira["issue"].items()
    id_, issue = next((i, issue) for i, issue in issues if issue["key"] in shown)
    jira.put("issue", id_, {**issue, "fields": {**issue["fields"], "summary": summary}})
    named = {"id": id_, "key": issue["key"]}
    await running.emit.jira("jira:issue_updated", issue=named)
    await running.until(lambda: shown[issue["key"]]["title"] == summary)


async def test_hostile_bodies_harm_neither_the_process_nor_later_events(
    running: Running,
) -> None:
    before = {b: set(found) for b, found in running.stands.port.entities.items()}
    asked = running.stands.jira.faults.total + running.stands.octopus.faults.total
    (hook,) = running.stands.jira.collections["webhook"].values()
    for url, body in ((u, b) for u in addresses(running) for b in hostile()):
        reply = await running.http.post(url, content=body, timeout=60)
        assert reply.status_code == 200
    # Signed rubbish is rubbish, too.
    for subject in ({"issue": {"id": "1) OR (id > 0"}}, {"issue": json.loads("[[1]]")}):
        body, headers = jira_event(hook, "jira:issue_deleted", **subject)
        await running.http.post(hook["url"], content=body, headers=headers)
    await edit_an_issue(running, "After all that")
    after = {b: set(found) for b, found in running.stands.port.entities.items()}
    assert after == before
    # One event for one issue: nothing else has been asked for.
    now = running.stands.jira.faults.total + running.stands.octopus.faults.total
    assert now - asked <= 3
    assert (await running.http.get(health(running))).status_code == 200


def health(running: Running) -> str:
    return addresses(running)[0].replace("integration/webhook/jira", "health/live")


async def test_row_42_500_events_of_one_deployment_cost_a_handful_of_requests(
    running: Running,
) -> None:
    octopus, company = running.stands.octopus, running.stands.company
    deployment = company.octopus["deployments"][company.example.deployment_id]
    task = company.octopus["tasks"][deployment["TaskId"]]
    octopus.put("tasks", task["Id"], {**task, "State": "Canceled"})
    names = ("Id", "ProjectId", "ReleaseId", "EnvironmentId", "TaskId")
    related = [deployment[name] for name in names]
    # All events come in while the first of them is still being read.
    all_told = asyncio.Event()
    octopus.faults.add(held_until=all_told, times=None)
    before = octopus.faults.total
    turn = asyncio.Semaphore(AT_ONCE)

    async def tell() -> None:
        async with turn:
            space = deployment["SpaceId"]
            await running.emit.octopus("DeploymentStarted", space, *related)

    await asyncio.gather(*(tell() for _ in range(BURST)))
    all_told.set()

    def state() -> str:
        entity = running.entity("octopusDeployment", deployment["Id"])
        return str(entity and entity["properties"]["state"])

    await running.until(lambda: state() == "Canceled")
    await edit_an_issue(running, "After the burst")
    asked = octopus.faults.total - before
    assert asked <= HANDFUL, octopus.faults.by_pattern


async def test_row_62_neither_secrets_nor_bodies_get_into_the_log(
    running: Running,
) -> None:
    await edit_an_issue(running, "Something that is nobody's business")
    log = running.log.read_text(errors="replace")
    (hook,) = running.stands.jira.collections["webhook"].values()
    subscriptions = running.stands.octopus.collections["subscriptions"].values()
    secrets = [hook["secret"], *map(secret_of, subscriptions)]
    secrets += [
        value
        for name, value in running.stands.environment().items()
        if "TOKEN" in name or "API_KEY" in name
    ]
    assert [secret for secret in secrets if secret in log] == []
    assert "nobody's business" not in log


def secret_of(subscription: Item) -> str:
    value = subscription["EventNotificationSubscription"]["WebhookHeaderValue"]
    return str(value["NewValue"] if isinstance(value, dict) else value)
