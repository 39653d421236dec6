"""The real client on the stand-in of Jira, in one process."""

from collections.abc import Callable

import httpx
import pytest

from client import ApiClient
from core.rate_limit import Gate
from core.transport import VendorTransport, build_retry_config
from sandbox.company import ORGANIZATION_ID, Company, build_company
from sandbox.jira import API_TOKEN, EMAIL, JiraSandbox

SITE = "http://127.0.0.1:8080"


@pytest.fixture
def company() -> Company:
    return build_company()


@pytest.fixture
def site(company: Company) -> JiraSandbox:
    return JiraSandbox(company, base_url=SITE)


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
        api = ApiClient(
            http,
            product="Jira",
            site_url=SITE,
            credential_settings="atlassianUserEmail and atlassianUserToken",
        )
        api.facts["organizationId"] = ORGANIZATION_ID
        return api

    return build


@pytest.fixture
def api(connect: Callable[..., ApiClient]) -> ApiClient:
    return connect()
