"""What tests of several folders need."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from loguru import logger
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ConstantBackoff

from sandbox.live import free_port
from sandbox.servers import LOOPBACK

NO_REDIS = "there is no redis-server: apt-get install redis-server"
# Redis answers within a moment of its start.
TRIES, PAUSE_SECONDS = 200, 0.05


@pytest.fixture
def warnings() -> Iterator[list[str]]:
    """Yield what is logged as a warning."""
    told: list[str] = []
    sink = logger.add(lambda message: told.append(str(message)), level="WARNING")
    yield told
    logger.remove(sink)


@pytest.fixture
async def redis(tmp_path: Path) -> AsyncIterator[Redis]:
    """Run a Redis of our own; it is left out where there is none, but not in CI."""
    server = shutil.which("redis-server")
    if server is None and os.environ.get("CI"):
        pytest.fail(NO_REDIS)
    if server is None:
        pytest.skip(NO_REDIS)
    port = free_port()
    alone = ("--bind", LOOPBACK, "--save", "", "--dir", str(tmp_path))
    process = await asyncio.create_subprocess_exec(
        server, "--port", str(port), *alone, stdout=asyncio.subprocess.DEVNULL
    )
    patience = Retry(ConstantBackoff(PAUSE_SECONDS), TRIES)
    client = Redis(host=LOOPBACK, port=port, decode_responses=True, retry=patience)
    try:
        await client.ping()
        yield client
    finally:
        await client.aclose()
        process.terminate()
        await process.wait()
