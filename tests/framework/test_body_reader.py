"""Bodies are read, few bytes at once and not for ever."""

import asyncio
from typing import Any

import pytest

from framework.body_reader import (
    READ_SECONDS,
    SMALL_BYTES,
    BodyReader,
    Disconnected,
)
from framework.refusals import BUSY, SIZE, SLOW, Reason, Refused
from tests import virtual_time

HUGE = 10**9
PART = b"x" * SMALL_BYTES


class Client:
    """Sends parts of a body when it is told to."""

    def __init__(self, *parts: bytes) -> None:
        self._parts: asyncio.Queue[Any] = asyncio.Queue()
        for part in parts:
            self.send(part)

    def send(self, part: bytes, more: bool = True) -> None:
        message = {"type": "http.request", "body": part, "more_body": more}
        self._parts.put_nowait(message)

    def leave(self) -> None:
        self._parts.put_nowait({"type": "http.disconnect"})

    async def receive(self) -> Any:
        return await self._parts.get()


async def refusal(reader: BodyReader, client: Client, limit: int = HUGE) -> Reason:
    with pytest.raises(Refused) as caught:
        await reader.read(client.receive, limit)
    return caught.value.reason


async def test_a_body_comes_in_parts() -> None:
    client = Client(b"a", b"", b"b")
    client.send(b"c", more=False)
    assert await BodyReader().read(client.receive, 3) == b"abc"


async def test_a_body_is_refused_as_soon_as_it_is_too_large() -> None:
    assert await refusal(BodyReader(), Client(b"ab", b"cd"), limit=3) is SIZE


async def test_all_bodies_together_are_bounded_and_small_ones_pass() -> None:
    reader = BodyReader(max_bytes=3 * SMALL_BYTES)
    large = Client(PART, PART)
    reading = asyncio.create_task(reader.read(large.receive, HUGE))
    await asyncio.sleep(0)
    assert await refusal(reader, Client(PART, PART)) is BUSY
    small = Client()
    small.send(PART, more=False)
    assert await reader.read(small.receive, HUGE) == PART
    large.send(b"", more=False)
    assert await reading == PART + PART
    # What is not read any more is not counted.
    later = Client(PART, PART)
    later.send(PART, more=False)
    assert await reader.read(later.receive, HUGE) == 3 * PART


async def test_who_goes_away_makes_room() -> None:
    reader = BodyReader(max_bytes=2 * SMALL_BYTES)
    for _ in range(3):
        client = Client(PART, PART)
        client.leave()
        with pytest.raises(Disconnected):
            await reader.read(client.receive, HUGE)


def test_a_body_that_never_ends_is_given_up() -> None:
    async def wait() -> float:
        began = virtual_time.now()
        assert await refusal(BodyReader(), Client(b"{")) is SLOW
        return virtual_time.now() - began

    assert virtual_time.run(wait()) == pytest.approx(READ_SECONDS)
