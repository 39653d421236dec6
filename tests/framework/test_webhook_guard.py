"""At the door: what the vendor sent comes in once, and nothing else does."""

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import AsyncMock

import pytest
from fastapi import APIRouter
from hypothesis import assume, example, given
from hypothesis import strategies as st
from port_ocean.core.handlers.queue import LocalQueue

from core.signature import MAX_AGE
from framework.webhook_guard import WebhookGuard
from tests.framework.posting import (
    PATH,
    SECRET,
    Vendor,
    guarded,
    in_parts,
    posted,
)

BODY = {"id": "1"}
LARGE = Vendor.max_bytes + 1


def signed(body: bytes) -> dict[str, str]:
    signature = hmac.new(b"key", body, hashlib.sha256).hexdigest()
    return {**SECRET, "x-signature": f"sha256={signature}"}


@given(
    st.dictionaries(st.text(), st.text() | st.integers(), max_size=3),
    st.integers(1, 20),
)
@example({"": "cut off" * 200}, 20)
async def test_a_genuine_body_reaches_the_route_byte_for_byte(
    body: dict[str, Any], size: int
) -> None:
    door = guarded()
    raw = json.dumps(body, ensure_ascii=False).encode(errors="replace")[:900]
    parts = [raw[n : n + size] for n in range(0, len(raw), size)]
    reply = await door.post(in_parts(parts), signed(raw))
    try:
        json.loads(raw)
    except ValueError:
        assert (reply.status_code, door.bodies) == (400, [])
    else:
        assert (reply.json(), door.bodies) == ({"status": "ok"}, [raw])


HEADERS = st.dictionaries(st.sampled_from(["x-secret", "x"]), st.text("right"))


@given(st.binary(max_size=200), HEADERS)
async def test_what_is_not_signed_never_comes_in(
    body: bytes, headers: dict[str, str]
) -> None:
    assume(headers.get("x-secret") != "right")
    door = guarded()
    reply = await door.post(body, headers)
    assert (reply.status_code, reply.content) == (401, b"")
    assert (door.bodies, door.refused("signature")) == ([], 1)


@pytest.mark.parametrize(
    ("headers", "body", "status", "reason"),
    [
        ({}, b"{}", 401, "signature"),
        ({"x-secret": "wrong"}, b"{}", 401, "signature"),
        ({**SECRET, "x-signature": "sha256=00"}, b"{}", 401, "signature"),
        (SECRET, b'{"space": "another"}', 401, "signature"),
        ({"x-secret": "stale"}, b"{}", 401, "age"),
        (SECRET, b"x" * LARGE, 413, "size"),
        (SECRET, b"[]", 400, "form"),
        (SECRET, b"", 400, "form"),
        (SECRET, b'{"x":' + b"[" * 101 + b"]" * 101 + b"}", 400, "form"),
    ],
)
async def test_refusals_are_empty_and_counted(
    headers: dict[str, str], body: bytes, status: int, reason: str
) -> None:
    door = guarded()
    reply = await door.post(body, headers)
    assert (reply.status_code, reply.content) == (status, b"")
    assert door.refused(reason) == 1
    assert await door.queue.size() == 0 and door.bodies == []


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD", "OPTIONS"])
async def test_only_posts_come_in(method: str) -> None:
    reply = await guarded().ask(method, headers=SECRET)
    assert (reply.status_code, reply.headers["allow"]) == (405, "POST")


async def test_an_announced_length_is_refused_without_reading() -> None:
    door = guarded()
    headers = [(b"x-secret", b"right"), (b"content-length", str(LARGE).encode())]
    scope = {"type": "http", "method": "POST", "path": f"/integration{PATH}"}
    messages = [{"type": "http.request", "body": b"x" * LARGE}]
    start, _ = await posted(door.app, {**scope, "headers": headers}, messages)
    assert start["status"] == 413
    assert messages, "the body was read"


async def test_an_unannounced_length_is_counted_while_it_is_read() -> None:
    door = guarded()
    read = 0

    async def endless() -> Any:
        nonlocal read
        while True:
            read += 100
            yield b"x" * 100

    reply = await door.post(endless())
    assert reply.status_code == 413
    assert read <= LARGE + 200


async def test_a_stranger_is_refused_without_reading() -> None:
    door = guarded()
    scope = {"type": "http", "method": "POST", "path": f"/integration{PATH}"}
    messages = [{"type": "http.request", "body": b"{}"}]
    start, _ = await posted(door.app, {**scope, "headers": []}, messages)
    assert start["status"] == 401
    assert messages, "the body was read"


async def test_nobody_is_answered_who_went_away() -> None:
    door = guarded()
    headers = [(b"x-secret", b"right")]
    scope = {"type": "http", "method": "POST", "path": f"/integration{PATH}"}
    messages = [{"type": "http.request", "body": b"{", "more_body": True}]
    assert await posted(door.app, {**scope, "headers": headers}, messages) == []
    assert door.bodies == []


async def test_an_event_that_waits_or_was_processed_is_not_queued_again() -> None:
    door = guarded()
    assert (await door.post(BODY)).json() == {"status": "ok"}
    again = await door.post(BODY)
    await door.process()
    after = await door.post(BODY)
    assert [(r.status_code, r.content) for r in (again, after)] == [(200, b"")] * 2
    assert len(door.bodies) == 1
    assert door.refused("repeated") == 2


async def test_an_event_that_failed_may_come_again() -> None:
    door = guarded()
    await door.post(BODY)
    door.queue.done(await door.queue.get())
    await door.post(BODY)
    assert len(door.bodies) == 2


async def test_an_event_that_could_not_be_queued_may_come_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    door = guarded()
    with monkeypatch.context() as broken:
        broken.setattr(LocalQueue, "put", AsyncMock(side_effect=OSError("no queue")))
        reply = await door.post(BODY)
    assert (reply.status_code, reply.content) == (503, b"")
    assert int(reply.headers["retry-after"]) > 0
    assert door.refused("failed") == 1
    assert (await door.post(BODY)).json() == {"status": "ok"}
    assert await door.queue.size() == 1


async def test_events_without_an_id_are_all_let_in() -> None:
    door = guarded()
    for _ in range(2):
        await door.post({})
    assert len(door.bodies) == 2


@pytest.mark.parametrize(
    ("age", "status"),
    [
        (timedelta(0), 200),
        (MAX_AGE - timedelta(minutes=1), 200),
        (MAX_AGE + timedelta(minutes=1), 401),
        (timedelta(days=-2), 200),
    ],
)
async def test_what_happened_long_ago_is_refused(age: timedelta, status: int) -> None:
    body = {"at": (datetime.now(UTC) - age).isoformat()}
    assert (await guarded().post(body)).status_code == status


async def test_a_full_queue_asks_to_come_later_until_an_event_is_processed() -> None:
    door = guarded(max_events=2)
    replies = [await door.post({"id": str(n)}) for n in range(3)]
    assert [reply.status_code for reply in replies] == [200, 200, 503]
    assert int(replies[2].headers["retry-after"]) > 0
    taken = await door.queue.get()
    assert (await door.post({"id": "2"})).status_code == 503
    door.queue.done(taken)
    assert (await door.post({"id": "2"})).status_code == 200
    assert door.refused("busy") == 2


async def test_a_full_queue_parses_nothing() -> None:
    door = guarded(max_events=0)
    assert (await door.post(b"no JSON at all")).status_code == 503


async def test_a_queue_is_bounded_by_bytes_but_for_a_single_event() -> None:
    door = guarded(max_bytes=600)
    text = {"text": "x" * 500}
    replies = [await door.post(text) for _ in range(2)]
    assert [reply.status_code for reply in replies] == [200, 503]
    await door.process()
    assert (await door.post({"text": "x" * 100})).status_code == 200
    assert (await door.post({"text": "x" * 100})).status_code == 200


async def test_an_event_costs_nothing_but_the_route_itself() -> None:
    door = guarded()
    assert (await door.post(BODY)).json() == {"status": "ok"}
    assert (len(door.bodies), door.passed) == (1, [])
    await door.ask("POST", "http://x/integration/another")
    assert door.passed == ["/integration/another"]


async def test_other_paths_are_none_of_its_business() -> None:
    door = guarded()
    elsewhere = await door.ask("GET", "http://x/docs")
    other = await door.ask("POST", "http://x/integration/another", content=b"x" * LARGE)
    assert (elsewhere.status_code, other.json()) == (200, {"bytes": LARGE})


@pytest.mark.parametrize("path", ["/webhook/nobody", f"{PATH}/", f"{PATH}/x", "/"])
async def test_paths_that_are_not_served_are_refused_here(path: str) -> None:
    door = guarded()
    reply = await door.ask("POST", f"http://x/integration{path}", headers=SECRET)
    assert (reply.status_code, reply.content) == (404, b"")
    assert door.refused("path", "") == 1


async def test_a_lifespan_passes() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send("started")

    door = WebhookGuard(app, "/integration", APIRouter(), {})
    assert await posted(door, {"type": "lifespan"}, []) == ["started"]
