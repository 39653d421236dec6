"""The transport below the retries: the gate, the deadline, and the whole reply.

Every attempt passes the gate, so what one reply says about limits holds for all later
requests, retries included.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

import httpx
from port_ocean.helpers.retry import SKIP_RETRY_EXTENSION_KEY

from core.limit_headers import Pause, endpoint_of, read_allowance, read_pause
from core.rate_limit import LONGEST_PAUSE_SECONDS, Gate, Turn
from core.replies import IS_CHANGE, NO_CONNECTION

# Marks a POST that only reads and may therefore be repeated.
READ_ONLY = {"retryable": True}
# Marks a read that is not worth a repetition.
ONCE = {SKIP_RETRY_EXTENSION_KEY: True}
# Marks a change, which must not be repeated and may be answered without a body.
CHANGE = {SKIP_RETRY_EXTENSION_KEY: True, IS_CHANGE: True}

# Where a request has its Attempt, if somebody wants to know.
ATTEMPT = "attempt"
# Where a request has, in words, that nobody was connected the last time.
UNCONNECTED = "unconnected"

# How long a request is retried after 429, in all. A quota is refilled within the hour;
# somebody waits for the answer to a change.
READ_RETRY_SECONDS = LONGEST_PAUSE_SECONDS
CHANGE_RETRY_SECONDS = 60.0
# Connecting, the headers and each piece of the body may take the client's time-out
# each; all together so many times as long.
TIMEOUTS_PER_REQUEST = 3
# Where the client has set no time-out.
DEFAULT_TIMEOUT_SECONDS = 60.0
# A hundred issues, the largest page that is asked for, of a megabyte each.
LARGEST_REPLY_BYTES = 100_000_000
# Zeros unpack to a thousand times as much, hence to so many megabytes at a time.
PIECE_BYTES = 16_384


@dataclass
class Attempt:
    """Tells whether a request may have been carried out: it left, and no 429 came."""

    may_have_arrived: bool = False


class ReplyTooLarge(httpx.ReadError):
    """The decoded body of a reply has more bytes than anything we ask for."""


class DeadlineExceeded(httpx.ReadTimeout):
    """The reply was not complete in time, though pieces of it may still arrive."""


class GatedTransport(httpx.AsyncBaseTransport):
    """Send a request when the gate lets it through, and read the whole reply.

    A 429 is waited out and the request sent again: a change, too, for it was not
    carried out. Octopus says so, and Jira asks to wait and retry after its limit on
    writes as after any other.

    https://octopus.com/docs/administration/managing-infrastructure/rate-limiting
    https://developer.atlassian.com/cloud/jira/platform/build-an-app-that-respects-rate-limits/
    """

    def __init__(self, wrapped: httpx.AsyncBaseTransport, gate: Gate) -> None:
        self._wrapped = wrapped
        self._gate = gate

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        endpoint = endpoint_of(request.method, request.url.path)
        attempt = request.extensions.get(ATTEMPT) or Attempt()
        give_up_at = None
        while True:
            async with self._gate.turn(endpoint) as turn:
                attempt.may_have_arrived = True
                response = await self._read_whole(request)
                pause = self._learn(turn, response)
            if response.status_code != httpx.codes.TOO_MANY_REQUESTS or pause is None:
                return response
            attempt.may_have_arrived = False
            give_up_at = give_up_at or self._gate.clock() + _retry_seconds(request)
            if self._gate.clock() + pause.seconds > give_up_at:
                return response

    def _learn(self, turn: Turn, response: httpx.Response) -> Pause | None:
        pause = read_pause(response.status_code, response.headers)
        refused = response.status_code == httpx.codes.TOO_MANY_REQUESTS
        if not refused:
            self._gate.answered(turn, read_allowance(response.headers))
        if pause:
            self._gate.obey(turn, pause, refused=refused)
        return pause

    async def _read_whole(self, request: httpx.Request) -> httpx.Response:
        timeout = request.extensions.get("timeout", {}).get("read")
        seconds = TIMEOUTS_PER_REQUEST * (timeout or DEFAULT_TIMEOUT_SECONDS)
        request.extensions.pop(UNCONNECTED, None)
        try:
            async with asyncio.timeout(seconds):
                reply = BoundedResponse.of(
                    await self._wrapped.handle_async_request(request)
                )
                # A connection that drops inside the body must count as a failed
                # attempt, and one whose body can't be decoded must go back to the pool.
                async with aclosing(reply):
                    await reply.aread()
        except TimeoutError:
            message = f"no complete reply within {seconds:.0f} s"
            raise DeadlineExceeded(message, request=request) from None
        except NO_CONNECTION as error:
            request.extensions[UNCONNECTED] = str(error) or "it takes too long"
            raise
        return reply

    async def aclose(self) -> None:
        await self._wrapped.aclose()


class BoundedResponse(httpx.Response):
    """A response whose body is decoded up to `LARGEST_REPLY_BYTES` and no further."""

    @classmethod
    def of(cls, reply: httpx.Response) -> "BoundedResponse":
        """Return a reply that has not been read yet with that bound."""
        return cls(
            reply.status_code,
            headers=reply.headers,
            stream=reply.stream,
            extensions=reply.extensions,
        )

    async def aiter_raw(self, chunk_size: int | None = None) -> AsyncGenerator[bytes]:
        """Yield the body as it came, in pieces that are small even when unpacked."""
        async for piece in super().aiter_raw(chunk_size or PIECE_BYTES):
            yield piece

    async def aiter_bytes(self, chunk_size: int | None = None) -> AsyncGenerator[bytes]:
        """Yield the decoded body; raise ReplyTooLarge when it exceeds the bound."""
        # We never accept that, and each layer unpacks a thousand times as much.
        if "," in self.headers.get("Content-Encoding", ""):
            raise httpx.DecodingError("the reply is compressed more than once")
        size = 0
        async for piece in super().aiter_bytes(chunk_size):
            size += len(piece)
            if size > LARGEST_REPLY_BYTES:
                megabytes = LARGEST_REPLY_BYTES // 1_000_000
                raise ReplyTooLarge(f"the reply has more than {megabytes} MB")
            yield piece


def _retry_seconds(request: httpx.Request) -> float:
    is_change = IS_CHANGE in request.extensions
    return CHANGE_RETRY_SECONDS if is_change else READ_RETRY_SECONDS
