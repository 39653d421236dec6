"""The executors of Octopus Deploy on its stand-in and Port's, in one process."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from actions.octopus import octopus_executors
from actions.octopus.watch import Watch
from actions.runs import Runs
from actions.service import Actions
from client import ApiClient
from core.site import FIRST, Site
from sandbox.octopus import OctopusSandbox
from sandbox.port import PortSandbox
from tests.actions.desk import PATIENCE_SECONDS, Port
from tests.actions.octopus.desk import OctopusDesk
from tests.octopus import conftest as at_octopus
from tests.sandbox.test_contracts import watch

server, connect = at_octopus.server, at_octopus.connect


@pytest.fixture
async def open_desk(
    port: PortSandbox, server: OctopusSandbox, connect: Callable[..., ApiClient]
) -> AsyncIterator[Callable[..., OctopusDesk]]:
    """Yield what opens another desk: another process with the same accounts.

    Whatever the stand-in answers has to be as the contract table has it.
    """
    watched = watch(server.app, "octopus")

    def open_(site: Site = FIRST) -> OctopusDesk:
        settings: dict[str, Any] = {}
        runs = Runs(Port(port), "sandbox")  # type: ignore[arg-type]
        actions = Actions(runs, settings=settings, patience_seconds=PATIENCE_SECONDS)
        client = connect()
        client.site = site
        watch = Watch(actions, client)
        found = {
            one.ACTION_NAME: one for one in octopus_executors(actions, client, watch)
        }
        nobody: Any = None
        return OctopusDesk(
            port, nobody, actions, found, settings, octopus=server, watch=watch
        )

    yield open_
    assert port.unknown_routes == []
    assert watched.wrong == set()


@pytest.fixture
def desk(open_desk: Callable[[], OctopusDesk]) -> OctopusDesk:
    return open_desk()
