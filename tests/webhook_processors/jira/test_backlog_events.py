"""Backlogs follow the events of their issues."""

import asyncio
from collections import Counter
from typing import Any

import pytest
from port_ocean.core.handlers.webhook.webhook_event import WebhookEvent

from client import ApiClient
from core.types import Item
from framework.event_outcome import CURRENT, Outcome
from jira.kinds import JiraKind
from live_events.order import EventOrder
from sandbox.company.jira.catalog import SPRINT
from sandbox.jira import JiraSandbox
from tests.jira.test_kinds import read
from tests.webhook_processors.jira.test_events import (
    client,
    deal,
    gone_in,
    resource_of,
)
from webhook_processors.jira.issues import IssueWebhookProcessor

__all__ = ["client"]


# So many events about one issue.
EVENTS = 50


class Genuine(IssueWebhookProcessor):
    """Takes every event for one of Jira's."""

    async def is_authentic(self, headers: Any) -> bool:
        return True


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


async def test_an_issue_of_a_project_that_is_gone_asks_no_board(
    site: JiraSandbox,
) -> None:
    gone = {"id": "777001", "key": "NOWHERE-1"}
    results = await deal("jira:issue_deleted", "jira-backlog", issue=gone)
    assert results.updated_raw_results == results.deleted_raw_results == []
    assert site.faults.total == 1


async def test_a_storm_about_one_issue_reads_it_twice_and_each_backlog_twice(
    site: JiraSandbox, waiting: list[Item]
) -> None:
    site.faults.forget_requests()
    order, rest_is_there = EventOrder(), asyncio.Event()
    site.faults.add(path="search/jql", held_until=rest_is_there)

    async def tell(number: int) -> None:
        payload = {"webhookEvent": "jira:issue_updated", "issue": named(waiting[0])}
        event = WebhookEvent(str(number), payload, {})

        async def process(outcome: Outcome) -> None:
            token = CURRENT.set(outcome)
            for kind in ("jira-issue", "jira-backlog"):
                await Genuine(event).handle_event(payload, resource_of(kind))
            outcome.is_written = True
            CURRENT.reset(token)

        await order.run(event, [Genuine], None, process)

    async with asyncio.TaskGroup() as events:
        events.create_task(tell(0))
        while not site.faults.total:  # noqa: ASYNC110
            await asyncio.sleep(0)  # until the first event reads the issue
        for number in range(1, EVENTS):
            events.create_task(tell(number))
        await asyncio.sleep(0)
        rest_is_there.set()
    asked = Counter(kept.path for kept in site.faults.requests)
    project = site.collections["issue"][waiting[0]["id"]]["fields"]["project"]["id"]
    boards = [b for b, ids in site.company.board_projects.items() if project in ids]
    assert asked == {
        "/rest/api/3/search/jql": 2,
        **{f"/rest/software/1.0/board/{board}/backlog": 2 for board in boards},
        # Once in a few minutes.
        "/rest/agile/1.0/board": 1,
        "/rest/api/3/field": 1,
    }
