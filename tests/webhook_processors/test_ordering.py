"""Events of one object keep their order; others don't wait; a burst costs one read."""

import asyncio
import inspect
from contextlib import suppress
from typing import Any

import pytest
from port_ocean.core.handlers.webhook.processor_manager import (
    LiveEventsProcessorManager,
)
from port_ocean.core.handlers.webhook.webhook_event import WebhookEvent

from webhook_processors.jira import PROCESSORS
from webhook_processors.jira_event import JiraWebhookProcessor
from webhook_processors.ordering import Locks, keep_order
from webhook_processors.progress import RUNNING, Progress, reading

PATH = "/webhook/jira"
# What becomes of the reads of an event, and of what was read.
FOUND, FAILED, FILTERED, REFUSED = "found", "failed", "filtered", "refused"
RETRIED = "failed-and-found"


class Failure(Exception):
    """What the framework logs and forgets."""


class Manager:
    """Stands for the framework's manager, and tells what goes on at the same time."""

    def __init__(self, *outcomes: str) -> None:
        self._processors_classes = {PATH: PROCESSORS}
        self._live_events_consumer = None
        self._outcomes = list(outcomes)
        self._is_refused = False
        self.running: list[str] = []
        self.seen: list[list[str]] = []

    async def _process_webhook_event(
        self, path: str, worker_id: int, event: WebhookEvent
    ) -> None:
        self.running.append(event.trace_id)
        self.seen.append(list(self.running))
        await asyncio.sleep(0)
        outcome = self._outcomes.pop(0) if self._outcomes else FOUND
        for number, part in enumerate(outcome.split()):
            with suppress(Failure):
                await self._process_single_event(part, path, None, number)
        self._is_refused = outcome == REFUSED
        await self.sync_raw_results([])
        self.running.remove(event.trace_id)

    async def _process_single_event(
        self, outcome: str, path: str, resource: None, index: int
    ) -> None:
        if outcome == RETRIED:
            with suppress(Failure):
                await self._read(f"object {index}", FAILED)
        await self._read(f"object {index}", outcome)

    async def _read(self, name: str, outcome: str) -> None:
        with reading(name) as read:
            await asyncio.sleep(0)
            if outcome == FAILED:
                raise Failure
            read.found = outcome != FILTERED

    async def sync_raw_results(self, results: list[Any]) -> bool:
        return not self._is_refused

    async def take(self, *events: WebhookEvent) -> None:
        """Deal with some events at once, each in a task of its own as workers do."""
        handle = self._process_webhook_event
        await asyncio.gather(*(handle(PATH, 0, event) for event in events))


def manager(*outcomes: str) -> Manager:
    manager: Any = Manager(*outcomes)
    keep_order(manager)
    ordered: Manager = manager
    return ordered


def event(name: str, id_: int = 1, **more: Any) -> WebhookEvent:
    payload = {"webhookEvent": name, "issue": {"id": id_}, **more}
    return WebhookEvent(trace_id=f"{name} {id_}", payload=payload, headers={})


@pytest.fixture(autouse=True)
def genuine(monkeypatch: pytest.MonkeyPatch) -> dict[str, bool]:
    """Let events be genuine, or not, by a flag."""
    is_so = {"genuine": True}

    async def is_genuine(self: Any, headers: Any) -> bool:
        return is_so["genuine"]

    monkeypatch.setattr(JiraWebhookProcessor, "is_genuine", is_genuine)
    return is_so


async def test_events_of_one_object_come_one_after_the_other() -> None:
    system = manager()
    names = ("jira:issue_created", "jira:issue_deleted", "comment_created")
    await system.take(*map(event, names))
    assert all(len(together) == 1 for together in system.seen)


async def test_events_of_other_objects_do_not_wait() -> None:
    system = manager()
    await system.take(*(event("jira:issue_updated", id_) for id_ in range(1, 5)))
    assert max(map(len, system.seen)) == 4


async def test_a_link_waits_for_the_issues_at_both_ends() -> None:
    system = manager()
    link = {"id": 7, "sourceIssueId": 1, "destinationIssueId": 2}
    linked = event("issuelink_created", issueLink=link)
    issues = [event("jira:issue_updated", id_) for id_ in (1, 2)]
    await system.take(linked, *issues)
    assert ["issuelink_created 1"] in system.seen
    assert all(len(t) == 1 for t in system.seen if "issuelink_created 1" in t)


async def test_of_a_burst_only_what_came_after_the_last_read_counts() -> None:
    system = manager()
    await system.take(*(event("jira:issue_updated") for _ in range(50)))
    assert len(system.seen) == 1
    await system.take(event("jira:issue_updated"))
    assert len(system.seen) == 2


@pytest.mark.parametrize(
    "outcome", [FAILED, FILTERED, REFUSED, f"{FOUND} {FAILED}", f"{FOUND} {FILTERED}"]
)
async def test_what_was_not_read_or_not_written_covers_nothing(outcome: str) -> None:
    system = manager(outcome, outcome, FOUND)
    await system.take(*(event("jira:issue_updated") for _ in range(5)))
    assert len(system.seen) == 3


async def test_what_was_read_at_the_second_try_was_read() -> None:
    system = manager(RETRIED)
    await system.take(*(event("jira:issue_updated") for _ in range(5)))
    assert len(system.seen) == 1


async def test_whatever_is_raised_no_worker_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def broken(self: Any, headers: Any) -> bool:
        raise RuntimeError("nobody has thought of this")

    system = manager()
    with monkeypatch.context() as patch:
        patch.setattr(JiraWebhookProcessor, "is_genuine", broken)
        await system.take(event("jira:issue_updated"))
    await system.take(event("jira:issue_updated"))
    assert len(system.seen) == 2


async def test_an_object_that_one_of_two_mappings_wants_was_read() -> None:
    progress = Progress(is_written=True)
    token = RUNNING.set(progress)
    for is_found in (True, False):
        with reading("an issue") as read:
            read.found = is_found
    RUNNING.reset(token)
    assert progress.is_complete


async def test_an_event_that_concerns_more_kinds_is_not_covered() -> None:
    task = {"issuetype": {"hierarchyLevel": 0}, "project": {"projectTypeKey": "x"}}
    issue = {"id": 1, "fields": task}
    was_epic = {"items": [{"field": "issuetype"}]}
    system = manager()
    await system.take(
        event("comment_created", issue=issue),
        event("comment_updated", issue=issue),
        event("jira:issue_updated", issue=issue, changelog=was_epic),
    )
    assert [seen[0] for seen in system.seen] == [
        "comment_created 1",
        "jira:issue_updated 1",
    ]


async def test_what_came_back_after_it_was_gone_counts() -> None:
    def account(name: str) -> WebhookEvent:
        return event(name, user={"accountId": "a-1"})

    system = manager()
    await system.take(*map(account, ("user_updated", "user_deleted", "user_created")))
    assert len(system.seen) == 3


async def test_a_forged_deletion_has_nothing_read_anew(
    genuine: dict[str, bool],
) -> None:
    system = manager()
    before = event("jira:issue_updated")
    await system.take(event("jira:issue_updated"))
    genuine["genuine"] = False
    await system.take(event("jira:issue_deleted"))
    genuine["genuine"] = True
    await system.take(before)
    assert len(system.seen) == 2


async def test_what_is_gone_or_moved_is_never_covered() -> None:
    move = {"items": [{"field": "Key", "fromString": "OPS-1", "toString": "SHOP-9"}]}
    system = manager()
    await system.take(
        event("jira:issue_updated"),
        event("jira:issue_deleted"),
        event("jira:issue_updated", changelog=move),
    )
    assert len(system.seen) == 3


async def test_a_forged_event_is_dealt_with_where_it_is_dropped(
    genuine: dict[str, bool],
) -> None:
    system = manager()
    events = [event("jira:issue_updated") for _ in range(2)]
    await system.take(event("jira:issue_updated"))
    genuine["genuine"] = False
    await system.take(*events)
    assert len(system.seen) == 3


async def test_a_body_that_is_nobodys_goes_the_usual_way() -> None:
    system = manager()
    await system.take(WebhookEvent(trace_id="x", payload=[], headers={}))  # type: ignore[arg-type]
    assert system.seen == [["x"]]


async def test_locks_taken_crosswise_do_not_block_for_ever() -> None:
    locks = Locks()

    async def hold(*keys: str) -> None:
        async with locks.hold(keys):
            await asyncio.sleep(0)

    async with asyncio.timeout(5):
        await asyncio.gather(*(hold("a", "b") for _ in range(5)), hold("b", "a"))


def test_the_framework_still_has_what_this_builds_on() -> None:
    process = LiveEventsProcessorManager._process_webhook_event
    assert list(inspect.signature(process).parameters) == [
        "self",
        "path",
        "worker_id",
        "event",
    ]
    source = inspect.getsource(LiveEventsProcessorManager)
    assert "self._processors_classes[path]" in source
    assert "await self.sync_raw_results(" in source
    assert source.count("await self._process_webhook_event(") == 2
    assert "self._process_single_event(proc, path, res, resource_index)" in source
    assert "config.event_workers_count" in source
