"""Between two reads of an object there is a pause, which one event at a time takes."""

import pytest

from framework.event_outcome import Outcome
from live_events.coalescing import Coalescer
from live_events.order import matching_processors
from tests.live_events.test_order import event, genuine
from webhook_processors.jira import PROCESSORS


@pytest.mark.usefixtures(genuine.__name__)
async def test_an_object_is_read_again_only_after_a_pause(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waited: list[float] = []
    now = 100.0

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr("live_events.coalescing.asyncio.sleep", sleep)
    monkeypatch.setattr("live_events.coalescing.time.monotonic", lambda: now)
    coalescer = Coalescer(pause_seconds=2)
    (edited,) = await matching_processors(PROCESSORS, event("jira:issue_updated"))
    (other,) = await matching_processors(PROCESSORS, event("jira:issue_updated", 2))
    (gone,) = await matching_processors(PROCESSORS, event("jira:issue_deleted"))
    outcome = Outcome({"x"}, {"x"}, is_written=True)
    await coalescer.record([edited], 99.5, outcome)

    for processor in (edited, other, gone):
        await coalescer.pause([processor])

    assert waited == [1.5, 0, 0]
