"""What tests of several folders need."""

import asyncio
import gc
import json
import os
import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from loguru import logger
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ConstantBackoff

from framework.jq_guest import JqGuest, use_guest
from framework.jq_worker import NO_ENVIRONMENT, Worker
from sandbox.company import Company
from sandbox.live import free_port
from sandbox.servers import LOOPBACK
from tests.companies import FEW, new_company

NO_REDIS = "there is no redis-server: apt-get install redis-server"
# How many examples of a law are tried. A busy machine is no error.
# The same code gives the same result; the nightly profile looks further.
settings.register_profile("quick", max_examples=50, derandomize=True, deadline=None)
settings.register_profile("nightly", max_examples=1000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))
# Redis answers within a moment of its start.
TRIES, PAUSE_SECONDS = 200, 0.05


class Programs:
    """Whether the test that runs may start any."""

    are_allowed = True


def pytest_xdist_auto_num_workers() -> int:
    """Return twice as many as there are processors: many tests wait for programs."""
    return 2 * (os.cpu_count() or 1)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, and keep the other tests of a file together.

    Those that start programs come first, those that share one before all. Sent one by
    one to the workers, thousands of tests would take longer to send than to run.
    """
    items.sort(key=_place)
    for item in items:
        if item.get_closest_marker("process") is None:
            item.add_marker(
                pytest.mark.xdist_group(f"{item.path.parent.name}/{item.path.stem}")
            )


def _place(item: pytest.Item) -> tuple[bool, bool]:
    markers = (item.get_closest_marker(name) for name in ("process", "xdist_group"))
    is_first, is_second = (marker is None for marker in markers)
    return is_first, is_second


def pytest_collection_finish() -> None:
    """Leave what is imported out of every later search for garbage."""
    gc.freeze()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Let only tests that are marked so start programs, for `make check` omits them."""
    Programs.are_allowed = item.get_closest_marker("process") is not None


def refuse_programs(event: str, _: tuple[Any, ...]) -> None:
    """Raise at the start of a program by a test that isn't marked."""
    if event == "subprocess.Popen" and not Programs.are_allowed:
        raise RuntimeError("a test that starts programs needs pytest.mark.process")


sys.addaudithook(refuse_programs)


@pytest.fixture
def company(request: pytest.FixtureRequest) -> Company:
    """Return a company that the test may change, as large as its parameter says."""
    return new_company(getattr(request, "param", FEW))


@pytest.fixture
def warnings() -> Iterator[list[str]]:
    """Yield what is logged as a warning."""
    told: list[str] = []
    sink = logger.add(lambda message: told.append(str(message)), level="WARNING")
    yield told
    logger.remove(sink)


class SameProcess:
    """Runs jq here, so that most tests start no program."""

    def __init__(self, prefix: str = NO_ENVIRONMENT) -> None:
        self._worker = Worker(prefix)

    async def ask(self, *messages: bytes) -> bytes | None:
        expressions, items = messages
        return self._worker.answer(json.loads(expressions), items.decode().split("\n"))

    def close(self) -> None:
        """Leave nothing behind."""


@pytest.fixture(autouse=True)
def _jq(request: pytest.FixtureRequest) -> None:
    """Let expressions be evaluated; those of tests' own processes are on their own."""
    if request.node.get_closest_marker("process") is None:
        use_guest(JqGuest(SameProcess()))


@pytest.fixture
async def redis(tmp_path: Path) -> AsyncIterator[Redis]:
    """Run a Redis of our own; it is left out where there is none."""
    server = shutil.which("redis-server")
    if server is None and os.environ.get("REQUIRE_REDIS"):
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
