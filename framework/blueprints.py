"""See to it that Port has the blueprints that the mapping names, as it names them.

The framework makes its defaults in one go at the very first start only. If some of them
fail, or any was there before, nothing is made ever after, and nothing is said.
"""

from collections.abc import Callable, Iterable, Set
from typing import Any

import httpx
from loguru import logger
from port_ocean.clients.port.client import PortClient
from port_ocean.clients.port.types import UserAgentType
from port_ocean.config.settings import IntegrationConfiguration
from port_ocean.core.defaults.common import get_port_integration_defaults
from port_ocean.core.handlers.port_app_config.models import (
    PortAppConfig,
    ResourceConfig,
)
from port_ocean.core.models import CreatePortResourcesOrigin

from core.types import Item
from framework.jq_values import literal_of

# These refer to other blueprints, so they come once all of these are made.
RELATIONS = ("relations", "teamInheritance", "ownership")
CALCULATED = ("calculationProperties", "mirrorProperties", "aggregationProperties")
AGENT = UserAgentType.exporter
HOW_TO_MAKE = (
    "Make them in Port's builder (.port/resources/blueprints.json and .port/examples"
    " have them), or correct the mapping"
)
LACKING = (
    "Port's blueprints lack what the mapping names, so Port will refuse these entities"
)
CHOICE = (
    "Either start over (remove these blueprints with their entities and restart), or"
    " keep them and adapt the mapping to their names: docs/migrating.md"
)


class Blueprints:
    """Compares what a mapping names with what Port has, and makes what is missing."""

    def __init__(self, port: PortClient, load: Callable[[], list[Item]]) -> None:
        """Take what loads the default blueprints; without any, none is made."""
        self._port = port
        self._load = load
        self._defaults: dict[str, Item] = {}

    async def ensure(self, mappings: Iterable[ResourceConfig]) -> None:
        """Create missing defaults, and report what else Port lacks."""
        try:
            known = await self._known()
        except httpx.HTTPStatusError as error:
            status = error.response.status_code
            logger.warning(f"Port does not show its blueprints: it answers {status}")
            return
        named = [(m, literal_of(m.port.entity.mappings.blueprint)) for m in mappings]
        missing = {name for _, name in named if name is not None} - known.keys()
        unknown = [
            f"{mapping.kind} gives {blueprint} {', '.join(names)}"
            for mapping, blueprint in named
            if blueprint in known and (names := unknown_in(mapping, known[blueprint]))
        ]
        if unknown:
            # These belong to another integration: create none beside them.
            logger.error(f"{LACKING}: {'; '.join(unknown)}. {CHOICE}")
        elif missing:
            self._defaults = {item["identifier"]: item for item in self._load()}
            missing -= {*await self._make(missing, known)}
        if missing:
            absent = ", ".join(sorted(missing))
            logger.error(f"Port lacks the blueprints {absent}. {HOW_TO_MAKE}")

    async def to_be(self) -> dict[str, Item]:
        """Return the blueprints that there will be: Port's, and missing defaults."""
        return {item["identifier"]: item for item in self._load()} | await self._known()

    async def _known(self) -> dict[str, Item]:
        """Return all blueprints: https://docs.port.io/api-reference/get-all-blueprints/."""
        reply = await self._port.client.get(
            f"{self._port.api_url}/blueprints", headers=await self._port.auth.headers()
        )
        reply.raise_for_status()
        return {item["identifier"]: item for item in reply.json()["blueprints"]}

    async def _make(self, missing: set[str], known: dict[str, Item]) -> list[str]:
        """Make default blueprints one after the other, for Port limits the rate."""
        names = sorted(self._with_targets(missing) - known.keys())
        made: list[str] = []
        for name in names:
            bare = without(self._defaults[name], RELATIONS + CALCULATED)
            if await self._tried(name, self._port.create_blueprint(bare, AGENT)):
                made.append(name)
        there = known.keys() | {*made}
        for left_out in (CALCULATED, ()):
            for name in made:
                full = without(_possible(self._defaults[name], there), left_out)
                await self._tried(name, self._port.patch_blueprint(name, full, AGENT))
        if made:
            logger.info(f"Made the blueprints that were missing: {', '.join(made)}")
        return made

    def _with_targets(self, names: set[str]) -> set[str]:
        """Return the defaults of these names, and those that they relate to."""
        found: set[str] = set()
        waiting = [name for name in names if name in self._defaults]
        while waiting:
            name = waiting.pop()
            if name in found or name not in self._defaults:
                continue
            found.add(name)
            relations = self._defaults[name].get("relations") or {}
            waiting += [relation["target"] for relation in relations.values()]
        return found

    async def _tried(self, name: str, work: Any) -> bool:
        try:
            await work
        except httpx.HTTPError as error:
            reason = str(error).split("\n")[0]
            logger.error(f"The blueprint {name} can't be made or completed: {reason}")
            return False
        return True


def _possible(blueprint: Item, there: Set[str]) -> Item:
    """Return a blueprint without aggregations of blueprints that nobody has."""
    aggregations = blueprint.get("aggregationProperties") or {}
    kept = {n: one for n, one in aggregations.items() if one["target"] in there}
    return {**blueprint, "aggregationProperties": kept} if aggregations else blueprint


def load_defaults(
    config_class: type[PortAppConfig], config: IntegrationConfiguration
) -> list[Item]:
    """Return the default blueprints, none if the user wants none to be made."""
    is_empty = config.create_port_resources_origin == CreatePortResourcesOrigin.Empty
    if is_empty or not config.initialize_port_resources:
        return []
    defaults = get_port_integration_defaults(config_class, config.resources_path)
    return defaults.blueprints if defaults else []


def unknown_in(mapping: ResourceConfig, blueprint: Item) -> list[str]:
    """Return the properties and relations that a blueprint does not have."""
    mappings = mapping.port.entity.mappings
    schema = (blueprint.get("schema") or {}).get("properties") or {}
    relations = blueprint.get("relations") or {}
    return [
        *(name for name in mappings.properties if name not in schema),
        *(name for name in mappings.relations if name not in relations),
    ]


def without(item: Item, names: Iterable[str]) -> Item:
    """Return a blueprint without some of its parts."""
    return {key: value for key, value in item.items() if key not in names}
