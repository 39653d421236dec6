"""What Port refuses is named: the entity and Port's own reason."""

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from port_ocean.clients.port.mixins import entities as framework
from port_ocean.clients.port.types import RequestOptions, UserAgentType
from port_ocean.core.models import Entity

from framework import port_writer
from framework.integration import accept_retried
from framework.port_writer import MAX_UNANSWERED, NO_BLUEPRINT, UNMET, PortWriter
from tests.framework.resyncs import WORKER, entities, mapped, resync

OPTIONS: RequestOptions = {
    "merge": True,
    "create_missing_related_entities": True,
    "delete_dependent_entities": True,
    "validation_only": False,
}
THREE = entities("plan", "123")
ALL = {("plan", name) for name in "123"}


@pytest.fixture(autouse=True)
def application(monkeypatch: pytest.MonkeyPatch) -> None:
    metrics = SimpleNamespace(
        inc_metric=lambda **_: None, current_resource_kind=lambda: "plan"
    )
    config = SimpleNamespace(
        upsert_entities_batch_max_length=20,
        upsert_entities_batch_max_size_in_bytes=1_000_000,
    )
    fake = SimpleNamespace(metrics=metrics, config=config)
    monkeypatch.setattr(framework, "ocean", fake)
    monkeypatch.setattr(port_writer, "PAUSE_SECONDS", 0.0)


async def write(
    reply: Callable[[httpx.Request], httpx.Response],
) -> tuple[dict[Any, str], list[str]]:
    """Return what was refused, and what was taken."""
    writer, taken = await written(reply)
    return writer.refused, taken


async def written(
    reply: Callable[[httpx.Request], httpx.Response], some: list[Entity] | None = None
) -> tuple[PortWriter, list[str]]:
    """Return the writer of some entities, and what was taken."""

    async def headers(_: Any = None) -> dict[str, str]:
        return {}

    auth = SimpleNamespace(headers=headers, api_url="https://port.test/v1")
    transport = httpx.MockTransport(reply)
    async with httpx.AsyncClient(transport=transport) as client:
        port: Any = SimpleNamespace(auth=auth, client=client)
        writer = PortWriter(port)
        results = await writer.upsert_entities_in_batches(
            some or THREE, OPTIONS, UserAgentType.exporter, should_raise=False
        )
    return writer, [entity.identifier for ok, entity in results if ok]


def answers(status: int, **body: Any) -> Callable[[httpx.Request], httpx.Response]:
    return lambda _: httpx.Response(status, json=body)


async def test_what_refers_to_nothing_yet_is_tried_again_and_then_accepted() -> None:
    class Port:
        async def search_batch_entities(self, agent: Any, entities: Any) -> Any:
            return [one for one in entities if one.identifier == "1"]

    async with resync(mapped("plan", '"plan"')) as run:
        reading = run.begin(mapped("plan", '"plan"'), WORKER, None)
        reading.refused = dict.fromkeys(ALL, "not found")
        reading.unmet = {("plan", "1"), ("plan", "2")}
        port: Any = Port()
        await accept_retried(run, port)

    assert reading.refused.keys() == {("plan", "2"), ("plan", "3")}
    assert reading.written == 1


async def test_refused_entities_of_a_batch_are_named() -> None:
    done = [{"index": n, "identifier": str(n), "created": True} for n in (0, 2)]
    odd = {"index": 1, "identifier": "2", "error": "invalid", "message": "no\n email"}
    refused, taken = await write(answers(207, entities=done, errors=[odd]))

    assert refused == {("plan", "2"): "no email"}
    assert len(taken) == 2


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (answers(422, error="invalid_request", message="no such"), "422 no such"),
        (answers(404, error="not_found"), NO_BLUEPRINT),
        (answers(404, error="no_such_route"), "404 no_such_route"),
        (lambda _: httpx.Response(500, html="<html>"), "500"),
    ],
)
async def test_a_refused_batch_names_all_its_entities(reply: Any, reason: str) -> None:
    refused, taken = await write(reply)

    assert refused == dict.fromkeys(ALL, reason)
    assert taken == []


async def test_a_port_that_is_silent_is_a_reason_too() -> None:
    def silent(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("slow", request=request)

    refused, taken = await write(silent)
    assert refused == dict.fromkeys(ALL, "no reply: ReadTimeout slow")
    assert taken == []


async def test_what_is_too_large_for_a_batch_is_judged_one_by_one() -> None:
    def reply(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/bulk"):
            return httpx.Response(413)
        if b'"1"' in request.content:
            return httpx.Response(422, json={"ok": False, "message": "no email"})
        if b'"2"' in request.content:
            return httpx.Response(404, json={"ok": False, "error": "not_found"})
        return httpx.Response(200, json={"entity": THREE[2].dict()})

    refused, taken = await write(reply)
    assert taken == ["3"]
    assert refused == {
        ("plan", "1"): "422 no email",
        ("plan", "2"): UNMET,
    }


@pytest.mark.parametrize(
    ("exists", "requests"),
    [(False, ["POST bulk", "GET plan"]), (True, ["POST entities"] * 3)],
)
async def test_a_blueprint_that_does_not_exist_is_asked_for_once(
    exists: bool, requests: list[str]
) -> None:
    asked: list[str] = []

    def reply(request: httpx.Request) -> httpx.Response:
        asked.append(f"{request.method} {request.url.path.rpartition('/')[2]}")
        status = 200 if exists and request.method == "GET" else 404
        return httpx.Response(status, json={"ok": False, "error": "not_found"})

    writer, taken = await written(reply)
    assert asked[-len(requests) :] == requests
    assert writer.unmet == writer.refused.keys() == ALL
    assert (len(asked) == len(requests)) is not exists
    assert taken == []


def done(request: httpx.Request) -> httpx.Response:
    """Take whatever is sent."""
    sent = json.loads(request.content)
    if not request.url.path.endswith("/bulk"):
        return httpx.Response(200, json={"entity": sent})
    taken = [
        {"index": n, "identifier": one["identifier"], "created": True}
        for n, one in enumerate(sent["entities"])
    ]
    return httpx.Response(200, json={"entities": taken, "errors": []})


ONCE = [
    httpx.Response(500),
    httpx.Response(400, json={"message": "no"}),
    httpx.Response(404, json={"error": "not_found"}),
    httpx.Response(422, json={"message": "no"}),
    httpx.Response(200, html="<html>"),
    httpx.Response(200, json=[]),
    httpx.ConnectError("down"),
]


@pytest.mark.parametrize("trouble", ONCE, ids=str)
async def test_a_batch_that_fails_once_is_sent_again(trouble: Any) -> None:
    troubles = [trouble]

    def reply(request: httpx.Request) -> httpx.Response:
        if troubles:
            first = troubles.pop()
            if isinstance(first, Exception):
                raise first
            return httpx.Response(first.status_code, content=first.content)
        return done(request)

    refused, taken = await write(reply)
    assert (refused, taken) == ({}, ["1", "2", "3"])


@pytest.mark.parametrize(
    ("status", "final"), [(400, True), (422, True), (401, False), (429, False)]
)
async def test_one_entity_that_breaks_its_batch_costs_only_itself(
    status: int, final: bool
) -> None:
    def reply(request: httpx.Request) -> httpx.Response:
        if b'"2"' in request.content:
            return httpx.Response(status, json={"message": "no email"})
        return done(request)

    writer, taken = await written(reply)
    assert taken == ["1", "3"]
    assert writer.refused == {("plan", "2"): f"{status} no email"}
    assert bool(writer.final) == final


async def test_a_port_that_is_down_is_not_asked_for_each_entity() -> None:
    asked: list[str] = []

    def down(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path.rpartition("/")[2])
        return httpx.Response(500)

    many = entities("plan", map(str, range(10)))
    writer, taken = await written(down, many)
    assert taken == []
    assert len(writer.unanswered) == len(many)
    assert asked == ["bulk", "bulk", *["entities"] * MAX_UNANSWERED]


async def test_entities_that_now_and_then_get_no_answer_give_up_no_others() -> None:
    many = entities("plan", "12345678")
    lost = {("plan", name) for name in "2468"}

    def reply(request: httpx.Request) -> httpx.Response:
        asked = json.loads(request.content)
        if "entities" in asked or ("plan", asked["identifier"]) in lost:
            return httpx.Response(503)
        made = {"identifier": asked["identifier"], "blueprint": "plan"}
        return httpx.Response(200, json={"ok": True, "entity": made})

    writer, taken = await written(reply, many)
    assert (taken, writer.unanswered) == (["1", "3", "5", "7"], lost)
    assert writer.refused.keys() == lost


@pytest.mark.parametrize(
    ("status", "final"), [(422, True), (None, True), (404, False), (503, False)]
)
async def test_what_port_says_of_one_entity_is_final_unless_it_may_pass(
    status: int | None, final: bool
) -> None:
    error = {"index": 0, "identifier": "1", "error": "x", "statusCode": status}
    taken = [{"index": n, "identifier": str(n), "created": True} for n in (1, 2)]
    writer, _ = await written(answers(207, entities=taken, errors=[error]))
    assert bool(writer.final) == final


async def test_what_a_reply_does_not_name_is_unanswered() -> None:
    writer, taken = await written(answers(200, entities=[], errors=[]))
    assert taken == []
    assert writer.unanswered == ALL
