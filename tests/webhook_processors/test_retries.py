"""Trouble that passes is tried again, kind by kind, as often as the framework does."""

import asyncio
from collections import Counter
from typing import Any

from port_ocean.core.handlers.webhook.processor_manager import (
    LiveEventsProcessorManager,
)
from port_ocean.core.handlers.webhook.webhook_event import (
    WebhookEvent,
    WebhookEventRawResults,
)
from port_ocean.exceptions.webhook_processor import RetryableError

from core.errors import Unavailable
from core.trouble import Missing, Report, attempt_once, reporting
from webhook_processors.jira.issues import IssueWebhookProcessor

MAPPINGS = 4


def event() -> WebhookEvent:
    payload = {"webhookEvent": "jira:issue_updated", "issue": {"id": "1"}}
    return WebhookEvent("1", payload, {})


class Struggling(IssueWebhookProcessor):
    """Fails again and again, and keeps how often each mapping was asked for."""

    initial_retry_delay_seconds = 0.0
    asked: Counter[int]

    async def authenticate(self, payload: Any, headers: Any) -> bool:
        return True

    async def handle_event(self, payload: Any, resource: Any) -> WebhookEventRawResults:
        self.asked[resource] += 1
        await asyncio.sleep(0)
        raise RetryableError("busy")


async def test_every_mapping_has_tries_of_its_own() -> None:
    processor = Struggling(event())
    processor.asked = Counter()
    manager = object.__new__(LiveEventsProcessorManager)
    # One processor, and a task for each mapping, as the framework has it.
    works: list[Any] = [
        manager._process_webhook_request(processor, number)  # type: ignore[arg-type]
        for number in range(MAPPINGS)
    ]
    failures = await asyncio.gather(*works, return_exceptions=True)
    assert {type(failure) for failure in failures} == {RetryableError}
    tries = 1 + processor.max_retries
    assert processor.asked == dict.fromkeys(range(MAPPINGS), tries)


class Recovering(Struggling):
    """Needs a value that can't be looked up the first time."""

    async def handle_event(self, payload: Any, resource: Any) -> WebhookEventRawResults:
        self.asked[resource] += 1
        found = await attempt_once("a value", self._look_up, value="a value")
        if isinstance(found, Missing):
            raise RetryableError("a value is missing")
        return WebhookEventRawResults(
            updated_raw_results=[found], deleted_raw_results=[]
        )

    async def _look_up(self) -> dict[str, str]:
        if self.asked.total() == 1:
            raise Unavailable("503", status=503)
        return {"value": "found"}


async def test_another_try_asks_again_for_what_was_missing() -> None:
    processor = Recovering(event())
    processor.asked = Counter()
    manager = object.__new__(LiveEventsProcessorManager)
    with reporting(Report("jira-issue")) as report:
        result = await manager._process_webhook_request(processor, None)
    assert result.updated_raw_results == [{"value": "found"}]
    assert processor.asked.total() == 2
    assert report.troubles == []
