"""Entities are deleted together, and one that Port refuses costs no other."""

import asyncio
from typing import Any

import httpx
import pytest
from port_ocean.clients.port.types import UserAgentType
from port_ocean.context.event import EventType, event, event_context
from port_ocean.context.ocean import PortOceanContext
from port_ocean.core.handlers.port_app_config.models import PortAppConfig
from port_ocean.core.models import Entity

from framework.bulk_deletion import AT_ONCE, ENTITIES_PER_REQUEST, bulk_delete
from framework.resync_run import current_run
from framework.state_applier import CautiousStateApplier
from tests.framework.resyncs import entities, resync


def refusal(reason: str) -> httpx.HTTPStatusError:
    request = httpx.Request("POST", "https://port.test")
    reply = httpx.Response(409, json={"message": reason}, request=request)
    return httpx.HTTPStatusError(reason, request=request, response=reply)


class Port:
    """Refuses what something else needs, and with it a whole request."""

    def __init__(self, needed: dict[str, str] | None = None) -> None:
        self.there: set[str] = set()
        # What can't be deleted as long as something else is there.
        self.needed = needed or {}
        self.requests: list[list[str]] = []
        self.at_once = self.most_at_once = 0
        self.silent: set[str] = set()

    def _check(self, names: list[str]) -> None:
        self.requests.append(names)
        for name in names:
            if self.needed.get(name) in self.there:
                raise refusal(f"{name} is needed")

    async def bulk_delete_entities(
        self, blueprint: str, names: list[str], *rest: Any
    ) -> list[str]:
        self._check(names)
        await asyncio.sleep(0)
        deleted = [name for name in names if name not in self.silent]
        self.there -= {*deleted}
        return deleted

    async def delete_entity(self, entity: Entity, *rest: Any) -> None:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        self._check([str(entity.identifier)])
        self.there.discard(str(entity.identifier))


async def deleted(port: Port, gone: list[Entity]) -> dict[str, str]:
    """Delete entities; return what is left, by identifier, and why."""
    port.there |= {str(entity.identifier) for entity in gone}
    async with event_context(EventType.HTTP_REQUEST):
        event.port_app_config = PortAppConfig(resources=[])
        left = await bulk_delete(port, gone)  # type: ignore[arg-type]
    return {name: str(error) for (_, name), error in left.items()}


async def test_a_hundred_leave_by_one_request() -> None:
    port = Port()
    names = [f"{n}" for n in range(2 * ENTITIES_PER_REQUEST + 1)]
    assert await deleted(port, entities("issue", names)) == {}
    assert sorted(map(len, port.requests)) == [1, 100, 100]
    assert port.there == set()


async def test_one_that_is_refused_costs_no_other_and_is_named() -> None:
    port = Port({"b": "elsewhere"})
    port.there.add("elsewhere")
    left = await deleted(port, entities("issue", "abc") + entities("board", "d"))
    assert left == {"b": "b is needed"}
    assert port.there == {"b", "elsewhere"}


async def test_what_waits_for_others_leaves_after_them() -> None:
    port = Port({"project": "issue"})
    gone = entities("jiraProject", ["project"]) + entities("jiraIssue", ["issue"])
    assert await deleted(port, gone) == {}
    assert port.there == set()


async def test_a_chain_leaves_from_its_end() -> None:
    port = Port({"project": "epic", "epic": "issue", "issue": "subtask"})
    gone = entities("issue", ["project", "epic", "issue", "subtask"])
    assert await deleted(port, gone) == {}
    assert port.there == set()


async def test_what_a_reply_does_not_name_is_deleted_singly() -> None:
    port = Port()
    port.silent = {"b"}
    assert await deleted(port, entities("issue", "abc")) == {}
    assert port.requests == [["a", "b", "c"], ["b"]]


async def test_no_more_are_deleted_singly_at_once_than_port_bears() -> None:
    port = Port({"0": "elsewhere"})
    port.there.add("elsewhere")
    names = [f"{n}" for n in range(ENTITIES_PER_REQUEST)]
    assert {*await deleted(port, entities("issue", names))} == {"0"}
    assert port.most_at_once == AT_ONCE


async def test_a_resync_reports_what_port_does_not_delete(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    port: Any = Port({"b": "elsewhere"})
    port.there = {"elsewhere"}
    async with resync() as run:
        applier: Any = CautiousStateApplier.__new__(CautiousStateApplier)
        context = PortOceanContext(None)
        monkeypatch.setattr(type(context), "port_client", port)
        applier.context = context
        await applier.delete(entities("issue", "abc"), UserAgentType.exporter)
        assert run is current_run()
        assert run.deleted == {"issue": 2}
        reason = "Port does not delete it: 409 b is needed"
        assert run.kept == {("issue", reason): 1}
