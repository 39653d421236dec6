"""Build HTTP clients on the framework's retry transport, with our rules.

The framework retries 401, caps `Retry-After` at a minute, counts a 429 as a failed try,
never retries 500, and takes a reply that isn't JSON for a success.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx
from port_ocean.helpers.async_client import OceanAsyncClient
from port_ocean.helpers.retry import RetryConfig, RetryTransport

from core.connecting import GIVE_UP_AT
from core.limit_headers import seconds_asked
from core.rate_limit import LONGEST_PAUSE_SECONDS, Gate
from core.replies import MALFORMED, NOT_JSON, parse_body
from core.transport import UNCONNECTED, GatedTransport

# A page of full issues takes Jira up to half a minute now and then; the framework's
# `OCEAN__CLIENT_TIMEOUT` has the same default.
TIMEOUT_SECONDS = 60.0
# 401 is missing on purpose: a wrong credential does not become right by repetition.
# So is 429: the transport below has waited long enough.
RETRIED_STATUS = frozenset({408, 500, 502, 503, 504})
# 0.5 + 1 + 2 + 4 + 8 + 16 + 32 s: outlasts a restart, then says what is wrong.
MAX_RETRIES = 7
# JSON of a wrong form is an answer of the vendor: what is still wrong after 3.5 s stays
# so, while a page in the place of JSON says that something is about to start.
MAX_MALFORMED_RETRIES = 3
FIRST_BACKOFF_SECONDS = 0.5
# Spread retries of parallel requests, so that they don't come back all at once.
JITTER_RATIO = 0.3


def build_http(
    base_url: str,
    *,
    auth: httpx.Auth,
    headers: dict[str, str] | None = None,
    timeout: float = TIMEOUT_SECONDS,
) -> httpx.AsyncClient:
    """Return an HTTP client with our retries, a limiter of its own, and no redirects.

    `timeout` is in seconds, for connecting and for each piece of a reply. TLS and
    proxies are the framework's settings (`OCEAN__SSL__THIRD_PARTY__*`).
    """
    return OceanAsyncClient(
        transport_class=VendorTransport,
        transport_kwargs={"gate": Gate()},
        retry_config=build_retry_config(),
        base_url=base_url,
        auth=auth,
        headers=headers,
        timeout=timeout,
    )


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


class VendorTransport(RetryTransport):
    """Retry what is safe to repeat; a reply that isn't JSON is a failed attempt."""

    def __init__(
        self, wrapped_transport: httpx.AsyncBaseTransport, *, gate: Gate, **kwargs: Any
    ) -> None:
        super().__init__(GatedTransport(wrapped_transport, gate), **kwargs)

    async def before_retry_async(
        self,
        request: httpx.Request,
        response: httpx.Response | None,
        sleep_time: float,
        attempt: int,
    ) -> httpx.Request | None:
        """Raise ConnectError instead, if nobody was connected and it is time to end."""
        again_at = asyncio.get_running_loop().time() + sleep_time
        why = request.extensions.get(UNCONNECTED)
        if why is not None and again_at > request.extensions.get(GIVE_UP_AT, again_at):
            raise httpx.ConnectError(why, request=request)
        return None

    def _calculate_sleep(
        self,
        attempts_made: int,
        headers: Mapping[str, str],
        status_code: int | None = None,
    ) -> float:
        """Wait as the reply asks, by the vendor's clock, else back off as ever."""
        asked = min(seconds_asked(headers) or 0.0, LONGEST_PAUSE_SECONDS)
        return asked or super()._calculate_sleep(attempts_made, {}, status_code)

    async def _should_retry_async(self, response: httpx.Response) -> bool:
        if response.status_code in RETRIED_STATUS:
            return True
        if not response.is_success or parse_body(response):
            return False
        if response.extensions[MALFORMED] == NOT_JSON:
            return True
        extensions = response.request.extensions
        extensions[MALFORMED] = extensions.get(MALFORMED, 0) + 1
        return bool(extensions[MALFORMED] <= MAX_MALFORMED_RETRIES)
