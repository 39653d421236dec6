"""The stand-ins behind the real client, remembered, and one fault in front of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx

from client import ApiClient, HeaderAuth
from core.rate_limit import Gate
from core.replies import Vendor
from framework.resync_run import Product
from framework.retry_transport import VendorTransport, build_retry_config
from jira import connection as jira
from links.products import find_issue_id
from octopus import connection as octopus
from sandbox.company import ORGANIZATION_ID, Company
from sandbox.faults import pattern_of
from sandbox.jira import API_TOKEN, EMAIL, JiraSandbox
from sandbox.octopus import API_KEY, OctopusSandbox

URL = "http://127.0.0.1:8080"
# The endpoint of a fault that concerns all of them.
ANY = "*"
# Status, headers and body.
type Reply = tuple[int, dict[str, str], bytes]
# Makes of a request and its true reply what arrives instead; may raise httpx errors.
type Spoil = Callable[[httpx.Request, Reply], Reply]


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What goes wrong at an endpoint: so often, for ever if None, after `skip` times.

    `path` is a pattern as `pattern_of` makes them.
    """

    spoil: Spoil
    path: str = ANY
    times: int | None = None
    skip: int = 0


class Remembered(httpx.AsyncBaseTransport):
    """Answers as an application does, which is asked for the same thing only once."""

    def __init__(self, app: Any) -> None:
        self._app = httpx.ASGITransport(app)
        self._known: dict[tuple[str, bytes, bytes], Reply] = {}

    async def answer(self, request: httpx.Request) -> Reply:
        """Return the application's reply."""
        key = (request.method, request.url.raw_path, await request.aread())
        if key not in self._known:
            response = await self._app.handle_async_request(request)
            body = await response.aread()
            self._known[key] = (response.status_code, dict(response.headers), body)
        return self._known[key]

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return _response(await self.answer(request))


class Spoiled(httpx.AsyncBaseTransport):
    """Answers with one fault, and notes which endpoints are asked for."""

    def __init__(self, vendor: Remembered, fault: Fault | None) -> None:
        self._vendor = vendor
        self._fault = fault
        self._count = 0
        self.asked: dict[str, None] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        pattern = pattern_of(request.url.path)
        self.asked[pattern] = None
        reply = await self._vendor.answer(request)
        fault = self._fault
        if fault and fault.path in (ANY, pattern):
            self._count += 1
            last = fault.skip + fault.times if fault.times else self._count
            if fault.skip < self._count <= last:
                reply = fault.spoil(request, reply)
        return _response(reply)


def _response(reply: Reply) -> httpx.Response:
    status, headers, body = reply
    kept = {k: v for k, v in headers.items() if k.lower() != "content-length"}
    return httpx.Response(status, headers=kept, content=body)


@dataclass(frozen=True, kw_only=True)
class Site:
    """One vendor with a company, and how it is signed in to."""

    vendor: Vendor
    replies: Remembered
    auth: httpx.Auth
    facts: dict[str, str]
    product: Callable[[ApiClient], Product]

    def connect(self, fault: Fault | None = None) -> tuple[ApiClient, Spoiled]:
        """Return a client that knows nothing yet, and the network below it."""
        network = Spoiled(self.replies, fault)
        transport = VendorTransport(
            network, gate=Gate(), retry_config=build_retry_config()
        )
        http = httpx.AsyncClient(transport=transport, base_url=URL, auth=self.auth)
        api = ApiClient(http, vendor=self.vendor, site_url=URL)
        api.facts |= self.facts
        return api, network


def jira_site(company: Company) -> Site:
    """Return a company's Jira."""

    def product(api: ApiClient) -> Product:
        return Product(
            name=api.vendor.product,
            api=api,
            sign_in=jira.sign_in,
            identify=find_issue_id,
        )

    return Site(
        vendor=jira.vendor("atlassianUserToken"),
        replies=Remembered(JiraSandbox(company, base_url=URL).app),
        auth=httpx.BasicAuth(EMAIL, API_TOKEN),
        facts={"organizationId": ORGANIZATION_ID},
        product=product,
    )


def octopus_site(company: Company) -> Site:
    """Return a company's Octopus Deploy."""

    def product(api: ApiClient) -> Product:
        return Product(name=api.vendor.product, api=api, sign_in=octopus.sign_in)

    return Site(
        vendor=octopus.vendor("octopusApiKey"),
        replies=Remembered(OctopusSandbox(company).app),
        auth=HeaderAuth("X-Octopus-ApiKey", API_KEY),
        facts={},
        product=product,
    )
