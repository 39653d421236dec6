"""A resync that read back to some day deletes nothing from before that day."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from port_ocean.clients.port.types import UserAgentType
from port_ocean.context.event import event_context
from port_ocean.context.ocean import PortOceanContext
from port_ocean.core.handlers.entities_state_applier.port.applier import (
    HttpEntitiesStateApplier,
)
from port_ocean.core.handlers.port_app_config.models import (
    PortAppConfig,
    ResourceConfig,
)
from port_ocean.core.models import Entity
from port_ocean.core.ocean_types import EntityDiff

from core.deletion import CautiousStateApplier, keep_older

DAY = timedelta(days=1)
NOW = datetime.now(UTC)
# How old the entities in Port are, in days.
AGES = {"new": 1, "middle": 40, "old": 100}


def resource(**properties: str) -> ResourceConfig:
    mappings = {"identifier": ".id", "blueprint": '"run"', "properties": properties}
    return ResourceConfig.parse_obj(
        {
            "kind": "running",
            "selector": {"query": "true"},
            "port": {"entity": {"mappings": mappings}},
        }
    )


def entity(identifier: str) -> Entity:
    return Entity.parse_obj({"identifier": identifier, "blueprint": "run"})


class Port:
    """Answers the search for entities dated within a window."""

    async def search_entities(self, agent: UserAgentType, query: Any) -> list[Entity]:
        blueprint, dated = query["rules"]
        assert blueprint == {
            "property": "$blueprint",
            "operator": "=",
            "value": "run",
        }
        assert dated["property"] == "created"
        since = datetime.fromisoformat(dated["value"]["from"])
        return [entity(i) for i, days in AGES.items() if NOW - days * DAY >= since]


@pytest.fixture
def deleted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Collect what may be deleted, in the place of Port."""
    found: list[str] = []

    async def delete_diff(self: Any, diff: EntityDiff, *rest: Any) -> None:
        found.extend(str(entity.identifier) for entity in diff["before"])

    monkeypatch.setattr(HttpEntitiesStateApplier, "delete_diff", delete_diff)
    return found


async def delete(*days: int, **properties: str) -> None:
    """Delete after reading so many days back, once for each number."""
    app: Any = SimpleNamespace(port_client=Port())
    context = PortOceanContext(app)
    async with event_context("resync") as event:
        mapping = resource(**(properties or {"created": ".Created"}))
        event.port_app_config = PortAppConfig(resources=[mapping])
        for number in days:
            keep_older("running", "Created", NOW - number * DAY)
        before = [entity(identifier) for identifier in AGES]
        await CautiousStateApplier(context).delete_diff(
            {"before": before, "after": []}, UserAgentType.exporter
        )


async def test_what_was_looked_for_in_vain_is_deleted(deleted: list[str]) -> None:
    await delete(90)

    assert deleted == ["new", "middle"]


async def test_the_shortest_of_several_windows_counts(deleted: list[str]) -> None:
    await delete(30, 90)
    assert deleted == ["new"]

    deleted.clear()
    await delete(90, 30)
    assert deleted == ["new"]


async def test_a_mapping_without_the_date_keeps_everything(deleted: list[str]) -> None:
    await delete(90, state=".State")

    assert deleted == []
