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

from webhook_processors.jira_issue import IssueWebhookProcessor

MAPPINGS = 4


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
    payload = {"webhookEvent": "jira:issue_updated", "issue": {"id": "1"}}
    processor = Struggling(WebhookEvent("1", payload, {}))
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
