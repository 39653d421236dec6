"""Port's clock, not this machine's, bounds what a resync may delete."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from port_ocean.context.event import EventType, event_context

from framework.port_clock import START, start_by_ports_clock

OTHER = "the framework's own"


async def started(reply: httpx.Response) -> Any:
    """Return the start of a resync after Port's reply."""

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url == "https://port.test/v1/integration/mine"
        return reply

    async def headers() -> dict[str, str]:
        return {}

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        port: Any = SimpleNamespace(
            api_url="https://port.test/v1",
            integration_identifier="mine",
            client=client,
            auth=SimpleNamespace(headers=headers),
        )
        async with event_context(EventType.RESYNC, attributes={START: OTHER}) as event:
            await start_by_ports_clock(port)
            return event.attributes[START]


@pytest.mark.parametrize(
    ("offset", "told"),
    [(-120, "s ahead of Port's"), (120, "s behind Port's"), (0, None)],
)
async def test_the_resync_starts_when_port_says(
    offset: int, told: str | None, warnings: list[str]
) -> None:
    there = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=offset)
    date = format_datetime(there, usegmt=True)

    assert await started(httpx.Response(200, headers={"Date": date})) == there
    assert [w for w in warnings if told and told in w] == warnings
    assert bool(warnings) == bool(told)


@pytest.mark.parametrize("headers", [{}, {"Date": "soon"}])
async def test_without_a_date_the_start_stays(
    headers: dict[str, str], warnings: list[str]
) -> None:
    assert await started(httpx.Response(200, headers=headers)) == OTHER
    assert len(warnings) == 1


async def test_a_port_that_fails_is_an_error_that_the_framework_knows() -> None:
    with pytest.raises(httpx.HTTPError):
        await started(httpx.Response(503))
