"""Workers on one Redis stream: one dies, and the catalog is right all the same."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from sandbox.company import build_company
from sandbox.live import free_port
from sandbox.servers import LOOPBACK, serve
from tests.live_events.storm import Post, Storm
from tests.live_events.test_storm import Facts, complaints, facts
from tests.test_end_to_end import SMALL
from tests.warm import WarmProgram, sail, start

pytestmark = pytest.mark.process

EVENTS, BEFORE_THE_KILL, WORKERS = 160, 80, 2
# Enough for every worker to be in the middle of what it took, little enough that what
# happens is told soon.
BACKLOG = 40
STREAM = "42/live-events/raw/event-stream"
PATIENCE_SECONDS, LOOK_SECONDS = 120.0, 0.02
FIGURES = ("isFailure", "isRollback", "leadTimeHours", "recoveredAt", "recoveryHours")
# The defaults suit networks; what a dead worker left is taken over after ten minutes.
HASTE = {
    "PEL_STUCK_TIMEOUT_SECONDS": "5",
    "STREAM_MAINTENANCE_SCAN_INTERVAL_SECONDS": "1",
}


@asynccontextmanager
async def worker(environment: dict[str, str], log: Path) -> AsyncIterator[WarmProgram]:
    """Run a process that does nothing but take events from the stream."""
    with log.open("wb") as file:
        process = await start(environment, file)
        try:
            yield process
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()


async def test_what_a_dead_worker_left_behind_is_done_by_the_other(
    redis: Redis, tmp_path: Path
) -> None:
    logs = [tmp_path / f"{number}.log" for number in range(WORKERS)]
    async with serve(build_company(size=SMALL)) as stands:
        assert (await sail(stands.environment())).status == 0
        settings = {**stands.environment(), **settings_for(redis)}
        async with worker(settings, logs[0]) as first, worker(settings, logs[1]):
            await until(lambda: all_are_ready(redis, logs))
            posts = Storm(stands).posts(EVENTS)
            await feed(redis, islice(posts, BEFORE_THE_KILL))
            first.kill()
            await feed(redis, posts)
            await until(lambda: is_done(redis))
        wrong = [told for told in complaints(stands) if not is_of_figures(told)]
        assert wrong == [], logs[1].read_text()[-3000:]
        live = without_figures(facts(stands.port.entities))
        assert (await sail(stands.environment())).status == 0
        truth = without_figures(facts(stands.port.entities))
        assert live.keys() == truth.keys()
        assert [
            (live[key], truth[key]) for key in truth if live[key] != truth[key]
        ] == []


def is_of_figures(complaint: str) -> bool:
    """Tell whether this is wrong of what `without_figures` leaves out."""
    return any(f"has a wrong {name}:" in complaint for name in FIGURES)


def without_figures(entities: Facts) -> Facts:
    """Leave out what a worker tells by the events that it has processed itself.

    docs/limitations.md says so.
    """
    for (blueprint, _), entity in entities.items():
        if blueprint == "octopusDeployment":
            entity["properties"] |= dict.fromkeys(FIGURES)
    return entities


def settings_for(redis: Redis) -> dict[str, str]:
    """Return what makes a process a worker on the stream."""
    where = redis.connection_pool.connection_kwargs
    url = f"redis://{where['host']}:{where['port']}"
    haste = {f"OCEAN__LIVE_EVENTS__REDIS__{k}": v for k, v in HASTE.items()}
    return {
        "OCEAN__EVENT_LISTENER": '{"type":"WEBHOOKS_ONLY"}',
        "OCEAN__BASE_URL": f"http://{LOOPBACK}:{free_port()}/live-events/42",
        "OCEAN__LIVE_EVENTS__IS_REDIS_STREAM_CONSUMER_ENABLED": "true",
        "OCEAN__LIVE_EVENTS__REDIS__URL": url,
        **haste,
    }


async def all_are_ready(redis: Redis, logs: list[Path]) -> bool:
    """Tell whether every worker has registered and waits for something to come."""
    clients = await redis.client_list()
    reading = sum(client["cmd"] == "xreadgroup" for client in clients)
    registered = sum("Octopus Deploy sends" in log.read_text() for log in logs)
    return reading == registered == WORKERS


async def feed(redis: Redis, posts: Iterable[Post]) -> None:
    """Write posts to the stream as a receiver does, no faster than they are taken."""
    for post in posts:
        if await redis.xlen(STREAM) >= BACKLOG:
            await until(lambda: is_below(redis, BACKLOG))
        message: Any = {
            "eventId": str(uuid4()),
            "webhookPath": urlsplit(post.url).path,
            "payload": post.body.decode(),
            "headers": json.dumps(post.headers),
            "queuedAt": str(time.time_ns()),
        }
        await redis.xadd(STREAM, message)


async def is_below(redis: Redis, backlog: int) -> bool:
    return int(await redis.xlen(STREAM)) < backlog


async def is_done(redis: Redis) -> bool:
    """Tell whether nothing waits and nothing is on its way."""
    return await is_below(redis, 1)


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait for what other processes bring about: there is nothing to wait for."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await condition():  # noqa: ASYNC110
            await asyncio.sleep(LOOK_SECONDS)
