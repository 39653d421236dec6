"""Serve the three stand-ins over loopback HTTP, in this process."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from itertools import chain

import uvicorn
from starlette.applications import Starlette

from sandbox.company import ORGANIZATION_ID, Company
from sandbox.jira import API_TOKEN, EMAIL, JiraSandbox
from sandbox.octopus import API_KEY, OctopusSandbox
from sandbox.port import PortSandbox
from sandbox.port.wire import CLIENT_ID, CLIENT_SECRET

LOOPBACK = "127.0.0.1"


class _Server(uvicorn.Server):
    """A server that leaves the signals to the program around it."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@dataclass(frozen=True)
class Stands:
    """The running stand-ins and where they are."""

    company: Company
    jira: JiraSandbox
    octopus: OctopusSandbox
    port: PortSandbox
    jira_url: str
    octopus_url: str
    port_url: str

    def undocumented(self) -> list[str]:
        """Return the requests that nothing says Port, Jira or Octopus would answer."""
        asked = (vendor.app.state.outside for vendor in (self.jira, self.octopus))
        return [*self.port.unknown_routes, *chain.from_iterable(asked)]

    def environment(self) -> dict[str, str]:
        """Return the settings with which the integration finds the stand-ins."""
        return {
            "OCEAN__PORT__CLIENT_ID": CLIENT_ID,
            "OCEAN__PORT__CLIENT_SECRET": CLIENT_SECRET,
            "OCEAN__PORT__BASE_URL": self.port_url,
            "OCEAN__INTEGRATION__IDENTIFIER": "sandbox",
            "OCEAN__INTEGRATION__CONFIG__JIRA_HOST": self.jira_url,
            "OCEAN__INTEGRATION__CONFIG__ATLASSIAN_USER_EMAIL": EMAIL,
            "OCEAN__INTEGRATION__CONFIG__ATLASSIAN_USER_TOKEN": API_TOKEN,
            "OCEAN__INTEGRATION__CONFIG__ATLASSIAN_ORGANIZATION_ID": ORGANIZATION_ID,
            "OCEAN__INTEGRATION__CONFIG__OCTOPUS_SERVER_URL": self.octopus_url,
            "OCEAN__INTEGRATION__CONFIG__OCTOPUS_API_KEY": API_KEY,
            # The framework's disk cache is one folder for the whole machine.
            "OCEAN__CACHING_STORAGE_MODE": "memory",
        }


@asynccontextmanager
async def serve(company: Company, first_port: int = 0) -> AsyncIterator[Stands]:
    """Run the stand-ins of a company until the context ends.

    They listen on three ports in a row, or on any free ones.
    """
    sockets = [_listen(first_port and first_port + number) for number in range(3)]
    jira_url, octopus_url, port_url = map(_url, sockets)
    stands = Stands(
        company=company,
        jira=JiraSandbox(company, base_url=jira_url),
        octopus=OctopusSandbox(company),
        port=PortSandbox(),
        jira_url=jira_url,
        octopus_url=octopus_url,
        port_url=port_url,
    )
    apps = (stands.jira.app, stands.octopus.app, stands.port.app)
    servers = [_server(app) for app in apps]
    async with asyncio.TaskGroup() as tasks:
        for server, listening in zip(servers, sockets, strict=True):
            tasks.create_task(server.serve(sockets=[listening]))
        try:
            yield stands
        finally:
            for server in servers:
                server.should_exit = True


def _server(app: Starlette) -> _Server:
    config = uvicorn.Config(app, log_level="warning", lifespan="off", access_log=False)
    return _Server(config)


def _listen(port: int) -> socket.socket:
    listening = socket.create_server((LOOPBACK, port))
    # Else small replies wait for the client's delayed acknowledgement.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def _url(listening: socket.socket) -> str:
    return f"http://{LOOPBACK}:{listening.getsockname()[1]}"
