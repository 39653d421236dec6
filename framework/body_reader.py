"""Read the bodies of posts, few bytes at once and not for ever."""

import asyncio

from starlette.types import Receive

from framework.refusals import BUSY, SIZE, SLOW, Refused

# Octopus gives a post up after as long: the subscription says so.
READ_SECONDS = 30.0
# Of all bodies that are being read. The largest one has to fit.
MAX_BYTES = 32 * 1024 * 1024
# What Uvicorn buffers of each connection anyhow. Bodies up to this size are read even
# while strangers send large ones: most events are smaller.
SMALL_BYTES = 64 * 1024


class Disconnected(Exception):
    """The client went away before its body was here."""


class BodyReader:
    """Bounds what all bodies that are being read weigh together."""

    def __init__(
        self, max_bytes: int = MAX_BYTES, seconds: float = READ_SECONDS
    ) -> None:
        self._max_bytes, self._seconds = max_bytes, seconds
        self._bytes = 0

    async def read(self, receive: Receive, limit: int) -> bytes:
        """Return a body; raise Refused if it is too large, too slow, or one too many.

        Raises Disconnected if it does not come to its end.
        """
        try:
            async with asyncio.timeout(self._seconds):
                return await self._read(receive, limit)
        except TimeoutError:
            raise Refused(SLOW) from None

    async def _read(self, receive: Receive, limit: int) -> bytes:
        parts: list[bytes] = []
        size = 0
        try:
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    raise Disconnected
                parts.append(message.get("body", b""))
                size += len(parts[-1])
                self._bytes += len(parts[-1])
                self._check(size, limit)
                if not message.get("more_body"):
                    return b"".join(parts)
        finally:
            self._bytes -= size

    def _check(self, size: int, limit: int) -> None:
        if size > limit:
            raise Refused(SIZE)
        if size > SMALL_BYTES and self._bytes > self._max_bytes:
            raise Refused(BUSY)
