"""Make sure that Jira sends its live events here, signed, and only once.

https://developer.atlassian.com/cloud/jira/platform/webhooks/
"""

from dataclasses import dataclass, field

from loguru import logger
from port_ocean.context.ocean import ocean

from client import ApiClient
from core.errors import Forbidden, NotFound, Refused, Unauthorized
from core.registered import about_namesakes, is_namesake, registration_name
from core.types import Item
from jira import dynamic_webhooks

WEBHOOKS = "rest/webhooks/1.0/webhook"
NO_APP_SECRET = (
    "'s live events are off: under OAuth they are signed with the secret of the OAuth"
    " app, so set jiraWebhookSecret to that"
)
BY_HAND = "remove by hand (Jira settings, System, WebHooks) the one"
MANUALLY = (
    "register a webhook by hand (Jira settings, System, WebHooks) for {url}, with the"
    " secret of the setting jiraWebhookSecret and these events: {events}"
)


@dataclass(frozen=True)
class Webhook:
    """The webhook that should exist for an identifier and an address."""

    identifier: str
    url: str
    secret: str = field(repr=False)
    events: list[str]

    @property
    def name(self) -> str:
        """Return what distinguishes it from other people's, and from namesakes."""
        return registration_name(self.identifier, self.url)

    def body(self) -> Item:
        """Return the body; without a filter, since leaving a filter makes no event."""
        return {
            "name": self.name,
            "url": self.url,
            "events": self.events,
            "filters": {},
            "excludeBody": False,
            "enabled": True,
            "secret": self.secret,
        }


def build_webhook(url: str, secret: str | None, events: list[str]) -> Webhook:
    """Return the webhook of this installation."""
    identifier = ocean.config.integration.identifier
    return Webhook(identifier, url, secret or "", events)


async def ensure_webhook(api: ApiClient, webhook: Webhook) -> bool:
    """Create, repair or leave the webhook; return whether live events will come.

    Without the permission, resyncs go on, and one warning says what to do.
    """
    product = api.vendor.product
    if api.facts.get("oauth"):
        return await _ensure_dynamic(api, webhook)
    if api.facts.get("gateway"):
        steps = MANUALLY.format(url=webhook.url, events=", ".join(webhook.events))
        logger.warning(f"This sign-in can't register webhooks in {product}: {steps}")
        return False
    try:
        await _ensure_one(api, webhook)
    except (Forbidden, NotFound, Unauthorized) as error:
        logger.warning(
            f"{product}'s live events are off: the account lacks the global permission"
            f" Administer Jira ({error})"
        )
        return False
    count = len(webhook.events)
    logger.info(f"{product} sends {count} kinds of events to {webhook.url}")
    return True


async def _ensure_dynamic(api: ApiClient, webhook: Webhook) -> bool:
    """Do the same for an OAuth app, to which Jira sends fewer events."""
    if not webhook.secret:
        logger.warning(f"{api.vendor.product}{NO_APP_SECRET}")
        return False
    try:
        await dynamic_webhooks.ensure(api, webhook.url, webhook.events)
    except (Forbidden, NotFound, Refused, Unauthorized) as error:
        logger.warning(
            f"{api.vendor.product}'s live events are off: the OAuth app lacks the scope"
            f" manage:jira-webhook, or Jira refuses: {error}"
        )
        return False
    count = len(dynamic_webhooks.allowed(webhook.events))
    told = f"{api.vendor.product} sends {count} kinds of events to {webhook.url}"
    logger.info(f"{told}, as to any app")
    return True


async def _ensure_one(api: ApiClient, webhook: Webhook) -> None:
    if not _ours(await api.get_array(WEBHOOKS), webhook):
        await api.write("POST", WEBHOOKS, webhook.body())
    # Another replica may have created one as well: everybody keeps the oldest.
    all_ = await api.get_array(WEBHOOKS)
    first, *doubles = ours = _ours(all_, webhook)
    # The secret can't be read back, so it is sent again, with all the rest.
    await api.write("PUT", f"{WEBHOOKS}/{_id(first)}", webhook.body())
    for double in doubles:
        await _delete(api, double)
    alike = [h for h in all_ if is_namesake(h.get("name"), webhook.identifier)]
    if others := {str(hook.get("url")) for hook in alike if hook not in ours}:
        logger.info(about_namesakes(api.vendor.product, others))


async def remove_webhook(api: ApiClient, webhook: Webhook) -> list[str]:
    """Delete what `ensure_webhook` created, and name it."""
    product = api.vendor.product
    if api.facts.get("oauth"):
        return await dynamic_webhooks.remove(api, webhook.url)
    if api.facts.get("gateway"):
        steps = f"{BY_HAND} for {webhook.url}, if there is one"
        logger.warning(f"This sign-in can't remove webhooks in {product}: {steps}")
        return []
    ours = _ours(await api.get_array(WEBHOOKS), webhook)
    for found in ours:
        await _delete(api, found)
    return [f"{product}: webhook {one.get('name')!r} to {one['url']}" for one in ours]


def _ours(hooks: list[Item], webhook: Webhook) -> list[Item]:
    """Return what has our address or, if that was changed by hand, our whole name."""
    same = (webhook.name, webhook.url)
    ours = [h for h in hooks if h.get("name") == same[0] or h.get("url") == same[1]]
    return sorted(ours, key=_id)


def _id(hook: Item) -> int:
    """Return the id, which stands nowhere but at the end of the `self` link."""
    return int(str(hook["self"]).rstrip("/").rpartition("/")[2])


async def _delete(api: ApiClient, hook: Item) -> None:
    try:
        await api.write("DELETE", f"{WEBHOOKS}/{_id(hook)}")
    except NotFound:
        logger.debug("the webhook was already gone")
