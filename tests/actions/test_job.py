"""A change is sent once, and what is said of one that was not sent is true."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

import httpx
import pytest
from port_ocean.core.models import IntegrationRun

from actions.failures import ActionFailed
from actions.inputs import Inputs
from actions.job import Job
from actions.parsing import parse_run
from actions.runs import Runs
from client import ApiClient, HeaderAuth
from core.rate_limit import Gate, Turn
from core.transport import GatedTransport
from octopus.connection import vendor
from sandbox.port import PortSandbox
from tests.actions.desk import Port

SERVER = "http://octopus.test"


def on(transport: httpx.AsyncBaseTransport) -> ApiClient:
    """Return a client whose requests go to a transport."""
    auth = HeaderAuth("X-Octopus-ApiKey", "API-KEY")
    http = httpx.AsyncClient(transport=transport, base_url=SERVER, auth=auth)
    return ApiClient(http, vendor=vendor("octopusApiKey"), site_url=SERVER)


def taken(port: PortSandbox) -> IntegrationRun:
    """Return a run that this process has."""
    run = parse_run(port.state.runs.ask("cancel_task", {}).shown)
    assert run is not None
    return run


@pytest.mark.parametrize(
    ("earlier", "told"),
    [
        ([], "Nothing was changed."),
        (["api/first"], "What was changed before that stays."),
    ],
    ids=("the first", "a later one"),
)
async def test_a_change_that_never_left_says_what_stays(
    port: PortSandbox, earlier: list[str], told: str
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/first"):
            return httpx.Response(200, json={})
        raise httpx.ConnectError("refused", request=request)

    runs = Runs(Port(port), "sandbox")  # type: ignore[arg-type]
    job = Job(taken(port), Inputs({}), on(httpx.MockTransport(answer)), runs)
    for path in earlier:
        await job.send("POST", path)

    with pytest.raises(ActionFailed, match=told) as raised:
        await job.send("POST", "api/second")
    assert raised.value.status_label == "Not sent"


class SecondTurn(Gate):
    """Tells when a request wants to be sent again."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.wanted = True, asyncio.Event()

    @asynccontextmanager
    async def turn(self, endpoint: str) -> AsyncGenerator[Turn]:
        if not self.first:
            self.wanted.set()
        self.first = False
        async with super().turn(endpoint) as turn:
            yield turn


@pytest.mark.parametrize("arrives", [True, False], ids=["no reply", "put off"])
async def test_what_was_put_off_until_it_took_too_long_was_not_sent(
    port: PortSandbox, arrives: bool
) -> None:
    gate = SecondTurn()

    async def answer(request: httpx.Request) -> httpx.Response:
        if arrives:
            gate.wanted.set()
            await asyncio.Event().wait()
        return httpx.Response(429, headers={"Retry-After": "30"})

    runs = Runs(Port(port), "sandbox")  # type: ignore[arg-type]
    api = on(GatedTransport(httpx.MockTransport(answer), gate))
    job = Job(taken(port), Inputs({}), api, runs)
    sending = asyncio.create_task(job.send("POST", "api/first"))
    await gate.wanted.wait()
    sending.cancel()
    with suppress(asyncio.CancelledError):
        await sending

    assert job.has_sent == arrives
