"""Make sure that every space sends its live events here, with our secret, only once.

https://octopus.com/docs/administration/managing-infrastructure/subscriptions
"""

from contextlib import suppress
from dataclasses import dataclass, field

from loguru import logger
from port_ocean.context.ocean import ocean

from client import ApiClient
from core.errors import ApiError, Forbidden, NotFound, Refused, Unauthorized
from core.resource import fetch_parents
from core.types import Api, Item
from octopus.connection import octopus_webhook_secret
from octopus.resources import PAGE, SPACE
from octopus.selectors import SpaceSelector

SECRET_HEADER = "X-Port-Octopus-Secret"
# Octopus gives up after this long, and on the rest of its batch as well.
TIMEOUT = "00:00:30"
NO_SECRET = "set octopusWebhookSecret, for none can be derived from a token"


@dataclass(frozen=True)
class Subscription:
    """The subscription that each space should have; `name` tells ours from others."""

    name: str
    url: str
    secret: str = field(repr=False)
    categories: frozenset[str]


def build_subscription(url: str, categories: frozenset[str]) -> Subscription:
    """Return the subscription of this installation."""
    name = f"Port ({ocean.config.integration.identifier})"
    return Subscription(name, url, octopus_webhook_secret() or "", categories)


async def ensure_subscriptions(api: ApiClient, wanted: Subscription) -> int:
    """Create or repair one subscription for each visible space; return how many work.

    A space without the permission is skipped with a warning that names it: its resyncs
    go on.
    """
    if not wanted.secret:
        logger.warning(f"No live events from Octopus: {NO_SECRET}")
        return 0
    served = await fetch_served(api, wanted.categories)
    spaces = await fetch_parents(api, SPACE, SpaceSelector(query="true"), anew=True)
    working = 0
    for space in spaces:
        try:
            await _put_in_order(api, space["Id"], wanted, served)
            working += 1
        except Unauthorized:
            raise
        except ApiError as error:
            logger.warning(f"No live events from the space {space['Name']}: {error}")
    logger.info(
        f"Octopus sends {len(served)} categories of events of {working} of"
        f" {len(spaces)} spaces to {wanted.url}"
    )
    return working


async def fetch_served(api: Api, categories: frozenset[str]) -> list[str]:
    """Return those categories of events that this server has."""
    known = {str(category["Id"]) for category in await api.get("api/events/categories")}
    return sorted(categories & known)


async def remove_subscriptions(
    api: ApiClient, wanted: Subscription, failures: list[Exception]
) -> int:
    """Delete what `ensure_subscriptions` created; return how many there were.

    What goes wrong in one space is put into `failures`, and the others go on.
    """
    removed = 0
    for space in await fetch_parents(api, SPACE, SpaceSelector(query="true")):
        try:
            for found in await _ours(api, space["Id"], wanted):
                path = f"api/{space['Id']}/subscriptions/{found['Id']}"
                await api.write("DELETE", path)
                removed += 1
        except ApiError as error:
            failures.append(error)
    return removed


async def _put_in_order(
    api: ApiClient, space_id: str, wanted: Subscription, categories: list[str]
) -> None:
    path = f"api/{space_id}/subscriptions"
    ours = await _ours(api, space_id, wanted)
    if not ours:
        ours = await _create(api, space_id, wanted, categories)
    first, *others = ours
    # A sensitive header can't be read back, so it is sent anew, with all the rest.
    changed = _body(space_id, wanted, categories, first)
    await api.write("PUT", f"{path}/{first['Id']}", changed)
    for other in others:
        # Another replica was faster, or the key may not: two of them do no harm.
        with suppress(NotFound, Forbidden):
            await api.write("DELETE", f"{path}/{other['Id']}")


async def _create(
    api: ApiClient, space_id: str, wanted: Subscription, categories: list[str]
) -> list[Item]:
    """Create the subscription; return it, or the one that another replica made."""
    body, refused = _body(space_id, wanted, categories), None
    try:
        await api.write("POST", f"api/{space_id}/subscriptions", body)
    except Refused as error:  # names are unique in a space
        refused = error
    ours = await _ours(api, space_id, wanted)
    if refused and not ours:
        raise refused
    return ours


async def _ours(api: ApiClient, space_id: str, wanted: Subscription) -> list[Item]:
    found = [
        subscription
        async for page in api.pages(f"api/{space_id}/subscriptions", PAGE)
        for subscription in page
        if subscription["Name"] == wanted.name or _url(subscription) == wanted.url
    ]
    unique = {subscription["Id"]: subscription for subscription in found}
    # All replicas keep the first: it has the name that no other one could be given.
    return sorted(
        unique.values(),
        key=lambda s: (s["Name"] != wanted.name, int(s["Id"].rpartition("-")[2])),
    )


def _url(subscription: Item) -> str | None:
    notification = subscription.get("EventNotificationSubscription") or {}
    url: str | None = notification.get("WebhookURI")
    return url


def _body(
    space_id: str,
    wanted: Subscription,
    categories: list[str],
    found: Item | None = None,
) -> Item:
    """Return the whole subscription; a PUT replaces what it does not repeat.

    The filter names categories only: together with groups or document types, servers
    have been seen to send nothing at all.
    """
    notification = (found or {}).get("EventNotificationSubscription") or {}
    return {
        **(found or {}),
        "Name": wanted.name,
        "SpaceId": space_id,
        "Type": "Event",
        "IsDisabled": False,
        "EventNotificationSubscription": {
            **notification,
            "Filter": {"EventCategories": categories},
            "WebhookURI": wanted.url,
            "WebhookTeams": [],
            "WebhookTimeout": TIMEOUT,
            "WebhookHeaderKey": SECRET_HEADER,
            "WebhookHeaderValue": wanted.secret,
        },
    }
