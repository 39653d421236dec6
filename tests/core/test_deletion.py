"""What a resync did not read is not deleted."""

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

from core.deletion import CautiousStateApplier, blueprints_of, keep_entities


def resource(kind: str, blueprint: str) -> ResourceConfig:
    mappings = {"identifier": ".id", "blueprint": blueprint}
    return ResourceConfig.parse_obj(
        {
            "kind": kind,
            "selector": {"query": "true"},
            "port": {"entity": {"mappings": mappings}},
        }
    )


@pytest.mark.parametrize(
    ("expressions", "expected"),
    [
        pytest.param([], set(), id="none"),
        pytest.param(['"a"', ' "b" ', '"a"'], {"a", "b"}, id="literals"),
        pytest.param(['"a"', ".type"], None, id="a path"),
        pytest.param(['"a" + "b"'], None, id="a sum"),
        pytest.param(['"a_\\(.type)"'], None, id="an interpolation"),
        pytest.param(['"'], None, id="half a literal"),
        pytest.param(['""'], None, id="an empty literal"),
        pytest.param(['.x // "a"'], None, id="an alternative"),
    ],
)
def test_blueprint_is_known_only_when_it_is_a_literal(
    expressions: list[str], expected: set[str] | None
) -> None:
    assert blueprints_of(resource("k", e) for e in expressions) == expected


# --- Deleting -------------------------------------------------------------------------


def entity(blueprint: str, identifier: str) -> Entity:
    return Entity.parse_obj({"identifier": identifier, "blueprint": blueprint})


BEFORE = [entity(b, i) for b in ("plan", "delivery") for i in "12"]
AFTER = [entity("delivery", "1")]


@pytest.fixture
def handed_on(monkeypatch: pytest.MonkeyPatch) -> list[EntityDiff]:
    """Collect what the framework is asked to delete, in the place of Port."""
    diffs: list[EntityDiff] = []

    async def delete_diff(self: Any, diff: EntityDiff, *rest: Any) -> None:
        assert rest == (UserAgentType.exporter, 0.5)
        diffs.append(diff)

    monkeypatch.setattr(HttpEntitiesStateApplier, "delete_diff", delete_diff)
    return diffs


async def delete(*kept: str, plan_blueprint: str = '"plan"') -> None:
    resources = [
        resource("planning", plan_blueprint),
        resource("delivering", '"delivery"'),
    ]
    async with event_context("resync") as event:
        event.port_app_config = PortAppConfig(resources=resources)
        for kind in kept:
            keep_entities(kind)
        await CautiousStateApplier(PortOceanContext(None)).delete_diff(
            {"before": BEFORE, "after": AFTER}, UserAgentType.exporter, 0.5
        )


async def test_everything_read_is_compared(handed_on: list[EntityDiff]) -> None:
    await delete()

    assert handed_on == [{"before": BEFORE, "after": AFTER}]


async def test_entities_of_a_kind_that_was_not_read_are_kept(
    handed_on: list[EntityDiff],
) -> None:
    await delete("planning")

    assert handed_on == [{"before": BEFORE[2:], "after": AFTER}]


async def test_nothing_is_deleted_when_a_kept_kind_may_map_to_anything(
    handed_on: list[EntityDiff],
) -> None:
    await delete("planning", plan_blueprint=".type")

    assert handed_on == []


async def test_what_one_resync_keeps_the_next_does_not(
    handed_on: list[EntityDiff],
) -> None:
    await delete("planning")
    await delete()

    assert [len(diff["before"]) for diff in handed_on] == [2, 4]
