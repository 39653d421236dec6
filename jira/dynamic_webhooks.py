"""Webhooks of an OAuth app: fewer events, one address, and an end after thirty days.

https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-webhooks/
"""

from collections.abc import Iterable

from client import ApiClient
from core.errors import Refused
from core.paging import OffsetPaging
from core.types import Item

WEBHOOKS = "rest/api/3/webhook"
PAGE = OffsetPaging(key="values")
# One event of any other sort has Jira refuse the whole webhook.
ALLOWED = ("jira:issue_", "comment_", "sprint_", "jira:version_")
# Jira insists on a filter, and refuses the usual `project is not EMPTY` here.
EVERYTHING = "project != null"


def allowed(events: Iterable[str]) -> list[str]:
    """Return the events that an OAuth app may receive."""
    return [event for event in events if event.startswith(ALLOWED)]


async def ensure(api: ApiClient, url: str, events: list[str]) -> None:
    """Ensure exactly one webhook for this address and these events, and renew it.

    Raises Refused with Jira's reasons, which come within a successful reply.
    """
    wanted = allowed(events)
    right, wrong = _sorted_out(await _all(api), url, wanted)
    await _delete(api, wrong)  # first, for an app may have one address only
    if not right:
        await _create(api, url, wanted)
        # Another replica may have created one as well: everybody keeps the oldest.
        right, _ = _sorted_out(await _all(api), url, wanted)
    kept, *others = right
    await _delete(api, others)
    await api.write("PUT", f"{WEBHOOKS}/refresh", {"webhookIds": [kept["id"]]})


async def remove(api: ApiClient, url: str) -> list[str]:
    """Delete the webhooks for this address, and name them."""
    ours = [hook for hook in await _all(api) if hook.get("url", url) == url]
    await _delete(api, ours)
    return [f"{api.vendor.product}: webhook {hook['id']} to {url}" for hook in ours]


async def _all(api: ApiClient) -> list[Item]:
    pages = api.pages(WEBHOOKS, PAGE)
    hooks = [hook async for page in pages for hook in page]
    return sorted(hooks, key=lambda hook: int(hook["id"]))


def _sorted_out(
    hooks: list[Item], url: str, events: list[str]
) -> tuple[list[Item], list[Item]]:
    """Return the webhooks as they should be, and all others of this app."""

    def is_right(hook: Item) -> bool:
        same = set(hook["events"]) == set(events)
        return same and hook.get("url", url) == url and hook["jqlFilter"] == EVERYTHING

    return [h for h in hooks if is_right(h)], [h for h in hooks if not is_right(h)]


async def _create(api: ApiClient, url: str, events: list[str]) -> None:
    webhook = {"jqlFilter": EVERYTHING, "events": events}
    reply = await api.write("POST", WEBHOOKS, {"url": url, "webhooks": [webhook]})
    (result,) = reply["webhookRegistrationResult"]
    if "createdWebhookId" not in result:
        reasons = "; ".join(result.get("errors") or ["no reason given"])
        raise Refused(f"{api.vendor.product}: POST {WEBHOOKS}: {reasons}")


async def _delete(api: ApiClient, hooks: list[Item]) -> None:
    if hooks:
        ids = [hook["id"] for hook in hooks]
        await api.write("DELETE", WEBHOOKS, {"webhookIds": ids})
