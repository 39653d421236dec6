"""What is posted to a process that serves live events can do it no harm."""

import asyncio
import hashlib
import hmac
import json
import shutil
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from sandbox.bench.meter import PeakMemory
from sandbox.company import Item
from sandbox.events import jira_event
from sandbox.everything import DEFAULTS
from tests.live_events.hostile import HUGE, hostile
from tests.live_events.running import Running, filled

# One process serves all of these tests, one after the other.
pytestmark = [
    pytest.mark.process,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.xdist_group("hostile events"),
]

NO_LOOKS = {"OCEAN__INTEGRATION__CONFIG__INCREMENTAL_LOOK_SECONDS": "0"}
BURST, AT_ONCE = 500, 20
# Bodies that come at once, what each weighs, and what all of them may cost.
LARGE_AT_ONCE, LARGE, MAY_COST_MB = 60, 900_000, 150
# The first event and one for all the others: eight requests each, for the deployment
# with its task, its release, what runs in its place, and the names of spaces and
# environments. And some more for one that was between them.
HANDFUL = 20


# For one issue only: the resync at the start is not what is tested.
POISON = "An issue with which the mapping has no end"
ENDLESS = (
    f'if .fields.summary == "{POISON}" then [range(1000000000)] | length'
    " else .fields.duedate end"
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    resources = tmp_path_factory.mktemp("resources")
    shutil.copytree(DEFAULTS, resources, dirs_exist_ok=True)
    mapping = resources / "port-app-config.yml"
    text = mapping.read_text().replace(
        "dueDate: .fields.duedate", f"dueDate: {ENDLESS}"
    )
    mapping.write_text(text)
    async with filled({**NO_LOOKS, "OCEAN__RESOURCES_PATH": str(resources)}) as system:
        yield system


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
    for url, body in ((u, b) for u in addresses(running) for b in hostile()):
        reply = await running.http.post(url, content=body, timeout=60)
        assert reply.status_code == (413 if len(body) > HUGE else 401)
        assert reply.content == b""
    # Signed rubbish is rubbish, too.
    (hook,) = running.stands.jira.collections["webhook"].values()
    for body in hostile():
        headers = {"X-Hub-Signature": signature(hook, body)}
        reply = await running.http.post(hook["url"], content=body, headers=headers)
        assert reply.status_code in (200, 400, 413)
    for subject in ({"issue": {"id": "1) OR (id > 0"}}, {"issue": json.loads("[[1]]")}):
        body, headers = jira_event(hook, "jira:issue_deleted", **subject)
        await running.http.post(hook["url"], content=body, headers=headers)
    await edit_an_issue(running, "After all that")
    after = {b: set(found) for b, found in running.stands.port.entities.items()}
    assert after == before
    # One event for one issue, and those that name an issue under our signature.
    now = running.stands.jira.faults.total + running.stands.octopus.faults.total
    assert now - asked <= 6
    assert (await running.http.get(health(running))).status_code == 200
    pages = health(running).replace("health/live", "docs")
    assert (await running.http.get(pages)).status_code == 404


def signature(hook: Item, body: bytes) -> str:
    secret = str(hook["secret"]).encode()
    return f"sha256={hmac.new(secret, body, hashlib.sha256).hexdigest()}"


async def test_a_flood_of_forged_events_costs_a_line(running: Running) -> None:
    url = addresses(running)[0]
    before = running.log.read_text(errors="replace")
    forged = {"X-Hub-Signature": "sha256=" + "0" * 64}
    turn = asyncio.Semaphore(AT_ONCE)

    async def forge() -> int:
        async with turn:
            body = b'{"webhookEvent":"jira:issue_updated","issue":{"id":"10001"}}'
            reply = await running.http.post(url, content=body, headers=forged)
            return reply.status_code

    async with asyncio.TaskGroup() as flood:
        tasks = [flood.create_task(forge()) for _ in range(BURST)]
        await edit_an_issue(running, "In the middle of it")
        assert (await running.http.get(health(running))).status_code == 200
    assert {task.result() for task in tasks} == {401}
    lines = running.log.read_text(errors="replace")[len(before) :].splitlines()
    # Jira's other tests may have been told about in the same minute.
    assert len([line for line in lines if "Live events refused" in line]) <= 1
    assert [line for line in lines if "Authentication failed" in line] == []
    assert len(lines) < BURST / 2
    metrics = health(running).replace("health/live", "metrics")
    counted = (await running.http.get(metrics)).text
    name = 'live_events_refused_total{path="/webhook/jira",reason="signature"}'
    (line,) = [line for line in counted.splitlines() if line.startswith(name)]
    assert float(line.split()[1]) >= BURST


@pytest.mark.parametrize(
    ("is_signed", "shape"), [(False, "text"), (True, "text"), (True, "items")]
)
async def test_large_bodies_at_once_cost_little_memory(
    running: Running, is_signed: bool, shape: str
) -> None:
    (hook,) = running.stands.jira.collections["webhook"].values()
    bulk = "x" * LARGE if shape == "text" else [{"id": "x" * 20}] * (LARGE // 30)
    forged = {"X-Hub-Signature": "sha256=" + "0" * 64}
    posts = [
        jira_event(hook, "jira:issue_updated", issue={"id": str(n)}, bulk=bulk)
        for n in range(LARGE_AT_ONCE)
    ]
    with PeakMemory(running.pid()) as peak:
        before = peak.now()
        replies = await asyncio.gather(
            *(
                running.http.post(
                    hook["url"], content=body, headers=headers if is_signed else forged
                )
                for body, headers in posts
            )
        )
        await edit_an_issue(running, f"After {shape}, {is_signed}")
    assert {r.status_code for r in replies} <= ({200, 503} if is_signed else {401, 503})
    assert peak.megabytes - before < MAY_COST_MB


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


async def test_an_endless_expression_costs_its_value_and_holds_nothing_up(
    running: Running,
) -> None:
    edited = asyncio.ensure_future(edit_an_issue(running, POISON))
    while not edited.done():
        reply = await running.http.get(health(running))
        assert reply.status_code == 200
        await asyncio.sleep(0.05)
    await edited
    log = running.log.read_text(errors="replace")
    assert f"properties.dueDate of jira-issue: it takes too long: {ENDLESS!r}" in log
    await edit_an_issue(running, "No poison any more")


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
