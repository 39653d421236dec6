"""`OCEAN__CLIENT_TIMEOUT` of the framework counts for both vendors."""

from types import SimpleNamespace

import httpx
import pytest

from jira import connection as jira
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
    running = SimpleNamespace(
        integration_config=SETTINGS,
        app=SimpleNamespace(load_external_oauth_access_token=lambda: None),
        config=SimpleNamespace(client_timeout=seconds),
    )
    for connection in (jira, octopus):
        monkeypatch.setattr(connection, "ocean", running)
        # The framework's client needs a running application.
        monkeypatch.setattr(connection, "build_http", httpx_client)
    monkeypatch.setattr(jira, "jira_settings", jira.jira_settings.__wrapped__)
    monkeypatch.setattr(
        octopus, "octopus_settings", octopus.octopus_settings.__wrapped__
    )

    for build in (jira.jira_client.__wrapped__, octopus.octopus_client.__wrapped__):
        api = build()

        assert api is not None
        assert api.http.timeout == httpx.Timeout(seconds)


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
