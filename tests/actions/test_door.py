"""What Port posts is carried out once, if Port signed it just now."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

import actions.recovery as recovery_module
from actions.door import AT_ONCE, MOST_BYTES, Door
from actions.parsing import PATH
from sandbox.fault_rules import Rule
from sandbox.port.posting import signed
from sandbox.port.runs import Kept
from tests.actions.desk import Desk, created_by, ended
from tests.actions.test_create_issue import ASKED

SECRET = "organization-secret"
type Post = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
def door(desk: Desk) -> Door:
    return Door(desk.actions, desk.executors.values(), SECRET)


@pytest.fixture
async def post_to() -> AsyncIterator[Callable[[Door], Post]]:
    """Yield what makes of a door what posts a body to it, signed with a secret at a
    time; that waits for the end.
    """
    async with AsyncExitStack() as clients:

        def at(door: Door) -> Post:
            app = FastAPI()
            door.open(app.router)
            transport = httpx.ASGITransport(app)
            http = httpx.AsyncClient(transport=transport, base_url="http://own")
            clients.push_async_exit(http)

            async def send(
                body: Any, secret: str = SECRET, at: float | None = None, **headers: str
            ) -> httpx.Response:
                content, own = signed(body, secret, at)
                reply = await http.post(
                    PATH, content=content, headers={**own, **headers}
                )
                await asyncio.gather(*door._tasks)
                return reply

            return send

        yield at


@pytest.fixture
def post(door: Door, post_to: Callable[[Door], Post]) -> Post:
    return post_to(door)


def posted(desk: Desk, **inputs: Any) -> tuple[Kept, Any]:
    return desk.port.state.runs.post("create_issue", {**ASKED, **inputs})


async def test_a_signed_run_is_carried_out(desk: Desk, post: Post) -> None:
    kept, body = posted(desk)
    reply = await post(body)

    assert reply.status_code == 202
    (issue,) = created_by(desk, kept)
    assert issue["key"] in ended(kept, "SUCCESS")


async def test_milliseconds_are_a_time_too(desk: Desk, post: Post) -> None:
    kept, body = posted(desk)

    assert (await post(body, at=time.time() * 1000)).status_code == 202
    ended(kept, "SUCCESS")


# The times are of the present, so they can't name the tests.
FORGED: dict[str, dict[str, Any]] = {
    "another secret": {"secret": "another"},
    "long ago": {"at": 0.0},
    "an hour ago": {"at": time.time() - 3600},
    "in an hour": {"at": time.time() + 3600},
    "no signature": {"x-port-signature": ""},
    "no signature of ours": {"x-port-signature": "v1,AAAA"},
    "no time": {"x-port-timestamp": "now"},
}


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED)
async def test_what_port_did_not_sign_now_is_refused(
    desk: Desk, post: Post, forged: Any
) -> None:
    kept, body = posted(desk)
    reply = await post(body, **forged)

    assert reply.status_code == 401
    assert kept.is_open and created_by(desk, kept) == []


async def test_a_replay_is_not_carried_out_again(desk: Desk, post: Post) -> None:
    kept, body = posted(desk)
    now = time.time()
    for _ in range(2):
        reply = await post(body, at=now)

    assert (reply.status_code, reply.json()["ok"]) == (200, True)
    assert len(created_by(desk, kept)) == 1


async def test_a_replay_after_a_restart_is_not_carried_out_again(
    desk: Desk, post: Post, door: Door
) -> None:
    kept, body = posted(desk)
    await post(body)
    door._known.clear()
    await post(body)

    assert len(created_by(desk, kept)) == 1
    ended(kept, "SUCCESS")


async def test_a_post_that_comes_to_two_processes_at_once_is_carried_out_once(
    open_desk: Callable[[], Desk], post_to: Callable[[Door], Post]
) -> None:
    desks = open_desk(), open_desk()
    doors = [Door(one.actions, one.executors.values(), SECRET) for one in desks]
    kept, body = posted(desks[0])
    now = time.time()
    replies = await asyncio.gather(*(post_to(door)(body, at=now) for door in doors))

    assert sorted(reply.status_code for reply in replies) == [200, 202]
    assert len(created_by(desks[0], kept)) == 1
    ended(kept, "SUCCESS")


async def test_a_log_that_cannot_be_read_keeps_nobody_out(
    desk: Desk, post: Post
) -> None:
    empty = Rule(method="GET", path="/logs", status=200, body={"ok": True})
    desk.port.state.faults.add(empty)
    kept, body = posted(desk)
    await post(body)

    ended(kept, "SUCCESS")


async def test_a_line_that_is_not_shown_yet_is_not_the_first(
    desk: Desk, post: Post
) -> None:
    other = {"message": "Taken by the process 1", "createdAt": "2026-11-20T08:00:00Z"}
    shown = Rule(method="GET", path="/logs", status=200, body={"runLogs": [other]})
    desk.port.state.faults.add(shown)
    kept, body = posted(desk)

    assert (await post(body)).status_code == 200
    assert kept.is_open
    assert created_by(desk, kept) == []


@pytest.mark.parametrize(
    "body", [{}, {"runId": 1, "action": "create_issue"}, {"action": "x"}], ids=str
)
async def test_bodies_without_a_run_are_refused_with_the_reason(
    post: Post, body: Any
) -> None:
    reply = await post(body)

    assert reply.status_code == 400
    assert reply.json()["message"]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"action": ""}, "runId and action must be texts"),
        ({"action": "no_such_action"}, "there is no action 'no_such_action'"),
        ({"inputs": []}, "inputs must be an object"),
    ],
    ids=["no action", "unknown action", "odd inputs"],
)
async def test_a_run_that_cannot_be_carried_out_is_ended_with_the_reason(
    desk: Desk, post: Post, wrong: Any, told: str
) -> None:
    kept, body = posted(desk)
    reply = await post({**body, **wrong})

    assert (reply.status_code, reply.json()["message"]) == (400, told)
    assert f"Not carried out: {told}. Nothing was changed." in ended(kept, "FAILURE")


async def test_one_run_too_many_is_ended(
    desk: Desk, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("actions.door.MOST_RUNS", 0)
    kept, body = posted(desk)
    reply = await post(body)

    assert reply.status_code == 503
    assert "start it again later" in ended(kept, "FAILURE")
    assert created_by(desk, kept) == []


async def test_a_run_that_waits_too_long_for_its_turn_is_ended(
    desk: Desk, post: Post, door: Door
) -> None:
    desk.actions.patience_seconds = 0.01
    for _ in range(AT_ONCE):
        await door._places.acquire()
    kept, body = posted(desk)
    await post(body)

    assert "start it again later" in ended(kept, "FAILURE")
    assert created_by(desk, kept) == []


async def test_a_run_that_port_does_not_have_is_not_carried_out(
    desk: Desk, post: Post
) -> None:
    body = {"runId": "r_unknown", "action": "create_issue", "inputs": ASKED}
    reply = await post(body)

    assert reply.status_code == 503
    assert desk.jira.faults.by_pattern["POST /rest/api/3/issue"] == 0


async def test_a_large_body_is_refused(post: Post) -> None:
    assert (await post({"x": "x" * MOST_BYTES})).status_code == 413


async def test_a_post_is_taken_again_after_trouble_with_port(
    desk: Desk, post: Post
) -> None:
    kept, body = posted(desk)
    now = time.time()
    desk.port.state.faults.add(method="GET", path="/actions/runs", status=503)
    assert (await post(body, at=now)).status_code == 503

    assert (await post(body, at=now)).status_code == 202
    assert len(created_by(desk, kept)) == 1


@pytest.mark.parametrize("is_shown", [True, False])
async def test_a_run_that_was_left_behind_is_ended(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, is_shown: bool
) -> None:
    monkeypatch.setattr(recovery_module, "LEFT_BEHIND", 0)
    kept, _ = posted(desk)
    kept.shown["externalRunId"] = "sandbox/taken"
    if not is_shown:
        del kept.shown["payload"]["body"]

    await desk.recovery().look()

    assert "ended before it sent" in ended(kept, "FAILURE")
    assert kept.acknowledged == 0
