"""Which process registers live events: the one that serves them, in each pod's role."""

from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest
from port_ocean.config.settings import IntegrationConfiguration

from live_events import registration
from sandbox.company import build_company
from sandbox.servers import Stands, serve
from tests.test_end_to_end import SMALL
from tests.warm import sail

BASE_URL = "https://ocean.example.com"
BROKERS = {"brokers": "b-1:9196"}


def listening(listener: dict[str, Any], base_url: str | None) -> SimpleNamespace:
    """Return what live events know of a process with the framework's own settings."""
    config = IntegrationConfiguration(
        port={"client_id": "x", "client_secret": "x"},  # type: ignore[arg-type]
        integration={"identifier": "x", "type": "x"},  # type: ignore[arg-type]
        event_listener=listener,  # type: ignore[arg-type]
        base_url=base_url,
    )
    return SimpleNamespace(config=config, app=SimpleNamespace(base_url=base_url))


@pytest.mark.parametrize(
    ("pod", "listener", "base_url", "serves"),
    [
        ("everything in one", {"type": "POLLING"}, BASE_URL, True),
        ("the chart's own listener", {"type": "KAFKA", **BROKERS}, BASE_URL, True),
        ("live events", {"type": "WEBHOOKS_ONLY"}, BASE_URL, True),
        ("resyncs beside them", {"type": "POLLING"}, None, False),
        ("actions, with an address", {"type": "ACTIONS_ONLY"}, BASE_URL, False),
        ("one resync", {"type": "ONCE"}, None, False),
        ("one resync with an address", {"type": "ONCE"}, BASE_URL, False),
    ],
    ids=lambda value: value.replace(" ", "-") if isinstance(value, str) else None,
)
def test_only_a_process_that_serves_live_events_registers_them(
    monkeypatch: pytest.MonkeyPatch,
    pod: str,
    listener: dict[str, Any],
    base_url: str | None,
    serves: bool,
) -> None:
    monkeypatch.setattr(registration, "ocean", listening(listener, base_url))

    assert registration.are_served() is serves, pod


@pytest.fixture
async def stands() -> AsyncIterator[Stands]:
    async with serve(build_company(size=SMALL)) as running:
        yield running


@pytest.mark.process
@pytest.mark.parametrize(
    "settings",
    [
        {"OCEAN__BASE_URL": BASE_URL},
        {
            "OCEAN__BASE_URL": BASE_URL,
            "OCEAN__INTEGRATION__INCREMENTAL_SYNC_ENABLED": "true",
        },
    ],
    ids=["resync", "incremental"],
)
async def test_a_job_with_an_address_registers_nothing(
    stands: Stands, settings: dict[str, str]
) -> None:
    voyage = await sail({**stands.environment(), **settings})

    assert voyage.status == 0, voyage.log[-3000:]
    assert "sandbox" in stands.port.integrations  # so it did start
    assert stands.jira.collections["webhook"] == {}
    assert stands.octopus.collections["subscriptions"] == {}
