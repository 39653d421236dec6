"""A first start beside other people's blueprints does what docs/migrating.md tells."""

from collections.abc import AsyncIterator

import httpx
import pytest

from sandbox.company import build_company
from sandbox.servers import Stands, serve
from tests.test_completeness import MAPPED
from tests.test_end_to_end import SMALL
from tests.warm import sail

pytestmark = pytest.mark.process

THEIRS = {
    "identifier": "jiraProject",
    "title": "Project",
    "schema": {"properties": {"url": {"type": "string"}}, "required": []},
    "relations": {},
}


@pytest.fixture
async def stands() -> AsyncIterator[Stands]:
    """Run the stand-ins with a blueprint of the official integration."""
    async with (
        serve(build_company(size=SMALL)) as running,
        httpx.AsyncClient(base_url=f"{running.port_url}/v1/") as port,
    ):
        who = {"clientId": "sandbox", "clientSecret": "sandbox-secret"}
        token = (await port.post("auth/access_token", json=who)).json()["accessToken"]
        headers = {"Authorization": f"Bearer {token}"}
        reply = await port.post("blueprints", json=THEIRS, headers=headers)
        reply.raise_for_status()
        yield running


@pytest.mark.parametrize(
    ("settings", "mapped"),
    [({}, MAPPED), ({"OCEAN__CREATE_PORT_RESOURCES_ORIGIN": "Empty"}, [])],
    ids=["default", "empty"],
)
async def test_no_blueprint_is_made_beside_those_of_others(
    stands: Stands, settings: dict[str, str], mapped: list[str]
) -> None:
    voyage = await sail({**stands.environment(), **settings})

    assert voyage.status == 0, voyage.log[-3000:]
    config = stands.port.integrations["sandbox"]["config"]
    assert [resource["kind"] for resource in config["resources"]] == mapped
    assert set(stands.port.blueprints) == {"jiraProject"}
    assert stands.port.entities["jiraProject"] == {}
    assert bool(stands.port.store.errors) is bool(mapped)
