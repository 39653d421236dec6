"""A strict vendor in memory, and the real client on top of it."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from client import ApiClient
from core.rate_limit import Gate
from core.transport import VendorTransport, build_retry_config

type Handler = Callable[[httpx.Request], httpx.Response]

BASE_URL = "https://vendor.test/base"
CREDENTIAL_SETTINGS = "vendorUser and vendorToken"


def build_api(
    handler: Handler,
    *,
    gate: Gate | None = None,
    auth: httpx.Auth | None = None,
    base_url: str = BASE_URL,
    logger: Any = None,
    first_backoff: float = 0.0001,
) -> ApiClient:
    """Return the real client over the real transport, with a handler as the network."""
    transport = VendorTransport(
        httpx.MockTransport(handler),
        gate=gate or Gate(),
        retry_config=build_retry_config(first_backoff=first_backoff),
        logger=logger,
    )
    return ApiClient(
        httpx.AsyncClient(transport=transport, base_url=base_url, auth=auth),
        product="Vendor",
        site_url="https://vendor.test",
        credential_settings=CREDENTIAL_SETTINGS,
    )


class Script:
    """Answer one reply after the other, the last one for ever, and keep the requests.

    A reply is a response, a function of the request, or an exception to raise.
    """

    def __init__(self, *replies: httpx.Response | Handler | Exception) -> None:
        self._replies = list(replies)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        position = min(len(self.requests), len(self._replies)) - 1
        reply = self._replies[position]
        if isinstance(reply, Exception):
            raise reply
        return reply if isinstance(reply, httpx.Response) else reply(request)


@dataclass
class Collection:
    """A list that is read by `skip` and `take`, one item at `<path>/<id>`."""

    items: list[dict[str, Any]]
    page_size: int = 2
    # The rows that each page repeats from the end of the page before.
    repeats: int = 0

    def page(self, skip: int) -> dict[str, Any]:
        start = max(skip - self.repeats, 0)
        reached = skip + self.page_size
        links = {"Page.Next": f"?skip={reached}"} if reached < len(self.items) else {}
        return {
            "Items": self.items[start:reached],
            "TotalResults": len(self.items),
            "Links": links,
        }


@dataclass
class FakeVendor:
    """Serve collections and fail any request for something else by a test failure."""

    collections: dict[str, Collection] = field(default_factory=dict)
    failures: dict[str, httpx.Response] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.raw_path.decode().partition("?")[0].removeprefix("/base/")
        self.requests.append(path)
        if path in self.failures:
            return self.failures[path]
        if path in self.collections:
            skip = int(request.url.params["skip"])
            return httpx.Response(200, json=self.collections[path].page(skip))
        collection, _, wanted = path.rpartition("/")
        assert collection in self.collections, f"nothing is served at {path}"
        for item in self.collections[collection].items:
            if item["Id"] == wanted:
                return httpx.Response(200, json=item)
        return httpx.Response(404, json={"ErrorMessage": "not found"})


class BrokenBody(httpx.AsyncByteStream):
    """A body whose connection drops after the first bytes."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b'{"half": '
        raise httpx.ReadError("connection lost")


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
