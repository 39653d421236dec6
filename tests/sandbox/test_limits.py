"""Stand-ins refuse what is above a limit, in the vendor's own words."""

import asyncio
from typing import Any

import httpx
import pytest

from sandbox.bench.__main__ import limit_of
from sandbox.limits import Limit
from sandbox.octopus import OctopusSandbox
from tests.api import Clock

SPACES = "/api/spaces"


def test_rate_lets_a_burst_through_and_then_so_many_a_second() -> None:
    clock = Clock()
    limit = Limit(per_second=0.5, burst=2, clock=clock)

    assert [limit.ask(0) for _ in range(4)] == [None, None, 2, 2]
    clock.now += 2
    assert [limit.ask(0) for _ in range(2)] == [None, 2]
    clock.now += 3600
    assert [limit.ask(0) for _ in range(3)] == [None, None, 2]
    assert limit.refused == 4


def test_so_many_at_once_may_pass() -> None:
    limit = Limit(at_once=2)

    assert [limit.ask(in_flight) for in_flight in (0, 1, 2, 1)] == [None, None, 1, None]


async def test_octopus_answers_429_above_the_limit(
    octopus: httpx.AsyncClient, octopus_sandbox: OctopusSandbox
) -> None:
    await octopus.post("/_sandbox/limit", json={"per_second": 0.01, "burst": 1})
    first, second = [await octopus.get(SPACES) for _ in range(2)]

    assert (first.status_code, second.status_code) == (200, 429)
    assert second.headers["Retry-After"] == "100"
    assert second.json()["ErrorMessage"]
    state = (await octopus.get("/_sandbox/state")).json()
    assert state["refused"] == 1
    await octopus.post("/_sandbox/limit", json={})
    assert (await octopus.get(SPACES)).status_code == 200


async def test_requests_at_once_are_counted_without_those_that_are_refused(
    octopus: httpx.AsyncClient, octopus_sandbox: OctopusSandbox
) -> None:
    octopus_sandbox.faults.limit = Limit(at_once=2)
    octopus_sandbox.faults.latency_seconds = 0.01

    replies = await asyncio.gather(*(octopus.get(SPACES) for _ in range(5)))

    assert sorted(reply.status_code for reply in replies) == [200] * 2 + [429] * 3


def test_jira_names_a_reason() -> None:
    told = Limit(per_second=1, shape="jira").reply(3)

    assert told["headers"]["Retry-After"] == "3"
    assert "RateLimit-Reason" in told["headers"]
    assert told["body"]["errorMessages"]


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("1", {"per_second": 1.0, "burst": 2}),
        ("3/5", {"per_second": 3.0, "burst": 5}),
        ("2@", {"at_once": 2}),
    ],
)
def test_limit_of_the_benchmark_is_read(text: str, fields: dict[str, Any]) -> None:
    assert limit_of(text) == fields
