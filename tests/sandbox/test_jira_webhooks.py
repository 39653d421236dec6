"""The Jira stand-in keeps webhooks of both sorts as Jira does."""

import httpx

from sandbox.company import CLOUD_ID
from sandbox.jira import OAUTH_TOKEN, JiraSandbox

API = "/rest/api/3"
HOOKS = "/rest/webhooks/1.0/webhook"
GATEWAY = f"https://jira.test/ex/jira/{CLOUD_ID}"


async def test_webhooks_keep_their_secret_to_themselves(
    jira: httpx.AsyncClient, jira_sandbox: JiraSandbox
) -> None:
    hook = {"name": "n", "url": "https://me.test", "events": ["jira:issue_created"]}
    created = await jira.post(HOOKS, json={**hook, "secret": "s3cret"})
    assert (created.status_code, created.json()["isSigned"]) == (201, True)
    listed = await jira.get(HOOKS)
    assert "s3cret" not in listed.text
    path = httpx.URL(listed.json()[0]["self"]).path
    changed = await jira.put(path, json={**hook, "enabled": False})
    assert (changed.json()["enabled"], changed.json()["isSigned"]) == (False, True)
    assert jira_sandbox.collections["webhook"]["1"]["secret"] == "s3cret"
    assert (await jira.delete(path)).status_code == 204
    assert (await jira.get(HOOKS)).json() == []


async def test_dynamic_webhooks_report_errors_in_a_successful_reply(
    jira: httpx.AsyncClient, jira_sandbox: JiraSandbox
) -> None:
    path = f"{API}/webhook"
    assert (await jira.get(path)).status_code == 403
    headers = {"Authorization": f"Bearer {OAUTH_TOKEN}"}
    good = {"jqlFilter": "project != null", "events": ["jira:issue_created"]}
    bad = [
        {**good, "jqlFilter": "project is not EMPTY"},
        {**good, "events": ["board_created"]},
    ]
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(jira_sandbox.app),
        base_url=GATEWAY,
        headers=headers,
    ) as app:
        body = {"url": "https://me.test", "webhooks": [good, *bad]}
        results = (await app.post(path, json=body)).json()["webhookRegistrationResult"]
        assert results[0] == {"createdWebhookId": 1}
        assert results[1]["errors"] == ["Operator is not is unsupported"]
        assert "board_created" in results[2]["errors"][0]
        hooks = (await app.get(path)).json()["values"]
        jira_sandbox.collections["dynamic-webhook"]["1"]["expirationDate"] = 0
        await app.put(f"{path}/refresh", json={"webhookIds": [1]})
        again = (await app.get(path)).json()["values"]
    assert hooks[0]["expirationDate"] <= again[0]["expirationDate"]
