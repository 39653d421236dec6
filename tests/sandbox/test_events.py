"""The stand-ins deliver events as the vendors do."""

from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from sandbox.events import JIRA_RETRIES, Emitter
from tests.fake_vendor import Script

OK, BUSY, REFUSED = (httpx.Response(status) for status in (200, 503, 400))
HOOK = {"url": "https://me.test/", "enabled": True, "events": ["x"], "secret": "s"}
DETAILS = {
    "WebhookURI": "https://me.test/",
    "WebhookHeaderKey": "X-Secret",
    "WebhookHeaderValue": "s",
    "Filter": {"EventCategories": ["Created"]},
}
SUBSCRIPTION = {
    "SpaceId": "Spaces-1",
    "IsDisabled": False,
    "EventNotificationSubscription": DETAILS,
}


def emitter(script: Script) -> Emitter:
    stands: Any = SimpleNamespace(
        jira=SimpleNamespace(collections={"webhook": {"1": HOOK}}),
        octopus=SimpleNamespace(collections={"subscriptions": {"1": SUBSCRIPTION}}),
    )
    http = httpx.AsyncClient(transport=httpx.MockTransport(script))
    return Emitter(stands, http, first_backoff=0.0001)


async def test_jira_tries_again_under_the_same_identifier() -> None:
    script = Script(BUSY, httpx.ConnectError("down"), OK)
    assert await emitter(script).jira("x") == 1
    told = [r.headers["X-Atlassian-Webhook-Identifier"] for r in script.requests]
    assert (len(told), len(set(told))) == (3, 1)
    assert script.requests[2].headers["X-Atlassian-Webhook-Retry"] == "2"


async def test_jira_gives_up_in_the_end_and_at_once_when_refused() -> None:
    for reply, tries in ((BUSY, JIRA_RETRIES + 1), (REFUSED, 1)):
        script = Script(reply)
        with pytest.raises(httpx.HTTPStatusError):
            await emitter(script).jira("x")
        assert len(script.requests) == tries


async def test_octopus_gives_up_on_the_batch_at_the_first_failure() -> None:
    script = Script(OK, BUSY, OK)
    events = [("Created", "Spaces-1", f"Projects-{number}") for number in range(3)]
    assert await emitter(script).octopus_batch(events) == 1
    assert len(script.requests) == 2
