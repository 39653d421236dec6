"""`OCEAN__CLIENT_TIMEOUT` of the framework counts for both vendors."""

import httpx
import pytest

from jira import connection as jira
from links.connections import connect
from octopus import connection as octopus

SETTINGS = {
    "jira_host": "https://example.atlassian.net",
    "atlassian_user_email": "dev@example.test",
    "atlassian_user_token": "TOPSECRET",
    "octopus_server_url": "https://octopus.example.test",
    "octopus_service_account_id": "account",
    "octopus_id_token_file": "/dev/null",
}


@pytest.mark.parametrize("seconds", [60, 300])
def test_setting_of_the_framework_reaches_the_client(
    seconds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for connection in (jira, octopus):
        # The framework's client needs a running application.
        monkeypatch.setattr(connection, "build_http", httpx_client)
    found = connect(SETTINGS, "shop", timeout=seconds)

    for api in (*found.jira_apis, *found.octopus_apis):
        assert api.http.timeout == httpx.Timeout(seconds)
    assert len(found.jira_apis) == len(found.octopus_apis) == 1


def httpx_client(
    base_url: str,
    *,
    auth: httpx.Auth,
    headers: dict[str, str] | None = None,
    timeout: float,
) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=base_url, auth=auth, headers=headers, timeout=timeout
    )
