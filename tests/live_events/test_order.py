"""Events of one object keep their order; others don't wait; a burst costs one read."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from port_ocean.core.handlers.webhook.webhook_event import WebhookEvent

from framework.event_outcome import CURRENT, Outcome, reading
from framework.known_event import arrival_of
from live_events.order import EventOrder, Locks
from webhook_processors.jira import PROCESSORS
from webhook_processors.jira.base import JiraWebhookProcessor

# What becomes of the reads of an event, and of what was read.
FOUND, FAILED, FILTERED, REFUSED = "found", "failed", "filtered", "refused"
RETRIED = "failed-and-found"


class Failure(Exception):
    """What the framework logs and forgets."""


class System:
    """Processes events as the framework does, and tells what goes on at once."""

    def __init__(self, *outcomes: str) -> None:
        self._order = EventOrder(pause_seconds=0)
        self._outcomes = list(outcomes)
        self.running: list[str] = []
        self.seen: list[list[str]] = []

    async def _process(self, event: WebhookEvent, outcome: Outcome) -> None:
        self.running.append(event.trace_id)
        self.seen.append(list(self.running))
        await asyncio.sleep(0)
        wanted = self._outcomes.pop(0) if self._outcomes else FOUND
        token = CURRENT.set(outcome)
        for number, part in enumerate(wanted.split()):
            try:
                await self._read_all(f"object {number}", part)
            except Failure:
                outcome.fail(None, may_pass=True)
        CURRENT.reset(token)
        outcome.is_written = wanted != REFUSED
        self.running.remove(event.trace_id)

    async def _read_all(self, name: str, outcome: str) -> None:
        if outcome == RETRIED:
            with suppress(Failure):
                await self._read(name, FAILED)
        await self._read(name, outcome)

    async def _read(self, name: str, outcome: str) -> None:
        with reading(name) as read:
            await asyncio.sleep(0)
            if outcome == FAILED:
                raise Failure
            read.found = outcome != FILTERED

    async def take(self, *events: WebhookEvent) -> None:
        """Process some events at once, each in a task of its own as workers do."""
        await asyncio.gather(*(self._take(event) for event in events))

    async def _take(self, event: WebhookEvent) -> None:
        process = partial(self._process, event)
        await self._order.run(event, PROCESSORS, None, process)


def event(name: str, id_: int = 1, **more: Any) -> WebhookEvent:
    payload = {"webhookEvent": name, "issue": {"id": id_}, **more}
    posted = WebhookEvent(trace_id=f"{name} {id_}", payload=payload, headers={})
    arrival_of(posted)  # as the queue that it waits in notes it
    return posted


@pytest.fixture(autouse=True)
def genuine(monkeypatch: pytest.MonkeyPatch) -> dict[str, bool]:
    """Let events be genuine, or not, by a flag."""
    is_so = {"genuine": True}

    async def is_genuine(self: Any, headers: Any) -> bool:
        return is_so["genuine"]

    monkeypatch.setattr(JiraWebhookProcessor, "is_genuine", is_genuine)
    return is_so


async def test_events_of_one_object_come_one_after_the_other() -> None:
    system = System()
    names = ("jira:issue_created", "jira:issue_deleted", "comment_created")
    await system.take(*map(event, names))
    assert all(len(together) == 1 for together in system.seen)


async def test_events_of_other_objects_do_not_wait() -> None:
    system = System()
    await system.take(*(event("jira:issue_updated", id_) for id_ in range(1, 5)))
    assert max(map(len, system.seen)) == 4


async def test_a_link_waits_for_the_issues_at_both_ends() -> None:
    system = System()
    link = {"id": 7, "sourceIssueId": 1, "destinationIssueId": 2}
    linked = event("issuelink_created", issueLink=link)
    issues = [event("jira:issue_updated", id_) for id_ in (1, 2)]
    await system.take(linked, *issues)
    assert ["issuelink_created 1"] in system.seen
    assert all(len(t) == 1 for t in system.seen if "issuelink_created 1" in t)


async def test_of_a_burst_only_what_came_after_the_last_read_counts() -> None:
    system = System()
    await system.take(*(event("jira:issue_updated") for _ in range(50)))
    assert len(system.seen) == 1
    await system.take(event("jira:issue_updated"))
    assert len(system.seen) == 2


async def test_a_system_clock_that_is_set_back_hides_no_event() -> None:
    system = System()
    await system.take(event("jira:issue_updated"))
    late = event("jira:issue_updated")
    late.created_at -= timedelta(seconds=30)
    await system.take(late)
    assert len(system.seen) == 2


@pytest.mark.parametrize(
    "outcome", [FAILED, FILTERED, REFUSED, f"{FOUND} {FAILED}", f"{FOUND} {FILTERED}"]
)
async def test_what_was_not_read_or_written_replaces_no_event(
    outcome: str,
) -> None:
    system = System(outcome, outcome, FOUND)
    await system.take(*(event("jira:issue_updated") for _ in range(5)))
    assert len(system.seen) == 3


async def test_what_was_read_at_the_second_try_was_read() -> None:
    system = System(RETRIED)
    await system.take(*(event("jira:issue_updated") for _ in range(5)))
    assert len(system.seen) == 1


async def test_whatever_is_raised_no_worker_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def broken(self: Any, headers: Any) -> bool:
        raise RuntimeError("nobody has thought of this")

    system = System()
    with monkeypatch.context() as patch:
        patch.setattr(JiraWebhookProcessor, "is_genuine", broken)
        await system.take(event("jira:issue_updated"))
    await system.take(event("jira:issue_updated"))
    assert len(system.seen) == 2


async def test_an_object_that_one_of_two_mappings_wants_was_read() -> None:
    outcome = Outcome(is_written=True)
    token = CURRENT.set(outcome)
    for is_found in (True, False):
        with reading("an issue") as read:
            read.found = is_found
    CURRENT.reset(token)
    assert outcome.is_complete


async def test_an_event_that_concerns_more_kinds_is_processed() -> None:
    task = {"issuetype": {"hierarchyLevel": 0}, "project": {"projectTypeKey": "x"}}
    issue = {"id": 1, "fields": task}
    was_epic = {"items": [{"field": "issuetype"}]}
    system = System()
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

    system = System()
    await system.take(*map(account, ("user_updated", "user_deleted", "user_created")))
    assert len(system.seen) == 3


async def test_a_forged_deletion_has_nothing_read_anew(
    genuine: dict[str, bool],
) -> None:
    system = System()
    before = event("jira:issue_updated")
    await system.take(event("jira:issue_updated"))
    genuine["genuine"] = False
    await system.take(event("jira:issue_deleted"))
    genuine["genuine"] = True
    await system.take(before)
    assert len(system.seen) == 2


async def test_a_deletion_and_a_move_are_always_processed() -> None:
    move = {"items": [{"field": "Key", "fromString": "OPS-1", "toString": "SHOP-9"}]}
    system = System()
    await system.take(
        event("jira:issue_updated"),
        event("jira:issue_deleted"),
        event("jira:issue_updated", changelog=move),
    )
    assert len(system.seen) == 3


async def test_a_forged_event_is_processed_where_it_is_dropped(
    genuine: dict[str, bool],
) -> None:
    system = System()
    events = [event("jira:issue_updated") for _ in range(2)]
    await system.take(event("jira:issue_updated"))
    genuine["genuine"] = False
    await system.take(*events)
    assert len(system.seen) == 3


async def test_a_body_that_is_nobodys_goes_the_usual_way() -> None:
    system = System()
    await system.take(WebhookEvent(trace_id="x", payload=[], headers={}))  # type: ignore[arg-type]
    assert system.seen == [["x"]]


async def test_locks_taken_crosswise_do_not_block_for_ever() -> None:
    locks = Locks()

    async def hold(*keys: str) -> None:
        async with locks.hold(keys):
            await asyncio.sleep(0)

    async with asyncio.timeout(5):
        await asyncio.gather(*(hold("a", "b") for _ in range(5)), hold("b", "a"))
