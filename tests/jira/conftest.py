"""The real client on the stand-in of Jira, in one process."""

from collections.abc import Callable, Iterator

import httpx
import pytest

from client import ApiClient
from core.rate_limit import Gate
from framework.retry_transport import VendorTransport, build_retry_config
from jira.connection import vendor
from sandbox.company import ORGANIZATION_ID, Company
from sandbox.jira import API_TOKEN, EMAIL, JiraSandbox

SITE = "http://127.0.0.1:8080"


@pytest.fixture
def site(company: Company) -> Iterator[JiraSandbox]:
    """Yield the stand-in, which no request may ask for what Jira does not document."""
    stand_in = JiraSandbox(company, base_url=SITE)
    yield stand_in
    assert stand_in.app.state.outside == []


@pytest.fixture
def connect(site: JiraSandbox) -> Callable[..., ApiClient]:
    def build(auth: httpx.Auth | None = None) -> ApiClient:
        transport = VendorTransport(
            httpx.ASGITransport(site.app),
            gate=Gate(),
            retry_config=build_retry_config(first_backoff=0.0001),
        )
        http = httpx.AsyncClient(
            transport=transport,
            base_url=SITE,
            auth=auth or httpx.BasicAuth(EMAIL, API_TOKEN),
        )
        known = vendor("atlassianUserEmail and atlassianUserToken")
        api = ApiClient(http, vendor=known, site_url=SITE)
        api.facts["organizationId"] = ORGANIZATION_ID
        return api

    return build


@pytest.fixture
def api(connect: Callable[..., ApiClient]) -> ApiClient:
    return connect()
