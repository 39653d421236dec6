"""The stand-ins in one process, and clients that are signed in to them."""

from collections.abc import AsyncIterator

import httpx
import pytest

from sandbox.company import Company
from sandbox.jira import API_TOKEN, EMAIL, JiraSandbox
from sandbox.octopus import API_KEY, OctopusSandbox
from sandbox.port import PortSandbox
from sandbox.port.store import Store
from tests.sandbox.port_shop import HEADERS, SERVICE, TEAM

JIRA_URL = "https://jira.test"
OCTOPUS_URL = "https://octopus.test"


@pytest.fixture
def jira_sandbox(company: Company) -> JiraSandbox:
    return JiraSandbox(company, base_url=JIRA_URL)


@pytest.fixture
def octopus_sandbox(company: Company) -> OctopusSandbox:
    return OctopusSandbox(company)


@pytest.fixture
async def jira(jira_sandbox: JiraSandbox) -> AsyncIterator[httpx.AsyncClient]:
    """Yield a client that is signed in to the Jira stand-in."""
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(jira_sandbox.app),
        base_url=JIRA_URL,
        auth=(EMAIL, API_TOKEN),
    ) as client:
        yield client


@pytest.fixture
async def octopus(
    octopus_sandbox: OctopusSandbox,
) -> AsyncIterator[httpx.AsyncClient]:
    """Yield a client that is signed in to the Octopus stand-in."""
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(octopus_sandbox.app),
        base_url=OCTOPUS_URL,
        headers={"X-Octopus-ApiKey": API_KEY},
    ) as client:
        yield client


@pytest.fixture
def port() -> PortSandbox:
    """Return the stand-in of Port with a shop's blueprints."""
    sandbox = PortSandbox()
    sandbox.store.put_blueprint(TEAM)
    sandbox.store.put_blueprint(SERVICE)
    return sandbox


@pytest.fixture
def store(port: PortSandbox) -> Store:
    return port.store


@pytest.fixture
async def http(port: PortSandbox) -> AsyncIterator[httpx.AsyncClient]:
    """Yield a client that is signed in to the stand-in of Port."""
    transport = httpx.ASGITransport(port.app)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://port.test", headers=HEADERS
    ) as client:
        yield client
