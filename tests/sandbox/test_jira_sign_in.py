"""Credentials are good for the Jira stand-in where they are good for Jira."""

from typing import Any

import httpx
import pytest

from sandbox.company import CLOUD_ID, SITE
from sandbox.jira import API_TOKEN, EMAIL, OAUTH_TOKEN, JiraSandbox

URL = "https://jira.test"
API = "/rest/api/3"
GATEWAY = f"/ex/jira/{CLOUD_ID}"


def client_of(sandbox: JiraSandbox, **more: Any) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(sandbox.app)
    return httpx.AsyncClient(transport=transport, base_url=URL, **more)


async def read(client: httpx.AsyncClient, path: str, **params: Any) -> Any:
    response = await client.get(path, params=params or None)
    assert response.status_code == 200, response.text
    return response.json()


@pytest.mark.parametrize(
    ("path", "credential", "status"),
    [
        ("", {"auth": (EMAIL, API_TOKEN)}, 200),
        ("", {"auth": (EMAIL, "wrong")}, 401),
        ("", {}, 401),
        (GATEWAY, {"auth": (EMAIL, API_TOKEN)}, 401),
        ("", {"headers": {"Authorization": f"Bearer {OAUTH_TOKEN}"}}, 401),
        (GATEWAY, {"headers": {"Authorization": f"Bearer {OAUTH_TOKEN}"}}, 200),
    ],
)
async def test_credentials_are_good_on_their_own_host(
    jira_sandbox: JiraSandbox, path: str, credential: Any, status: int
) -> None:
    async with client_of(jira_sandbox, **credential) as client:
        response = await client.get(f"{path}{API}/myself")
    assert response.status_code == status


async def test_token_with_scopes_works_through_the_gateway_only(
    jira_sandbox: JiraSandbox, jira: httpx.AsyncClient
) -> None:
    jira_sandbox.token_has_scopes = True
    refused = await jira.get(f"{API}/myself")
    assert (refused.status_code, refused.json()["status-code"]) == (401, 401)
    tenant = await read(jira, "/_edge/tenant_info")
    me = await read(jira, f"/ex/jira/{tenant['cloudId']}{API}/myself")
    assert me["self"].startswith(f"{URL}{GATEWAY}/rest/api/3/user")
    info = await read(jira, f"{GATEWAY}{API}/serverInfo")
    assert info["baseUrl"] == URL
    hooks = await jira.get(f"{GATEWAY}/rest/webhooks/1.0/webhook")
    assert hooks.status_code == 401


async def test_strangers_may_see_nothing_instead_of_being_refused(
    jira_sandbox: JiraSandbox,
) -> None:
    async with client_of(jira_sandbox, auth=(EMAIL, "expired")) as client:
        assert (await read(client, f"{API}/project/search"))["values"] == []
        asked = {"jql": "project is not EMPTY"}
        found = (await client.post(f"{API}/search/jql", json=asked)).json()
        assert found["issues"] == []
        assert (await client.get(f"{API}/myself")).status_code == 401


async def test_links_lead_to_the_stand_in(jira: httpx.AsyncClient) -> None:
    response = await jira.get(f"{API}/issue/SHOP-1")
    assert SITE not in response.text
    assert response.json()["self"].startswith(f"{URL}/rest/api/3/issue/")
