"""A process that is told to end does so, whoever goes on posting to it."""

import asyncio
import signal
from collections.abc import Iterator
from types import FrameType
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from framework.closing import SIGNALS, Closing


@pytest.fixture(autouse=True)
def _survive() -> Iterator[None]:
    """Let signals that Uvicorn passes on at its end do nothing."""

    def ignore(number: int, frame: FrameType | None) -> None:
        """End nothing."""

    before = {number: signal.signal(number, ignore) for number in SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def application() -> FastAPI:
    app = FastAPI()
    app.add_middleware(Closing)

    @app.post("/")
    async def take() -> str:
        return "taken"

    return app


async def started() -> tuple[uvicorn.Server, "asyncio.Task[None]", str]:
    """Return a server that has started, what runs it, and its address."""
    config = uvicorn.Config(application(), port=0, log_level="error")
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 Uvicorn has no event for it
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    return server, running, f"http://127.0.0.1:{port}/"


@pytest.mark.parametrize("number", SIGNALS)
async def test_a_connection_that_was_not_told_does_not_hold_up_the_end(
    number: signal.Signals,
) -> None:
    server, running, address = await started()
    async with httpx.AsyncClient() as http:
        assert "connection" not in (await http.post(address)).headers
        (connection,) = server.server_state.connections
        # As if it had been accepted at this very moment.
        untold: Any = connection
        untold.shutdown = lambda: None
        signal.raise_signal(number)
        answer = await http.post(address)

        assert (answer.json(), answer.headers["connection"]) == ("taken", "close")
        async with asyncio.timeout(10):
            await running


async def test_a_signal_that_nobody_handles_ends_the_process_as_ever() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)

    async def app(*_: Any) -> Any:
        """Do nothing."""

    await Closing(app)({"type": "lifespan"}, app, app)

    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
