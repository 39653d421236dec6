"""Backlogs follow the events of their issues."""

import asyncio
from collections import Counter
from contextlib import nullcontext
from typing import Any

import pytest
from port_ocean.core.handlers.webhook.webhook_event import WebhookEvent
from port_ocean.exceptions.webhook_processor import RetryableError

from client import ApiClient
from core.trouble import Report, reporting
from core.types import Item
from framework.event_outcome import CURRENT, Outcome
from framework.webhook_processor import OrderedWebhookProcessor
from jira.kinds import JiraKind
from live_events.order import EventOrder, matching_processors
from sandbox.company.jira.catalog import SPRINT
from sandbox.jira import JiraSandbox
from tests.jira.test_kinds import read
from tests.webhook_processors.jira.test_events import (
    client,
    deal,
    gone_in,
    resource_of,
)
from webhook_processors.jira.issues import (
    BacklogWebhookProcessor,
    IssueWebhookProcessor,
)

__all__ = ["client"]


# So many events about one issue.
EVENTS = 50


class Genuine(IssueWebhookProcessor):
    """Takes every event for one of Jira's."""

    async def is_authentic(self, headers: Any) -> bool:
        return True


BOTH = (Genuine, BacklogWebhookProcessor)


@pytest.fixture
async def waiting(api: ApiClient) -> list[Item]:
    """Return the first issue that waits in a backlog, once for each board."""
    listed = await read(api, JiraKind.BACKLOG)
    return [item for item in listed if item["id"] == listed[0]["id"]]


def named(issue: Item) -> Item:
    return {"id": issue["id"], "key": issue["key"]}


def ids(items: list[Item]) -> set[str]:
    return {item["__backlogId"] for item in items}


async def test_an_edited_issue_is_as_in_a_resync_on_each_board(
    waiting: list[Item],
) -> None:
    results = await deal("jira:issue_updated", "jira-backlog", issue=named(waiting[0]))
    assert results.updated_raw_results == waiting


async def test_searches_that_lag_behind_are_no_excuse(
    site: JiraSandbox, waiting: list[Item]
) -> None:
    site.index.lag_seconds = 3600.0
    issue = site.collections["issue"][waiting[0]["id"]]
    fields = {**issue["fields"], "summary": "Something else"}
    site.put("issue", issue["id"], {**issue, "fields": fields})
    results = await deal("jira:issue_updated", "jira-backlog", issue=named(issue))
    titles = {item["fields"]["summary"] for item in results.updated_raw_results}
    assert titles == {"Something else"}


async def test_an_issue_leaves_the_backlog_with_its_first_sprint(
    site: JiraSandbox, waiting: list[Item]
) -> None:
    issue = site.collections["issue"][waiting[0]["id"]]
    sprint = next(iter(site.collections["sprint"].values()))
    fields = {**issue["fields"], SPRINT: [{**sprint, "state": "future"}]}
    site.put("issue", issue["id"], {**issue, "fields": fields})
    results = await deal("jira:issue_updated", "jira-backlog", issue=named(issue))
    assert results.updated_raw_results == []
    assert ids(gone_in(results)) >= ids(waiting)


@pytest.mark.parametrize("name", ["jira:issue_deleted", "jira:issue_updated"])
async def test_a_deleted_issue_leaves_every_backlog(
    site: JiraSandbox, waiting: list[Item], name: str
) -> None:
    site.delete("issue", waiting[0]["id"])
    results = await deal(name, "jira-backlog", issue=named(waiting[0]))
    assert results.updated_raw_results == []
    assert ids(gone_in(results)) >= ids(waiting)


async def test_a_moved_issue_leaves_the_backlogs_of_its_old_project(
    site: JiraSandbox, waiting: list[Item]
) -> None:
    issue = site.collections["issue"][waiting[0]["id"]]
    project = next(
        p
        for p in site.visible("project")
        if not p.get("archived") and p["id"] != issue["fields"]["project"]["id"]
    )
    key = f"{project['key']}-7001"
    fields = {**issue["fields"], "project": project}
    site.put("issue", issue["id"], {**issue, "key": key, "fields": fields})
    move = {"field": "Key", "fromString": issue["key"], "toString": key}
    results = await deal(
        "jira:issue_updated",
        "jira-backlog",
        issue={"id": issue["id"], "key": key},
        changelog={"items": [move]},
    )
    stays = ids(results.updated_raw_results)
    assert ids(waiting) - stays
    assert ids(gone_in(results)) >= ids(waiting) - stays


async def test_a_refused_list_of_boards_is_no_project_that_is_gone(
    site: JiraSandbox, waiting: list[Item]
) -> None:
    key = site.collections["issue"][waiting[0]["id"]]["key"]
    other = next(p["key"] for p in site.visible("project") if p["key"] not in key)
    refused = rf"agile/1.0/board\?.*projectKeyOrId={other}(&|$)"
    site.faults.add(path=refused, times=None, status=400, body="{}")
    move = {"field": "Key", "fromString": f"{other}-1", "toString": key}
    with reporting(Report("jira-backlog")) as report:
        results = await deal(
            "jira:issue_updated",
            "jira-backlog",
            issue=named(waiting[0]),
            changelog={"items": [move]},
        )
    assert ids(results.updated_raw_results) >= ids(waiting)
    assert report.hidden


async def test_an_issue_of_a_project_that_is_gone_asks_no_board(
    site: JiraSandbox,
) -> None:
    gone = {"id": "777001", "key": "NOWHERE-1"}
    results = await deal("jira:issue_deleted", "jira-backlog", issue=gone)
    assert results.updated_raw_results == results.deleted_raw_results == []
    assert site.faults.total == 2  # for its boards, and for the project itself


class System:
    """Processes events in their order, for issues and for backlogs."""

    def __init__(self) -> None:
        self.order = EventOrder()
        self.backlogs: list[Item] = []
        self.left: list[Item] = []

    async def tell(self, name: str, issue: Item, stream: Any = None) -> None:
        payload = {"webhookEvent": name, "issue": named(issue)}
        await self.process(WebhookEvent(name, payload, {}), stream)

    async def process(self, event: WebhookEvent, stream: Any = None) -> None:
        async def process_now(outcome: Outcome) -> None:
            token = CURRENT.set(outcome)
            (one,) = await matching_processors(BOTH, event)
            try:
                await self.read(one)
            except RetryableError:
                outcome.fail(None, may_pass=True)
            outcome.is_written = True
            CURRENT.reset(token)

        await self.order.run(event, BOTH, stream, process_now)

    async def read(self, processor: OrderedWebhookProcessor) -> None:
        payload = processor.event.payload
        kinds = await processor.get_matching_kinds(processor.event)
        for kind in ("jira-issue", "jira-backlog"):
            if kind in kinds:
                results = await processor.handle_event(payload, resource_of(kind))
        # Of the backlogs, which are the last.
        self.backlogs += results.updated_raw_results
        self.left += results.deleted_raw_results


def boards_of(site: JiraSandbox, issue: Item) -> list[str]:
    project = site.collections["issue"][issue["id"]]["fields"]["project"]["id"]
    return [b for b, ids in site.company.board_projects.items() if project in ids]


async def test_a_storm_about_one_issue_reads_it_twice_and_each_backlog_once(
    site: JiraSandbox, waiting: list[Item]
) -> None:
    site.faults.forget_requests()
    system, rest_is_there = System(), asyncio.Event()
    site.faults.add(path="search/jql", held_until=rest_is_there)
    async with asyncio.TaskGroup() as events:
        events.create_task(system.tell("jira:issue_updated", waiting[0]))
        while not site.faults.total:  # noqa: ASYNC110
            await asyncio.sleep(0)  # until the first event reads the issue
        for _ in range(1, EVENTS):
            events.create_task(system.tell("jira:issue_updated", waiting[0]))
        await asyncio.sleep(0)
        rest_is_there.set()
    assert system.backlogs == []
    await system.order.finish(system.process)
    assert system.backlogs == waiting
    asked = Counter(kept.path for kept in site.faults.requests)
    boards = boards_of(site, waiting[0])
    assert asked == {
        "/rest/api/3/search/jql": 2,
        **{f"/rest/software/1.0/board/{board}/backlog": 1 for board in boards},
        # Once in a few minutes.
        "/rest/agile/1.0/board": 1,
        "/rest/api/3/field": 1,
    }


async def test_what_comes_after_a_backlog_was_read_has_it_read_again(
    site: JiraSandbox, waiting: list[Item]
) -> None:
    system = System()
    await system.tell("jira:issue_updated", waiting[0])
    await system.order.finish(system.process)
    issue = site.collections["issue"][waiting[0]["id"]]
    fields = {**issue["fields"], "summary": "Something else"}
    site.put("issue", issue["id"], {**issue, "fields": fields})
    await system.tell("comment_created", issue)
    system.backlogs.clear()
    await system.order.finish(system.process)
    titles = {item["fields"]["summary"] for item in system.backlogs}
    assert titles == {"Something else"}


async def test_a_deletion_leaves_the_backlogs_at_once(
    site: JiraSandbox, waiting: list[Item]
) -> None:
    system = System()
    await system.tell("jira:issue_updated", waiting[0])
    site.delete("issue", waiting[0]["id"])
    await system.tell("jira:issue_deleted", waiting[0])
    assert ids(system.left) >= ids(waiting)
    await system.order.finish(system.process)
    assert system.backlogs == []


async def test_nothing_is_deferred_of_what_a_stream_forgets(
    waiting: list[Item], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("live_events.order.hold_in_redis", lambda *_: nullcontext())
    system = System()
    await system.tell("jira:issue_updated", waiting[0], stream=object())
    assert system.backlogs == waiting
    assert system.order.oldest_arrival() is None


async def test_a_backlog_that_could_not_be_read_is_retried(
    site: JiraSandbox, waiting: list[Item]
) -> None:
    system = System()
    await system.tell("jira:issue_updated", waiting[0])
    assert system.order.oldest_arrival() is not None
    site.faults.add(path="backlog", status=503, times=None)
    await system.order.finish(system.process)
    assert len(system.order.retries) == 1
