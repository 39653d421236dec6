"""What is gone leaves the catalog, however little of it an event still knows."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from port_ocean.context.event import EventType, event_context
from port_ocean.core.handlers.port_app_config.models import (
    PortAppConfig,
    ResourceConfig,
)

from framework.entity_processor import GONE, CombinedJQEntityProcessor

config: Any = SimpleNamespace(allow_environment_variables_jq_access=False)
CONTEXT: Any = SimpleNamespace(config=config, integration_config={})
QUERY = '.fields.status.name == "Done"'


def mapped(item: dict[str, Any], query: str, identifier: str = ".key") -> Any:
    processor = CombinedJQEntityProcessor(CONTEXT)
    batch = processor.parse_items_sync({"identifier": identifier}, [item], query, True)
    outcomes, _ = asyncio.run(batch)
    (((entity,), errors),) = outcomes
    assert errors == []
    return entity


@pytest.mark.parametrize("query", [QUERY, "false", ".x", "error", '.x | test("x")'])
def test_a_tombstone_passes_every_query(query: str) -> None:
    entity = mapped({"key": "SHOP-1", GONE: True}, query)
    assert entity.did_entity_pass_selector
    assert entity.entity == {"identifier": "SHOP-1"}


@pytest.mark.parametrize("title", [".title", "not jq ~"])
async def test_a_tombstone_passes_the_whole_processor(
    title: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    framework = "port_ocean.core.handlers.entity_processor.jq_entity_processor.ocean"
    monkeypatch.setattr(framework, CONTEXT)
    mappings = {"identifier": ".key", "blueprint": '"jiraIssue"', "title": title}
    parts = {"properties": {"status": ".fields.status"}, "relations": {}}
    port = {"entity": {"mappings": {**mappings, **parts}}}
    resource = ResourceConfig.parse_obj(
        {"kind": "jira-issue", "selector": {"query": QUERY}, "port": port}
    )
    processor = CombinedJQEntityProcessor(CONTEXT)
    gone, there = {"key": "SHOP-1", GONE: True}, {"key": "SHOP-2"}
    async with event_context(EventType.HTTP_REQUEST) as event:
        event.port_app_config = PortAppConfig.construct(resources=[resource])
        found = await processor.parse_items(resource, [gone], parse_all=True)
        assert [e.identifier for e in found.entity_selector_diff.passed] == ["SHOP-1"]
        found = await processor.parse_items(resource, [there], parse_all=True)
        assert [e.identifier for e in found.entity_selector_diff.failed] == ["SHOP-2"]


def test_what_is_not_gone_is_judged_as_ever() -> None:
    assert not mapped({"key": "SHOP-1"}, QUERY).did_entity_pass_selector
