"""The stand-ins deliver events as the vendors do."""

from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from pytest_httpx import HTTPXMock

from sandbox.events import JIRA_RETRIES, Emitter

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


@pytest.fixture
def emitter() -> Emitter:
    stands: Any = SimpleNamespace(
        jira=SimpleNamespace(collections={"webhook": {"1": HOOK}}),
        octopus=SimpleNamespace(collections={"subscriptions": {"1": SUBSCRIPTION}}),
    )
    return Emitter(stands, httpx.AsyncClient(verify=False), first_backoff=0.0001)


async def test_jira_tries_again_under_the_same_identifier(
    emitter: Emitter, httpx_mock: HTTPXMock
) -> None:
    httpx_mock.add_response(status_code=503)
    httpx_mock.add_exception(httpx.ConnectError("down"))
    httpx_mock.add_response()

    assert await emitter.jira("x") == 1
    requests = httpx_mock.get_requests()
    assert len({r.headers["X-Atlassian-Webhook-Identifier"] for r in requests}) == 1
    assert requests[2].headers["X-Atlassian-Webhook-Retry"] == "2"


@pytest.mark.parametrize(("status", "tries"), [(503, JIRA_RETRIES + 1), (400, 1)])
async def test_jira_gives_up_in_the_end_and_at_once_when_refused(
    status: int, tries: int, emitter: Emitter, httpx_mock: HTTPXMock
) -> None:
    for _ in range(tries):
        httpx_mock.add_response(status_code=status)

    with pytest.raises(httpx.HTTPStatusError):
        await emitter.jira("x")
