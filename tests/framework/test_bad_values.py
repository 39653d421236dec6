"""A value that Port refuses costs itself; the rest of the entity comes."""

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from port_ocean.clients.port.mixins import entities as entities_mixin
from port_ocean.clients.port.types import UserAgentType
from port_ocean.context.resource import resource_context
from port_ocean.core.models import Entity

from framework.bad_values import bad_values, without
from framework.resync_run import ResyncRun
from framework.state_applier import CautiousStateApplier
from tests.framework.resyncs import WORKER, mapped, resync

SCHEMA: dict[str, Any] = {
    "properties": {
        "name": {"type": "string"},
        "state": {"type": "string", "enum": ["open", "done"]},
        "created": {"type": "string", "format": "date-time"},
        "url": {"type": "string", "format": "url"},
        "mail": {"type": "string", "format": "email"},
        "notes": {"type": "string", "format": "markdown"},
        "size": {"type": "number"},
        "active": {"type": "boolean"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "more": {"type": "object"},
    }
}


def entity(**properties: Any) -> Entity:
    own = {"identifier": "1", "blueprint": "plan", "properties": properties}
    return Entity.parse_obj(own)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("name", 7),
        ("name", {"a": 1}),
        ("state", "halted"),
        ("state", "OPEN"),
        ("created", "soon"),
        ("created", "2026-13-45T00:00:00Z"),
        ("created", 1700000000),
        ("url", "git@github.com:acme/shop.git"),
        ("mail", "jdoe@localhost"),
        ("size", "7"),
        ("size", True),
        ("active", "yes"),
        ("active", 1),
        ("tags", "one"),
        ("tags", ["one", None]),
        ("more", []),
    ],
)
def test_a_value_of_a_wrong_form_is_found(name: str, value: Any) -> None:
    assert bad_values(entity(**{"name": "x", name: value}), SCHEMA) == [name]


@pytest.mark.parametrize(
    "properties",
    [
        {},
        {"name": None, "state": None, "size": None},
        {"name": "x", "state": "done", "url": "https://x.test/a?b#c", "mail": "a@b.c"},
        {"created": "2026-01-31T10:00:00.123+0100", "notes": "soon", "size": 1.5},
        {"created": "2026-01-31T10:00:00Z", "active": False, "tags": [], "more": {}},
        {"nobody declared": object},
    ],
)
def test_what_fits_is_left_alone(properties: Any) -> None:
    assert bad_values(entity(**properties), SCHEMA) == []


def test_a_blueprint_without_a_schema_finds_nothing() -> None:
    assert bad_values(entity(name=7), {}) == []


def test_only_the_bad_value_becomes_null() -> None:
    given = entity(name="x", state="halted")
    assert without(given, ["state"]).properties == {"name": "x", "state": None}
    assert given.properties == {"name": "x", "state": "halted"}


async def upserted(
    monkeypatch: pytest.MonkeyPatch, blueprint: Callable[[], Any]
) -> tuple[list[Any], list[str], ResyncRun]:
    """Upsert two entities, of which Port refuses one until its state is null.

    Returns the states that were sent, the identifiers that Port accepted, and the run.
    """
    sent: list[Any] = []

    def reply(request: httpx.Request) -> httpx.Response:
        found = json.loads(request.content)["entities"]
        sent.extend(one["properties"].get("state") for one in found)
        done, errors = [], []
        for index, one in enumerate(found):
            named = {"index": index, "identifier": one["identifier"]}
            if one["properties"].get("state") == "halted":
                errors.append({**named, "message": "state must be one of"})
            else:
                done.append({**named, "created": True})
        return httpx.Response(207, json={"entities": done, "errors": errors})

    async def headers(_: Any) -> dict[str, str]:
        return {}

    async def get_blueprint(_: str) -> Any:
        return blueprint()

    metrics = SimpleNamespace(
        inc_metric=lambda **_: None, current_resource_kind=lambda: "plan"
    )
    limits = SimpleNamespace(
        upsert_entities_batch_max_length=20,
        upsert_entities_batch_max_size_in_bytes=1_000_000,
    )
    monkeypatch.setattr(
        entities_mixin, "ocean", SimpleNamespace(metrics=metrics, config=limits)
    )
    auth = SimpleNamespace(headers=headers, api_url="https://port.test/v1")
    plan = mapped("plan", '"plan"')
    async with httpx.AsyncClient(transport=httpx.MockTransport(reply)) as client:
        port = SimpleNamespace(auth=auth, client=client, get_blueprint=get_blueprint)
        context: Any = SimpleNamespace(port_client=port, integration_config={})
        async with resync(plan) as run, resource_context(plan):
            run.begin(plan, WORKER, None)
            good, odd = entity(state="open"), entity(name="x", state="halted")
            odd.identifier = "2"
            applier = CautiousStateApplier(context)
            taken = await applier.upsert([good, odd], UserAgentType.exporter)
    return sent, [str(one.identifier) for one in taken], run


async def test_the_rest_of_a_refused_entity_is_sent_without_the_bad_value(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    declared = SimpleNamespace(properties_schema=SCHEMA)
    sent, taken, run = await upserted(monkeypatch, lambda: declared)

    assert sent == ["open", "halted", None]
    assert taken == ["1", "2"]
    (reading,) = run.readings
    assert reading.refused == {}
    (trouble,) = reading.report.troubles
    assert trouble.value == "plan.state"
    assert "2: state must be one of" in trouble.reason


@pytest.mark.parametrize("schema", [{}, None], ids=["no reason found", "no answer"])
async def test_what_cannot_be_repaired_stays_refused(
    monkeypatch: pytest.MonkeyPatch, schema: dict[str, Any] | None
) -> None:
    def blueprint() -> Any:
        if schema is None:
            raise httpx.ConnectError("Port is down")
        return SimpleNamespace(properties_schema=schema)

    sent, taken, run = await upserted(monkeypatch, blueprint)

    assert (sent, taken) == (["open", "halted"], ["1"])
    assert run.readings[0].refused == {("plan", "2"): "state must be one of"}
