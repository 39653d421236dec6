"""What is refused is counted, and told in one line a minute."""

import asyncio
import logging
from collections.abc import Iterator

import prometheus_client
import pytest
from loguru import logger

from framework.live_metrics import expose
from framework.refusals import (
    AGE,
    GENUINE,
    SECONDS_BETWEEN_LINES,
    NoRefusals,
    Refusals,
    Refused,
)
from tests import virtual_time


@pytest.fixture
def lines() -> Iterator[list[str]]:
    told: list[str] = []
    sink = logger.add(lambda line: told.append(line.strip()), format="{message}")
    yield told
    logger.remove(sink)


def test_a_flood_is_one_line_a_minute(lines: list[str]) -> None:
    async def flood() -> None:
        refusals = Refusals()
        for _ in range(3):
            for _ in range(1000):
                refusals.count("/x", Refused(GENUINE))
            refusals.count("/x", Refused(AGE, "its time is 2:00:00 behind"))
            await asyncio.sleep(SECONDS_BETWEEN_LINES * 0.9)
        await asyncio.sleep(SECONDS_BETWEEN_LINES * 5)
        refusals.count("/x", Refused(GENUINE))

    virtual_time.run(flood())
    first, second, third, last = lines
    assert first == last == f"Live events refused: 1 {GENUINE.words}"
    assert second == (
        f"Live events refused: 1999 {GENUINE.words};"
        f" 2 {AGE.words} (the last one: its time is 2:00:00 behind)"
    )
    assert third.startswith(f"Live events refused: 1000 {GENUINE.words}; 1 ")


def test_metrics_count_by_path_and_reason() -> None:
    async def count() -> None:
        refusals = Refusals()
        refusals.count("/of this test", Refused(GENUINE))
        refusals.count("/of this test", Refused(GENUINE))

    virtual_time.run(count())
    expose(registry := prometheus_client.CollectorRegistry())
    labels = {"path": "/of this test", "reason": "signature"}
    assert registry.get_sample_value("live_events_refused_total", labels) == 2


@pytest.mark.parametrize(
    ("path", "status", "is_logged"),
    [
        ("/integration/webhook/jira", 401, False),
        ("/integration/webhook/jira?x=1", 413, False),
        ("/integration/webhook/jira", 200, True),
        ("/integration/webhook/jira", 500, True),
        ("/health/live", 404, True),
    ],
)
def test_only_refused_posts_stay_out_of_the_log_of_requests(
    path: str, status: int, is_logged: bool
) -> None:
    line = '%s - "%s %s HTTP/%s" %d'
    args = ("127.0.0.1:1", "POST", path, "1.1", status)
    record = logging.LogRecord("uvicorn.access", 20, "", 0, line, args, None)
    assert NoRefusals("/integration/").filter(record) is is_logged


def test_other_lines_are_logged() -> None:
    record = logging.LogRecord("uvicorn.access", 20, "", 0, "started", None, None)
    assert NoRefusals("/integration/").filter(record)
