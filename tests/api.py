"""The real client and its retries, without waiting; pytest-httpx is the network."""

from collections.abc import Callable
from functools import partial
from typing import Any

import httpx
from pytest_httpx import HTTPXMock

from client import ApiClient
from core.rate_limit import Gate
from core.replies import Vendor
from framework.retry_transport import VendorTransport, build_retry_config

BASE_URL = "https://vendor.test/base"
CREDENTIAL_SETTINGS = "vendorUser and vendorToken"

VENDOR = Vendor(
    product="Vendor",
    credential_settings=CREDENTIAL_SETTINGS,
    whoami="me",
    is_own_error=lambda body: isinstance(body, dict) and "message" in body,
)
# What this vendor says of an object that is gone.
GONE = {"message": "no such thing"}

# Registers one reply: `reply(503)(httpx_mock, method="GET")`.
type Registration = Callable[..., None]


def build_api(
    *,
    gate: Gate | None = None,
    auth: httpx.Auth | None = None,
    base_url: str = BASE_URL,
    logger: Any = None,
    first_backoff: float = 0.0001,
    network: httpx.AsyncBaseTransport | None = None,
    vendor: Vendor = VENDOR,
) -> ApiClient:
    """Return a client whose retries take no time, above the network's transport."""
    transport = VendorTransport(
        # To load the certificates takes longer than most tests.
        network or httpx.AsyncHTTPTransport(verify=False),
        gate=gate or Gate(),
        retry_config=build_retry_config(first_backoff=first_backoff),
        logger=logger,
    )
    return ApiClient(
        httpx.AsyncClient(transport=transport, base_url=base_url, auth=auth),
        vendor=vendor,
        site_url="https://vendor.test",
    )


def reply(status_code: int = 200, **parts: Any) -> Registration:
    """Name a reply where the test, and its mock, do not exist yet."""
    return partial(HTTPXMock.add_response, status_code=status_code, **parts)


def failure(error: Exception) -> Registration:
    """Name an exception where the test, and its mock, do not exist yet."""
    return partial(HTTPXMock.add_exception, exception=error)


class Clock:
    """Time that passes only by sleeping, in no time at all."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.sleeps: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.now += seconds
