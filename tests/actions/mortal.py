"""A process that ends at one of its requests, before it is sent or after the reply."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import httpx

from sandbox.port.runs import Kept
from tests.actions.desk import Desk


class Killed(BaseException):
    """The process has ended; nothing in it can catch that."""


@dataclass
class Life:
    """How many requests a process still makes, and whether the last one arrives."""

    requests: int
    last_arrives: bool


class Mortal(httpx.AsyncBaseTransport):
    """Send requests while the process lives."""

    def __init__(self, wrapped: httpx.AsyncBaseTransport, life: Life) -> None:
        self._wrapped, self._life = wrapped, life

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._life.requests -= 1
        left = self._life.requests
        if left > 0 or (left == 0 and self._life.last_arrives):
            response = await self._wrapped.handle_async_request(request)
        if left <= 0:
            raise Killed
        return response


def give_life(desk: Desk, requests: int, *, last_arrives: bool) -> None:
    """Let a desk's process make so many requests, the last one perhaps in vain."""
    life = Life(requests, last_arrives)
    executor: Any = next(iter(desk.executors.values()))
    clients: list[Any] = [desk.actions.runs._port.client, executor._api.http]
    for client in clients:
        client._transport = Mortal(client._transport, life)


async def lives(
    open_desk: Callable[[], Desk], ask: Callable[[Desk], Kept]
) -> AsyncIterator[tuple[Desk, Kept]]:
    """Yield a process and its run, killed at each of its requests in turn.

    The last one has made all requests that a run takes.
    """
    for last_arrives in (False, True):
        for requests in range(1, 100):
            desk = open_desk()
            kept = ask(desk)
            give_life(desk, requests, last_arrives=last_arrives)
            try:
                await desk.carry_out(kept)
            except Killed:
                yield desk, kept
            else:
                break
