"""What can't be done now is kept, within bounds, and done again until it is done."""

import asyncio
from collections.abc import Iterator
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from port_ocean.core.handlers.webhook.webhook_event import WebhookEvent

from framework.event_outcome import Outcome
from framework.known_event import KnownEvent, arrival_of
from live_events import retry
from live_events.order import EventOrder
from live_events.retry import FIRST_SECONDS, GIVE_UP_SECONDS, LONGEST_SECONDS, Retries
from webhook_processors.jira import PROCESSORS
from webhook_processors.jira.base import JiraWebhookProcessor

PATH = "/webhook/jira"


class Clock:
    """A clock that goes on as the retries sleep."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    ours = Clock()
    monkeypatch.setattr(retry, "time", ours)
    without_pauses = SimpleNamespace(**{**vars(asyncio), "sleep": ours.sleep})
    monkeypatch.setattr(retry, "asyncio", without_pauses)
    return ours


@pytest.fixture(autouse=True)
def genuine(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, bool]]:
    """Let what is posted be genuine, or not, by a flag."""
    is_so = {"genuine": True}

    async def is_genuine(self: Any, headers: Any) -> bool:
        return is_so["genuine"]

    monkeypatch.setattr(JiraWebhookProcessor, "is_genuine", is_genuine)
    yield is_so


def posted(
    issue: int = 1, name: str = "jira:issue_updated", **more: Any
) -> WebhookEvent:
    payload = {"webhookEvent": name, "issue": {"id": issue}, **more}
    event = WebhookEvent(f"{name} {issue} {more}", payload, {})
    event.webhook_path = PATH
    return event


class System:
    """Processes events; vendor and Port are up or down."""

    def __init__(self, order: EventOrder) -> None:
        self.order = order
        self.outcome = {"may_pass": True, "is_written": True}
        self.poison = 0
        self.tried: list[int] = []
        # Which of them have done what waits for their end.
        self.concluded: list[int] = []

    def repair(self) -> None:
        self.outcome["may_pass"] = False

    async def process(self, event: WebhookEvent) -> None:
        async def process_now(outcome: Outcome) -> None:
            number = event.payload["issue"]["id"]
            self.tried.append(number)
            outcome.when_done.append(partial(self.concluded.append, number))
            is_poison = number == self.poison
            outcome.may_pass = self.outcome["may_pass"] or is_poison
            outcome.is_written = self.outcome["is_written"]

        await self.order.run(event, PROCESSORS, None, process_now)


@pytest.fixture
def system() -> System:
    return System(EventOrder(pause_seconds=0))


async def test_what_failed_is_tried_with_backoff_until_it_is_done(
    system: System, clock: Clock
) -> None:
    await system.process(posted())
    pauses = []
    for _ in range(10):
        before = clock.now
        tried = len(system.tried)
        while len(system.tried) == tried:
            clock.now += FIRST_SECONDS
            await system.order.retries.retry_due(system.process)
        pauses.append(clock.now - before)
    assert pauses[0] == FIRST_SECONDS
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_SECONDS
    system.repair()
    clock.now += LONGEST_SECONDS
    await system.order.retries.retry_due(system.process)
    assert len(system.order.retries) == 0


@pytest.mark.parametrize(
    ("may_pass", "is_written", "kept"),
    [(True, True, 1), (False, False, 1), (False, True, 0)],
)
async def test_only_what_may_pass_is_kept(
    system: System, may_pass: bool, is_written: bool, kept: int
) -> None:
    system.outcome = {"may_pass": may_pass, "is_written": is_written}
    await system.process(posted())
    assert len(system.order.retries) == kept
    assert len(system.concluded) == 1 - kept


async def test_a_forged_event_is_not_kept(
    system: System, genuine: dict[str, bool]
) -> None:
    genuine["genuine"] = False
    await system.process(posted())
    assert len(system.order.retries) == 0


async def test_an_event_that_nobody_takes_is_not_kept(system: System) -> None:
    await system.process(posted(name="jira:no_such_event"))
    assert len(system.order.retries) == 0


async def test_of_an_object_the_latest_event_is_kept(
    system: System, clock: Clock
) -> None:
    for text in "abc":
        await system.process(posted(comment=text))
    assert len(system.order.retries) == 1
    seen: list[Any] = []

    async def process(event: KnownEvent) -> None:
        seen.append(event.payload["comment"])

    clock.now += FIRST_SECONDS
    await system.order.retries.retry_due(process)
    assert seen == ["c"]


async def test_an_event_that_does_more_than_reading_is_kept_besides(
    system: System,
) -> None:
    move = {"items": [{"field": "Key", "fromString": "OPS-1", "toString": "SHOP-9"}]}
    await system.process(posted(changelog=move))
    await system.process(posted())
    assert len(system.order.retries) == 2


async def test_what_a_later_event_has_done_is_not_done_again(
    system: System, clock: Clock
) -> None:
    await system.process(posted())
    system.repair()
    await system.process(posted())
    assert len(system.order.retries) == 0


async def test_one_poisonous_event_stops_no_other(system: System, clock: Clock) -> None:
    for number in range(1, 8):
        await system.process(posted(number))
    system.repair()
    system.poison = 1
    system.tried.clear()
    clock.now += FIRST_SECONDS
    await system.order.retries.retry_due(system.process)
    assert sorted(system.tried) == [*range(1, 8)]
    assert len(system.order.retries) == 1


async def test_while_all_is_down_it_is_tried_ever_less_often(
    system: System, clock: Clock
) -> None:
    for number in range(1, 10):
        await system.process(posted(number))
    clock.now += FIRST_SECONDS
    await system.order.retries.retry_due(system.process)
    assert clock.slept == [1, 2, 4, 8, 16, 30, 30, 30, 30]
    system.repair()
    system.tried.clear()
    clock.now += LONGEST_SECONDS
    await system.order.retries.retry_due(system.process)
    assert sorted(system.tried) == [*range(1, 10)]
    assert len(clock.slept) == 9


async def test_the_number_and_the_bytes_of_events_are_bounded() -> None:
    retries = Retries(size=3, max_bytes=1_000)
    for number in range(10):
        retries.remember(number, posted(number))
    assert len(retries) == 3
    retries.remember("large", posted(text="x" * 900))
    assert len(retries) == 1
    retries.remember("too large", posted(text="x" * 2_000))
    assert len(retries) == 0


async def test_what_fails_for_a_day_is_given_up(system: System, clock: Clock) -> None:
    await system.process(posted())
    clock.now += GIVE_UP_SECONDS + 1
    await system.order.retries.retry_due(system.process)
    assert len(system.order.retries) == 0


async def test_the_loop_retries_what_is_due_without_being_told(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retry, "FIRST_SECONDS", 0.001)
    running = asyncio.create_task(system.order.retries.run(system.process))
    await asyncio.sleep(0)
    await system.process(posted())
    system.repair()
    async with asyncio.timeout(5):
        while len(system.order.retries):  # noqa: ASYNC110
            await asyncio.sleep(0.001)
    running.cancel()


async def test_a_kept_event_is_as_old_as_it_was() -> None:
    retries, event = Retries(), posted()
    came = arrival_of(event)
    retries.remember("x", event)
    assert retries.oldest_arrival() == came
    seen: list[float] = []

    async def process(again: KnownEvent) -> None:
        seen.append(arrival_of(again.clone()))
        assert again.webhook_path == PATH

    retries._waiting["x"].due_at = 0.0
    await retries.retry_due(process)
    assert seen == [came]
