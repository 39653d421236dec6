"""An OAuth app has one webhook, for its address and events, that never expires."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from client import ApiClient, HeaderAuth
from core.types import Item
from jira.connection import sign_in
from jira.subscription import Webhook, ensure_webhook, remove_webhook
from sandbox.jira import OAUTH_TOKEN, JiraSandbox

WEBHOOK = Webhook(
    identifier="shop",
    url="https://ocean.test/integration/webhook/jira",
    secret="the secret of the app",
    events=["jira:issue_created", "sprint_started", "board_created", "worklog_created"],
)
TOLD = ["jira:issue_created", "sprint_started"]
DAY_MILLISECONDS = 86_400_000


@pytest.fixture
async def app(connect: Callable[..., ApiClient]) -> ApiClient:
    """Return a client that asks as an app."""
    return await signed_in(connect)


async def signed_in(connect: Callable[..., ApiClient]) -> ApiClient:
    app = connect(HeaderAuth("Authorization", f"Bearer {OAUTH_TOKEN}"))
    app.facts["oauth"] = "yes"
    await sign_in(app)
    return app


def hooks(site: JiraSandbox) -> list[Item]:
    return list(site.collections["dynamic-webhook"].values())


async def test_only_the_events_that_an_app_may_hear_are_asked_for(
    app: ApiClient, site: JiraSandbox
) -> None:
    assert await ensure_webhook(app, WEBHOOK)
    (hook,) = hooks(site)
    assert (hook["url"], hook["events"]) == (WEBHOOK.url, TOLD)


async def test_an_existing_webhook_lives_on(app: ApiClient, site: JiraSandbox) -> None:
    await ensure_webhook(app, WEBHOOK)
    (hook,) = hooks(site)
    end = hook["expirationDate"]
    hook["expirationDate"] = end - 25 * DAY_MILLISECONDS

    assert await ensure_webhook(app, WEBHOOK)

    (same,) = hooks(site)
    assert same["id"] == hook["id"]
    assert same["expirationDate"] >= end


@pytest.mark.parametrize(
    "drift",
    [
        {"url": "https://moved.test/integration/webhook/jira"},
        {"events": ["jira:issue_created"]},
        {"jqlFilter": "project = SHOP"},
    ],
)
async def test_a_webhook_that_drifted_is_replaced(
    app: ApiClient, site: JiraSandbox, drift: Item
) -> None:
    await ensure_webhook(app, WEBHOOK)
    (hook,) = hooks(site)
    site.put("dynamic-webhook", str(hook["id"]), {**hook, **drift})

    assert await ensure_webhook(app, WEBHOOK)

    (hook,) = hooks(site)
    found = (hook["url"], hook["events"], hook["jqlFilter"])
    assert found == (WEBHOOK.url, TOLD, "project != null")


async def test_two_replicas_at_once_leave_one(
    connect: Callable[..., ApiClient], site: JiraSandbox
) -> None:
    replicas = [await signed_in(connect) for _ in range(3)]
    site.faults.latency_seconds = 0.005
    await asyncio.gather(*(ensure_webhook(replica, WEBHOOK) for replica in replicas))

    await ensure_webhook(replicas[0], WEBHOOK)
    assert len(hooks(site)) == 1


async def test_reasons_within_a_successful_reply_are_logged_and_resyncs_go_on(
    app: ApiClient, site: JiraSandbox, warnings: list[str]
) -> None:
    refusal = '{"webhookRegistrationResult": [{"errors": ["Not this one"]}]}'
    site.faults.add(
        path="rest/api/3/webhook", method="POST", times=1, status=200, body=refusal
    )
    assert not await ensure_webhook(app, WEBHOOK)
    assert hooks(site) == []
    assert ["Not this one" in warning for warning in warnings] == [True]


async def test_without_the_secret_of_the_app_nothing_is_registered(
    app: ApiClient, site: JiraSandbox
) -> None:
    assert not await ensure_webhook(app, replace(WEBHOOK, secret=""))
    assert hooks(site) == []


async def test_removing_leaves_nothing(app: ApiClient, site: JiraSandbox) -> None:
    await ensure_webhook(app, WEBHOOK)
    assert len(await remove_webhook(app, WEBHOOK)) == 1
    assert hooks(site) == []
