"""A resync without Port or vendors: mappings, what was read for them, a small Port."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from port_ocean.clients.port.types import UserAgentType
from port_ocean.context.event import EventType, event_context
from port_ocean.context.ocean import PortOceanContext
from port_ocean.core.handlers.entities_state_applier.port.applier import (
    HttpEntitiesStateApplier,
)
from port_ocean.core.handlers.entity_processor import jq_entity_processor_sync
from port_ocean.core.handlers.port_app_config.models import (
    PortAppConfig,
    ResourceConfig,
)
from port_ocean.core.models import Entity
from port_ocean.core.ocean_types import EntityDiff

from core.resource import Resource
from framework.resync_run import Key, ResyncRun, current_run
from framework.state_applier import CautiousStateApplier

SPACE = Resource(kind="space", id_field="Id")
WORKER = Resource(kind="worker", id_field="Id", parent=SPACE, parent_field="SpaceId")


def mapped(
    kind: str, blueprint: str, *, query: str = "true", **mappings: Any
) -> ResourceConfig:
    """Return a mapping; the blueprint is an expression, as in a real one."""
    items_to_parse = mappings.pop("itemsToParse", None)
    entity = {"mappings": {"identifier": ".Id", "blueprint": blueprint, **mappings}}
    port = {"entity": entity, "itemsToParse": items_to_parse}
    selector = {"query": query}
    return ResourceConfig.parse_obj({"kind": kind, "selector": selector, "port": port})


def entity(blueprint: str, identifier: str, **relations: Any) -> Entity:
    own = {"identifier": identifier, "blueprint": blueprint, "relations": relations}
    return Entity.parse_obj(own)


def entities(blueprint: str, identifiers: Iterable[str]) -> list[Entity]:
    return [entity(blueprint, identifier) for identifier in identifiers]


@asynccontextmanager
async def resync(*mappings: ResourceConfig) -> AsyncIterator[ResyncRun]:
    """Run the body as a resync of these mappings."""
    async with event_context(EventType.RESYNC) as event:
        # As it is after parsing, which would copy the mappings.
        event.port_app_config = PortAppConfig.construct(resources=list(mappings))
        run = current_run()
        assert run is not None
        yield run


class FakePort:
    """Answers searches of entities from a list, and notes what was asked."""

    def __init__(self, *known: Entity, target: str = "space") -> None:
        self.known = list(known)
        self.asked: list[dict[str, Any]] = []
        self._target = target

    async def get_blueprint(self, identifier: str) -> Any:
        relation = SimpleNamespace(target=self._target)
        return SimpleNamespace(relations={"space": relation, "place": relation})

    async def search_entities(
        self, agent: UserAgentType, query: Any, include: list[str] | None = None
    ) -> list[Entity]:
        self.asked.append(query)
        own, *rules = query["rules"]
        assert own["property"] == "$blueprint"
        found = [e for e in self.known if e.blueprint == own["value"]]
        return [e for e in found if all(_fits(rule, e) for rule in rules)]


def _fits(rule: dict[str, Any], entity: Entity) -> bool:
    if rule["operator"] == "relatedTo":
        return rule["value"] in entity.relations.values()
    return bool(entity.properties.get(rule["property"]) == rule["value"])


async def delete(
    before: list[Entity],
    after: list[Entity],
    port: FakePort | None = None,
    **settings: Any,
) -> set[Key]:
    """Return what the applier lets the framework delete."""
    handed_on: list[EntityDiff] = []

    async def delete_diff(self: Any, diff: EntityDiff, *rest: Any) -> None:
        handed_on.append(diff)

    config = SimpleNamespace(integration=SimpleNamespace(config=settings))
    app: Any = SimpleNamespace(port_client=port or FakePort(), config=config)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(HttpEntitiesStateApplier, "delete_diff", delete_diff)
        await CautiousStateApplier(PortOceanContext(app)).delete_diff(
            {"before": before, "after": after}, UserAgentType.exporter, 0.9
        )
    (diff,) = handed_on
    assert diff["before"] == before
    still = {(e.blueprint, str(e.identifier)) for e in diff["after"]}
    return {(e.blueprint, str(e.identifier)) for e in before} - still


@pytest.fixture
def jq_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let expressions be evaluated without a running application."""
    config = SimpleNamespace(allow_environment_variables_jq_access=False)
    context = SimpleNamespace(config=config)
    monkeypatch.setattr(jq_entity_processor_sync, "ocean", context)
