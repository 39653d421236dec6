"""The framework's retry transport with our rules, and the gate below it.

Every attempt passes the gate, so a pause read from one reply holds all later requests,
retries included.
"""

import json
from collections.abc import Mapping
from contextlib import aclosing
from typing import Any

import httpx
from port_ocean.helpers.retry import (
    SKIP_RETRY_EXTENSION_KEY,
    RetryConfig,
    RetryTransport,
)

from core.rate_limit import LONGEST_PAUSE_SECONDS, Gate, endpoint_of, read_pause

# 401 is missing on purpose: a wrong credential does not become right by repetition.
RETRIED_STATUS = frozenset({408, 429, 500, 502, 503, 504})
# 0.5 + 1 + 2 + 4 + 8 + 16 + 32 s: outlasts a restart, then says what is wrong.
MAX_RETRIES = 7
FIRST_BACKOFF_SECONDS = 0.5
# Spread retries of parallel requests, so that they don't come back all at once.
JITTER_RATIO = 0.3

# Where a reply carries its parsed body from the transport to the client.
PARSED = "parsed_json"
# Marks a POST that only reads and may therefore be repeated.
READ_ONLY = {"retryable": True}
# Marks a change, which must not be repeated and may be answered without a body.
CHANGE = {SKIP_RETRY_EXTENSION_KEY: True}


def build_retry_config(first_backoff: float = FIRST_BACKOFF_SECONDS) -> RetryConfig:
    """Return our rules: GET and marked POSTs, and even half an hour of waiting."""
    return RetryConfig(
        max_attempts=MAX_RETRIES,
        base_delay=first_backoff,
        max_backoff_wait=LONGEST_PAUSE_SECONDS,
        jitter_ratio=JITTER_RATIO,
        retryable_methods=["GET"],
        apply_sync_tier_jitter=False,
    )


class GatedTransport(httpx.AsyncBaseTransport):
    """Send a request when the gate lets it through, and read the whole reply."""

    def __init__(self, wrapped: httpx.AsyncBaseTransport, gate: Gate) -> None:
        self._wrapped = wrapped
        self._gate = gate

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        endpoint = endpoint_of(request.method, request.url.path)
        async with self._gate.turn(endpoint):
            response = await self._wrapped.handle_async_request(request)
            # A connection that drops inside the body must count as a failed attempt,
            # and one whose body can't be decoded must go back to the pool.
            async with aclosing(response):
                await response.aread()
        self._gate.obey(endpoint, read_pause(response.status_code, response.headers))
        return response

    async def aclose(self) -> None:
        await self._wrapped.aclose()


class VendorTransport(RetryTransport):
    """Retry what is safe to repeat; a reply that isn't JSON is a failed attempt."""

    def __init__(
        self, wrapped_transport: httpx.AsyncBaseTransport, *, gate: Gate, **kwargs: Any
    ) -> None:
        super().__init__(GatedTransport(wrapped_transport, gate), **kwargs)

    def _calculate_sleep(
        self,
        attempts_made: int,
        headers: Mapping[str, str],
        status_code: int | None = None,
    ) -> float:
        """Back off as ever when a reply asks to be tried again in no time at all."""
        told = super()._calculate_sleep(attempts_made, headers, status_code)
        return told or super()._calculate_sleep(attempts_made, {}, status_code)

    async def _should_retry_async(self, response: httpx.Response) -> bool:
        if response.status_code in RETRIED_STATUS:
            return True
        return response.is_success and not parse_body(response)


def parse_body(response: httpx.Response) -> bool:
    """Keep the parsed body in the reply; return False when it isn't JSON.

    A read without a body isn't JSON either: it would pass for an item that is gone.
    """
    if not response.content and SKIP_RETRY_EXTENSION_KEY in response.request.extensions:
        response.extensions[PARSED] = None
        return True
    try:
        response.extensions[PARSED] = json.loads(response.content)
    except ValueError:
        return False
    return True
