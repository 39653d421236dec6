"""Give up soon on a vendor that can't be connected: others wait for its sign-in."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from core.errors import Unreachable
from core.replies import CHECK, check_object
from core.types import Item

# Marks a read that is not retried after this moment of the event loop's clock, if no
# connection was made. All other failures are retried as ever.
GIVE_UP_AT = "give_up_connecting_at"
# Until then a sign-in has ended: a person waits for a start, a product for the other.
PATIENCE_SECONDS = 10.0
# Whoever can be connected can be within a moment, also on another continent.
CONNECT_SECONDS = 2.5
# A start, its registrations and its first resync sign in one after the other.
KNOWN_SECONDS = 15.0


class Connecting:
    """Ask who may not be there; fail at once if that has just been in vain."""

    def __init__(self) -> None:
        self._failed: dict[str, tuple[float, str]] = {}

    async def ask(
        self, http: httpx.AsyncClient, question: Callable[..., Awaitable[Item]]
    ) -> Item:
        """Return the object that `question` brings; it takes a request's `extensions`.

        Raises Unreachable if nothing at the client's address can be connected.
        """
        clock, address = asyncio.get_running_loop().time, str(http.base_url)
        until, why = self._failed.get(address, (0.0, ""))
        if clock() < until:
            raise Unreachable(why)
        extensions: dict[str, Any] = {
            CHECK: check_object,
            GIVE_UP_AT: clock() + PATIENCE_SECONDS - CONNECT_SECONDS,
            "timeout": {**http.timeout.as_dict(), "connect": CONNECT_SECONDS},
        }
        try:
            return await question(extensions=extensions)
        except Unreachable as error:
            self._failed[address] = (clock() + KNOWN_SECONDS, str(error))
            raise
