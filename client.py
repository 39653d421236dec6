"""The HTTP client of one vendor: one request, pages, and errors named by remedy.

| reply                              | outcome                                        |
|------------------------------------|------------------------------------------------|
| 2xx with JSON                      | the parsed body                                |
| 2xx without a body, for a change   | None                                           |
| any other 2xx, after retries       | Unavailable                                    |
| 3xx                                | Refused, naming the URL to configure instead   |
| 401                                | Unauthorized, naming the settings to check     |
| 403, 404, 410                      | Forbidden, NotFound, Gone                      |
| 429, after retries                 | RateLimited                                    |
| 408, 5xx, no reply, after retries  | Unavailable                                    |
| any other 4xx                      | Refused, with the vendor's own message         |

Base URL, authentication, limiter and transport are the injected `httpx.AsyncClient`'s.
"""

import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from typing import Any

import httpx
from port_ocean.helpers.async_client import OceanAsyncClient

from core.errors import (
    ApiError,
    Forbidden,
    Gone,
    MalformedReply,
    NotFound,
    RateLimited,
    Refused,
    Unauthorized,
    Unavailable,
)
from core.paging import Paging
from core.rate_limit import Gate
from core.transport import (
    CHANGE,
    PARSED,
    READ_ONLY,
    VendorTransport,
    build_retry_config,
    parse_body,
)
from core.types import Item, Params

ERRORS: dict[int, type[ApiError]] = {
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    408: Unavailable,
    410: Gone,
    429: RateLimited,
}
# A page of full issues takes Jira up to half a minute now and then.
TIMEOUT_SECONDS = 60.0
# Live events ask for the same parents again and again; a new one may wait this long.
MEMORY_SECONDS = 300.0
# Vendors put prose, and now and then a whole page, into error bodies.
MAX_MESSAGE_LENGTH = 300


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


def build_http(
    base_url: str, *, auth: httpx.Auth, headers: dict[str, str] | None = None
) -> httpx.AsyncClient:
    """Return an HTTP client with our retries, a limiter of its own, and no redirects.

    TLS and proxies are the framework's settings (`OCEAN__SSL__THIRD_PARTY__*`).
    """
    return OceanAsyncClient(
        transport_class=VendorTransport,
        transport_kwargs={"gate": Gate()},
        retry_config=build_retry_config(),
        base_url=base_url,
        auth=auth,
        headers=headers,
        timeout=TIMEOUT_SECONDS,
    )


class ApiClient:
    """Talk to one vendor's API below one base URL with one credential."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        *,
        product: str,
        site_url: str,
        credential_settings: str,
    ) -> None:
        """Take a ready HTTP client.

        `product` and `credential_settings` ("atlassianUserEmail and …") appear in error
        messages; `site_url` is where people browse, without a slash at the end.
        """
        self.http = http
        self.product = product
        self.site_url = site_url
        self.credential_settings = credential_settings
        self.facts: dict[str, str] = {}
        self._remembered: dict[str, tuple[float, list[Item]]] = {}

    async def get(self, path: str, params: Params | None = None) -> Any:
        """Return the parsed reply to a GET; `path` is relative to the base URL."""
        return await self._request("GET", path, params=_query(params))

    async def get_public(self, path: str) -> Any:
        """Return the parsed reply to a GET that carries no credential."""
        return await self._request("GET", path, auth=None)

    async def read(self, path: str, body: Params) -> Any:
        """Return the parsed reply to a POST that changes nothing, hence is retried."""
        return await self._request("POST", path, json=body, extensions=READ_ONLY)

    async def write(self, method: str, path: str, body: Any = None) -> Any:
        """Send a change once, without retries, and return the parsed reply."""
        return await self._request(method, path, json=body, extensions=CHANGE)

    def pages(
        self, path: str, paging: Paging, params: Params | None = None
    ) -> AsyncGenerator[list[Item]]:
        """Yield the rows of each page of a list that is read by GET."""
        return read_pages(lambda page: self.get(path, page), paging, params)

    def pages_by_post(
        self, path: str, paging: Paging, body: Params
    ) -> AsyncGenerator[list[Item]]:
        """Yield the rows of each page of a list that is read by POST."""
        return read_pages(lambda page: self.read(path, page), paging, body)

    def recall(self, key: str) -> list[Item] | None:
        """Return what `remember` kept under `key`, unless it has grown too old."""
        kept_at, items = self._remembered.get(key, (0.0, None))
        return items if time.monotonic() - kept_at < MEMORY_SECONDS else None

    def remember(self, key: str, items: list[Item]) -> None:
        """Keep a short list that several kinds of one resync need."""
        now, kept = time.monotonic(), self._remembered.items()
        fresh = {k: (at, held) for k, (at, held) in kept if now - at < MEMORY_SECONDS}
        self._remembered = {**fresh, key: (now, items)}

    def forget(self) -> None:
        """Drop what was remembered: a new resync looks at everything anew."""
        self._remembered.clear()

    async def _request(self, method: str, path: str, **kwargs: Any) -> Any:
        if "://" in path or path.startswith("/"):
            raise ValueError(f"not a path below the base URL: {path!r}")
        try:
            response = await self.http.request(method, path, **kwargs)
        except httpx.HTTPError as error:
            reason = f"{type(error).__name__} {error}".strip()
            raise Unavailable(f"{self.product}: {method} {path}: {reason}") from error
        if not response.is_success:
            raise self._error(response, f"{self.product}: {method} {path}")
        if PARSED not in response.extensions and not parse_body(response):
            message = f"{self.product}: {method} {path}: the reply is not JSON"
            raise Unavailable(message, status=response.status_code)
        # Taken out of the reply, a reference cycle that would keep the page alive.
        return response.extensions.pop(PARSED)

    def _error(self, response: httpx.Response, request: str) -> ApiError:
        status = response.status_code
        if status >= 500:
            kind: type[ApiError] = Unavailable
        else:
            kind = ERRORS.get(status, Refused)
        message = f"{request}: {status} {vendor_message(response)}".strip()
        if kind is Unauthorized:
            message += (
                f". The credential is wrong, expired or revoked:"
                f" check {self.credential_settings}"
            )
        elif response.is_redirect:
            message += f" redirects to {_address(response)}: configure that instead"
        return kind(message, status=status)


async def read_pages(
    ask: Callable[[Params], Awaitable[Any]], paging: Paging, params: Params | None
) -> AsyncGenerator[list[Item]]:
    """Yield each page's rows; the one loop over pages that exists.

    Raises MalformedReply when the vendor leads back to a page already read.
    """
    asked: set[int] = set()
    page: Params | None = {**paging.first(), **(params or {})}
    while page is not None:
        fingerprint = hash(repr(sorted(page.items())))
        if fingerprint in asked:
            raise MalformedReply("the vendor's paging leads in a circle")
        asked.add(fingerprint)
        reply = await ask(page)
        try:
            rows = paging.rows(reply)
            page = paging.next(page, reply)
        except (AttributeError, KeyError, TypeError) as error:
            raise MalformedReply(f"paging can't go on: {error!r}") from error
        del reply
        if rows:
            yield rows
        del rows  # a page weighs megabytes, and the next is awaited now


def vendor_message(response: httpx.Response) -> str:
    """Return the vendor's own words from an error body, or "" for HTML and the like."""
    try:
        body = response.json()
    except ValueError:
        return ""
    if not isinstance(body, dict):
        return ""
    words: list[str] = []
    for key in ("errorMessages", "ErrorMessage", "message", "Errors", "errors"):
        value = body.get(key)
        if isinstance(value, dict):
            value = [f"{name}: {text}" for name, text in value.items()]
        words += value if isinstance(value, list) else [value] if value else []
    return " ".join(dict.fromkeys(str(word) for word in words))[:MAX_MESSAGE_LENGTH]


def _address(redirect: httpx.Response) -> str:
    """Say where a redirect leads, without what is nobody's business."""
    if redirect.next_request is None:
        return "elsewhere"
    url = redirect.next_request.url
    return f"{url.scheme}://{url.netloc.decode()}{url.path}"


def _query(params: Params | None) -> Params | None:
    """Drop what is None; a list becomes a repeated parameter."""
    if params is None:
        return None
    return {name: value for name, value in params.items() if value is not None}
