"""Jira's webhook exists once, signed and complete, whatever was there before."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from client import ApiClient
from jira.connection import sign_in
from jira.subscription import Webhook, ensure_webhook, remove_webhook
from sandbox.jira import JiraSandbox

WEBHOOK = Webhook(
    identifier="shop",
    url="https://ocean.test/integration/webhook/jira",
    secret="s3cret",
    events=["jira:issue_created", "sprint_started"],
)


def hooks(site: JiraSandbox) -> list[dict[str, object]]:
    return list(site.collections["webhook"].values())


async def test_a_missing_webhook_is_created(api: ApiClient, site: JiraSandbox) -> None:
    assert await ensure_webhook(api, WEBHOOK)
    (hook,) = hooks(site)
    assert {k: hook[k] for k in ("name", "url", "events", "secret", "enabled")} == {
        "name": WEBHOOK.name,
        "url": WEBHOOK.url,
        "events": WEBHOOK.events,
        "secret": "s3cret",
        "enabled": True,
    }


@pytest.mark.parametrize(
    "drift",
    [
        {"enabled": False},
        {"events": ["jira:issue_created"]},
        {"excludeBody": True},
        {"filters": {"issue-related-events-section": "project = X"}},
        {"url": "https://moved.test/integration/webhook/jira"},
        {"secret": "stolen"},
        {"name": "renamed"},
    ],
)
async def test_a_webhook_that_drifted_is_repaired_in_place(
    api: ApiClient, site: JiraSandbox, drift: dict[str, object]
) -> None:
    await ensure_webhook(api, WEBHOOK)
    (id_,) = site.collections["webhook"]
    whole = dict(site.collections["webhook"][id_])
    site.put("webhook", id_, {**whole, **drift})
    assert await ensure_webhook(api, WEBHOOK)
    (hook,) = hooks(site)
    changing = ("lastUpdated",)
    assert {k: v for k, v in hook.items() if k not in changing} == {
        k: v for k, v in whole.items() if k not in changing
    }


async def test_two_replicas_at_once_leave_one(
    api: ApiClient, connect: Callable[[], ApiClient], site: JiraSandbox
) -> None:
    site.faults.latency_seconds = 0.005
    replicas = (api, connect(), connect())
    await asyncio.gather(*(ensure_webhook(replica, WEBHOOK) for replica in replicas))
    await ensure_webhook(api, WEBHOOK)
    assert len(hooks(site)) == 1


async def test_other_peoples_webhooks_are_left_alone(
    api: ApiClient, site: JiraSandbox
) -> None:
    theirs = replace(WEBHOOK, identifier="theirs", url="https://theirs.test/")
    await ensure_webhook(api, theirs)
    await ensure_webhook(api, WEBHOOK)
    assert len(await remove_webhook(api, WEBHOOK)) == 1
    assert [hook["name"] for hook in hooks(site)] == [theirs.name]


async def test_namesakes_at_other_addresses_live_side_by_side(
    api: ApiClient, site: JiraSandbox
) -> None:
    other = replace(WEBHOOK, url="https://other.test/integration/webhook/jira")
    for _ in range(2):
        assert await ensure_webhook(api, WEBHOOK)
        assert await ensure_webhook(api, other)
    assert [hook["url"] for hook in hooks(site)] == [WEBHOOK.url, other.url]
    assert len(await remove_webhook(api, WEBHOOK)) == 1
    assert [hook["url"] for hook in hooks(site)] == [other.url]


async def test_one_that_an_older_version_named_is_taken_over(
    api: ApiClient, site: JiraSandbox
) -> None:
    await ensure_webhook(api, WEBHOOK)
    ((id_, old),) = site.collections["webhook"].items()
    site.put("webhook", id_, {**old, "name": "Port (shop)"})
    assert await ensure_webhook(api, WEBHOOK)
    assert [hook["name"] for hook in hooks(site)] == ["Port (shop) at ocean.test"]


async def test_without_the_permission_there_are_no_live_events_and_no_error(
    api: ApiClient, site: JiraSandbox, warnings: list[str]
) -> None:
    site.revoked.add("ADMINISTER")
    assert not await ensure_webhook(api, WEBHOOK)
    (said,) = warnings
    assert "Administer Jira" in said


async def test_a_token_with_scopes_gets_the_steps_by_hand(
    api: ApiClient, site: JiraSandbox, warnings: list[str]
) -> None:
    site.token_has_scopes = True
    await sign_in(api)
    assert not await ensure_webhook(api, WEBHOOK)
    assert hooks(site) == []
    (said,) = warnings
    for part in (WEBHOOK.url, *WEBHOOK.events, "jiraWebhookSecret", "System, WebHooks"):
        assert part in said
    assert WEBHOOK.secret not in said
    assert len(await remove_webhook(api, WEBHOOK)) == 0
