"""Port has the blueprints that the mapping names, or the log says which are missing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from port_ocean.clients.port.client import PortClient
from port_ocean.config.settings import IntegrationConfiguration
from port_ocean.core.models import CreatePortResourcesOrigin

from core.types import Item
from framework.blueprints import Blueprints, load_defaults
from integration import JiraOctopusPortAppConfig
from sandbox.port.app import PortSandbox
from sandbox.port.wire import TOKEN
from tests.framework.resyncs import jq_rules, mapped

pytestmark = pytest.mark.usefixtures(jq_rules.__name__)


def blueprint(name: str, *targets: str, properties: tuple[str, ...] = ()) -> Item:
    related = {t: {"target": t, "many": False, "required": False} for t in targets}
    schema = {name: {"type": "string"} for name in properties}
    return {
        "identifier": name,
        "title": name,
        "schema": {"properties": schema, "required": []},
        "relations": related,
    }


PLAN, SPACE = blueprint("plan", "space"), blueprint("space", "plan")
MAPPINGS = [mapped("plan", '"plan"', relations={"space": ".SpaceId"})]


@pytest.fixture
def stand() -> PortSandbox:
    return PortSandbox()


@asynccontextmanager
async def connected(stand: PortSandbox) -> AsyncIterator[Any]:
    async def headers(_: Any = None) -> dict[str, str]:
        return {"Authorization": f"Bearer {TOKEN}"}

    transport = httpx.ASGITransport(stand.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport) as client:
        port: Any = PortClient.__new__(PortClient)
        port.api_url = "http://port/v1"
        port.auth = SimpleNamespace(api_url=port.api_url, headers=headers)
        port.client, port._blueprint_cache = client, {}
        yield port


async def ensure(stand: PortSandbox, *defaults: Item, mappings: Any = MAPPINGS) -> None:
    async with connected(stand) as port:
        await Blueprints(port, lambda: list(defaults)).ensure(mappings)


async def test_missing_defaults_are_made_with_what_they_relate_to(
    stand: PortSandbox, warnings: list[str]
) -> None:
    await ensure(stand, PLAN, SPACE, blueprint("other"))

    made = stand.store.blueprints
    assert made.keys() == {"plan", "space"}
    assert made["plan"]["relations"].keys() == {"space"}
    assert warnings == []


async def test_what_aggregates_a_blueprint_that_is_not_made_is_left_out(
    stand: PortSandbox, warnings: list[str]
) -> None:
    count = {"calculationSpec": {"func": "count", "calculationBy": "entities"}}
    made_of = {name: {"target": name, **count} for name in ("space", "other")}
    counting = {**PLAN, "aggregationProperties": made_of}
    await ensure(stand, counting, SPACE, blueprint("other"))

    made = stand.store.blueprints["plan"]
    assert made["aggregationProperties"].keys() == {"space"}
    assert warnings == []


async def test_what_is_there_is_left_alone(stand: PortSandbox) -> None:
    own = {**blueprint("space"), "title": "mine"}
    stand.store.put_blueprint(own)
    await ensure(stand, PLAN, SPACE)

    assert stand.store.blueprints["space"]["title"] == "mine"
    assert "plan" in stand.store.blueprints


async def test_what_is_no_default_is_named(
    stand: PortSandbox, warnings: list[str]
) -> None:
    both = [*MAPPINGS, mapped("work", '"work"'), mapped("any", ".blueprint")]
    await ensure(stand, mappings=both)

    (message,) = warnings
    assert (
        "Port lacks the blueprints plan, work. Make them in Port's builder" in message
    )
    assert stand.store.blueprints == {}


async def test_names_that_a_blueprint_lacks_are_reported_with_the_choice(
    stand: PortSandbox, warnings: list[str]
) -> None:
    stand.store.put_blueprint(blueprint("plan", properties=("url",)))
    names = {"url": ".__url", "status": ".s"}
    mapping = mapped("plan", '"plan"', properties=names, relations={"space": ".id"})
    await ensure(stand, mappings=[mapping])

    (message,) = warnings
    assert "plan gives plan status, space. Either start over" in message
    assert "docs/migrating.md" in message


async def test_beside_blueprints_of_others_none_is_made(
    stand: PortSandbox, warnings: list[str]
) -> None:
    stand.store.put_blueprint(blueprint("plan"))
    both = [*MAPPINGS, mapped("work", '"work"')]
    await ensure(stand, blueprint("work"), mappings=both)

    assert stand.store.blueprints.keys() == {"plan"}
    assert "plan gives plan space" in warnings[0]
    assert "Port lacks the blueprints work" in warnings[1]


async def test_a_refusal_of_one_does_not_stop_the_others(
    stand: PortSandbox, warnings: list[str]
) -> None:
    odd = {**blueprint("odd"), "schema": "no schema"}
    await ensure(
        stand,
        odd,
        blueprint("work"),
        mappings=[mapped("a", '"odd"'), mapped("b", '"work"')],
    )

    assert stand.store.blueprints.keys() == {"work"}
    assert any("The blueprint odd can't be made" in w for w in warnings)
    assert "Port lacks the blueprints odd." in warnings[-1]


@pytest.mark.parametrize(
    ("settings", "some"),
    [
        ({}, True),
        ({"initialize_port_resources": False}, False),
        ({"create_port_resources_origin": CreatePortResourcesOrigin.Empty}, False),
    ],
)
def test_defaults_are_made_only_for_who_wants_them(settings: Any, some: bool) -> None:
    config = IntegrationConfiguration(
        port={"client_id": "x", "client_secret": "x"},  # type: ignore[arg-type]
        integration={"identifier": "x", "type": "x"},  # type: ignore[arg-type]
        **settings,
    )
    assert bool(load_defaults(JiraOctopusPortAppConfig, config)) == some
