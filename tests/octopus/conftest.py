"""The real client on the stand-in of Octopus Deploy, in one process."""

from collections.abc import Callable

import httpx
import pytest

from client import ApiClient, HeaderAuth
from core.rate_limit import Gate
from core.transport import VendorTransport, build_retry_config
from sandbox.company import Company, build_company
from sandbox.octopus import API_KEY, OctopusSandbox

SERVER = "http://127.0.0.1:8081"


@pytest.fixture
def company() -> Company:
    return build_company()


@pytest.fixture
def server(company: Company) -> OctopusSandbox:
    return OctopusSandbox(company, base_url=SERVER)


@pytest.fixture
def connect(server: OctopusSandbox) -> Callable[..., ApiClient]:
    def build(auth: httpx.Auth | None = None, directory: str = "") -> ApiClient:
        transport = VendorTransport(
            httpx.ASGITransport(server.app),
            gate=Gate(),
            retry_config=build_retry_config(first_backoff=0.0001),
        )
        http = httpx.AsyncClient(
            transport=transport,
            base_url=SERVER + directory,
            auth=auth or HeaderAuth("X-Octopus-ApiKey", API_KEY),
        )
        return ApiClient(
            http,
            product="Octopus Deploy",
            site_url=SERVER + directory,
            credential_settings="octopusApiKey",
        )

    return build


@pytest.fixture
def api(connect: Callable[..., ApiClient]) -> ApiClient:
    return connect()
