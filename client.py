"""The HTTP client of one vendor: one request, pages, and errors named by remedy.

| reply                                     | outcome                                 |
|-------------------------------------------|-----------------------------------------|
| 2xx with JSON of the expected form        | the parsed body                         |
| 2xx without a body, for a change          | None                                    |
| any other 2xx, after retries              | MalformedReply                          |
| 3xx                                       | Refused, naming the URL to configure    |
| 401, or any reply to an anonymous request | Unauthorized, naming the settings       |
| 403 that is no page                       | Forbidden                               |
| 404, 410 in the vendor's own error form   | NotFound, Gone                          |
| 403, 404, 410 of anybody else             | Unavailable                             |
| 429, after waiting                        | RateLimited                             |
| 408, 5xx, no reply, after retries         | Unavailable                             |
| no connection, after retries              | Unreachable, naming the setting         |
| any other 4xx                             | Refused, with the vendor's own message  |

Base URL, authentication, limiter and transport are the injected `httpx.AsyncClient`'s.
"""

import asyncio
from collections.abc import AsyncGenerator, Generator
from functools import partial
from typing import Any

import httpx

from core.clock import VendorClock
from core.connecting import Connecting
from core.errors import ApiError, MalformedReply
from core.pages import Until, read_pages
from core.paging import Paging
from core.replies import (
    CHECK,
    MALFORMED,
    PARSED,
    Check,
    Vendor,
    check_array,
    check_object,
    error_of,
    no_reply,
    parse_body,
    unauthenticated,
)
from core.site import FIRST, Site
from core.transport import ATTEMPT, CHANGE, ONCE, READ_ONLY, Attempt
from core.types import Item, Params
from framework.memory import Memory


class HeaderAuth(httpx.Auth):
    """Send a secret in one header, to the configured host only."""

    def __init__(self, name: str, value: str) -> None:
        self._name = name
        self._value = value

    def auth_flow(
        self, request: httpx.Request
    ) -> Generator[httpx.Request, httpx.Response]:
        request.headers[self._name] = self._value
        yield request


class ApiClient:
    """Talk to one vendor's API below one base URL with one credential."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        *,
        vendor: Vendor,
        site_url: str,
        site: Site = FIRST,
    ) -> None:
        """Take a ready HTTP client; people browse `site_url`, without a slash at the
        end.
        """
        self.http = http
        self.vendor = vendor
        self.site_url = site_url
        self.site = site
        self.siblings: tuple[ApiClient, ...] = ()
        # Held while it is found out where the credential is good.
        self.signing_in = asyncio.Lock()
        self.facts: dict[str, str] = {}
        self.clock = VendorClock()
        self._memory = Memory()
        self._connecting = Connecting()
        # How many replies since the last confirmation did not say who had asked.
        self._unconfirmed = 0

    async def get(
        self, path: str, params: Params | None = None, *, once: bool = False
    ) -> Item:
        """Return the object of a GET below the base URL; `once`: without retries."""
        item: Item = await self._get(path, params, check_object, once=once)
        return item

    async def get_array(self, path: str, params: Params | None = None) -> list[Any]:
        """Return the array that a GET brings."""
        items: list[Any] = await self._get(path, params, check_array)
        return items

    async def get_public(self, path: str) -> Item:
        """Return the object that a GET without a credential brings."""
        extensions = {CHECK: check_object}
        item: Item = await self._send("GET", path, auth=None, extensions=extensions)
        return item

    async def read(
        self,
        path: str,
        body: Params,
        check: Check = check_object,
        *,
        once: bool = False,
    ) -> Any:
        """Return the parsed reply to a POST that changes nothing, hence is retried."""
        extensions = {**(ONCE if once else READ_ONLY), CHECK: check}
        return await self._send("POST", path, json=body, extensions=extensions)

    async def write(
        self, method: str, path: str, body: Any = None, attempt: Attempt | None = None
    ) -> Any:
        """Send a change once, without retries, and return the parsed reply.

        `attempt` says how far it came if the caller does not wait for the reply.
        """
        extensions = {**CHANGE, ATTEMPT: attempt}
        return await self._send(method, path, json=body, extensions=extensions)

    def pages(
        self,
        path: str,
        paging: Paging,
        params: Params | None = None,
        *,
        until: Until | None = None,
    ) -> AsyncGenerator[list[Item]]:
        """Yield the rows of each page of a list that is read by GET.

        It may end early, with a page that fulfils `until`.
        """
        ask = partial(self._get, path)
        again = partial(ask, once=True)
        return read_pages(ask, paging, params, ask_once=again, until=until)

    def pages_by_post(
        self, path: str, paging: Paging, body: Params
    ) -> AsyncGenerator[list[Item]]:
        """Yield the rows of each page of a list that is read by POST."""
        return read_pages(partial(self.read, path), paging, body)

    async def whoami(self) -> Item:
        """Return whose credential it is; raises Unreachable within ten seconds."""
        ask = partial(self._send, "GET", self.vendor.whoami)
        return await self._connecting.ask(self.http, ask)

    async def confirm_identity(self) -> None:
        """Raise Unauthorized if a reply since the last call was an anonymous one.

        Costs a request only if a reply did not say who had asked. Call it before
        anything counts as absent.
        """
        if count := self._unconfirmed:
            await self.get(self.vendor.whoami)
            self._unconfirmed -= min(count, self._unconfirmed)

    def recall(self, key: str) -> list[Item] | None:
        """Return what `remember` kept under `key`, in this resync or else lately.

        Within a resync, raises an error that was kept; live events are retried.
        """
        return self._memory.recall(key)

    def remember(self, key: str, held: list[Item] | ApiError) -> None:
        """Keep a short list that several kinds of a resync need, or what went wrong.

        A refused credential is not kept: one quick reply tells that it is good again.
        """
        self._memory.remember(key, held)

    def forget(self) -> None:
        """Clear the cache: a new resync reads everything again."""
        self._memory.forget()

    async def _get(
        self, path: str, params: Params | None, check: Check, *, once: bool = False
    ) -> Any:
        query = _query(params)
        extensions = {**(ONCE if once else {}), CHECK: check}
        return await self._send("GET", path, params=query, extensions=extensions)

    async def _send(self, method: str, path: str, **kwargs: Any) -> Any:
        if "://" in path or path.startswith("/"):
            raise ValueError(f"not a path below the base URL: {path!r}")
        request = f"{self.vendor.product}: {method} {path}"
        try:
            response = await self.http.request(method, path, **kwargs)
        except httpx.HTTPError as error:
            raise no_reply(self.vendor, error, request, self.http.base_url) from error
        # It is read. The stream refers back to the reply, which would keep it alive.
        response.stream = httpx.ByteStream(b"")
        self.clock.note(response.headers.get("Date"))
        if "auth" not in kwargs:  # without a credential, there is nobody to confirm
            self._check_identity(response, request, path)
        if not response.is_success:
            raise error_of(self.vendor, response, request)
        if PARSED not in response.extensions and not parse_body(response):
            reason = response.extensions[MALFORMED]
            raise MalformedReply(f"{request}: {reason}", status=response.status_code)
        return response.extensions[PARSED]

    def _check_identity(
        self, response: httpx.Response, request: str, path: str
    ) -> None:
        is_authenticated = self.vendor.is_authenticated(response.headers)
        if is_authenticated is None:
            self._unconfirmed += path != self.vendor.whoami
        elif not is_authenticated and response.request.headers.get("Authorization"):
            raise unauthenticated(self.vendor, request)


def _query(params: Params | None) -> Params | None:
    """Drop what is None; a list becomes a repeated parameter."""
    if params is None:
        return None
    return {name: value for name, value in params.items() if value is not None}
