"""The real client on the stand-in of Octopus Deploy, in one process."""

from collections.abc import Callable, Iterator
from functools import partial

import httpx
import pytest

from client import ApiClient, HeaderAuth
from core.rate_limit import Gate
from framework.retry_transport import VendorTransport, build_retry_config
from octopus.connection import vendor
from sandbox.company import Company
from sandbox.octopus import API_KEY, OctopusSandbox

SERVER = "http://127.0.0.1:8081"


@pytest.fixture
def server(company: Company) -> Iterator[OctopusSandbox]:
    """Yield the stand-in, which no request may ask for what nothing documents."""
    stand_in = OctopusSandbox(company)
    yield stand_in
    assert stand_in.app.state.outside == []


@pytest.fixture
def connect(server: OctopusSandbox) -> Callable[..., ApiClient]:
    return partial(client_of, server)


def client_of(
    server: OctopusSandbox,
    auth: httpx.Auth | None = None,
    directory: str = "",
    gate: Gate | None = None,
) -> ApiClient:
    """Return a client of the stand-in."""
    transport = VendorTransport(
        httpx.ASGITransport(server.app),
        gate=gate or Gate(),
        retry_config=build_retry_config(first_backoff=0.0001),
    )
    http = httpx.AsyncClient(
        transport=transport,
        base_url=SERVER + directory,
        auth=auth or HeaderAuth("X-Octopus-ApiKey", API_KEY),
    )
    return ApiClient(
        http,
        vendor=vendor("octopusApiKey"),
        site_url=SERVER + directory,
    )


@pytest.fixture
def api(connect: Callable[..., ApiClient]) -> ApiClient:
    return connect()
