"""Make sure that every space sends its live events here, with our secret, only once.

https://octopus.com/docs/administration/managing-infrastructure/subscriptions
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from loguru import logger
from port_ocean.context.ocean import ocean

from client import ApiClient
from core.api import Api
from core.errors import ApiError, Forbidden, NotFound, Refused, Unauthorized
from core.fetch import fetch_parents
from core.registered import about_namesakes, is_namesake, registration_name
from core.trouble import name_of
from core.types import Item
from core.values import child, objects, text
from octopus.paging import PAGE
from octopus.resources import SPACE
from octopus.resources.spaces import server_version
from octopus.selectors import SpaceSelector

SECRET_HEADER = "X-Port-Octopus-Secret"
# After this long Octopus drops the post, and the rest of its batch as well.
TIMEOUT = "00:00:30"
# The first version that keeps the header's value from whoever may view subscriptions:
# https://github.com/OctopusDeploy/Issues/issues/9807. It takes a text or a sensitive
# value, as OctopusClients' PropertyValueResource writes them.
FIRST_WITH_SENSITIVE_HEADERS = (2026, 1, 3777)
NO_SECRET = "set octopusWebhookSecret, for none can be derived from a token"


@dataclass(frozen=True)
class Subscription:
    """The subscription that each space should have; `secret` gives that of a space."""

    identifier: str
    url: str
    secret: Callable[[str], str | None] = field(repr=False)
    categories: frozenset[str]

    @property
    def name(self) -> str:
        """Return what makes it recognisable, and distinguishes it from namesakes."""
        return registration_name(self.identifier, self.url)


def build_subscription(
    url: str, secret: Callable[[str], str | None], categories: frozenset[str]
) -> Subscription:
    """Return the subscription of this installation."""
    identifier = ocean.config.integration.identifier
    return Subscription(identifier, url, secret, categories)


async def ensure_subscriptions(api: ApiClient, wanted: Subscription) -> int:
    """Create or repair one subscription for each visible space; return how many work.

    A space without the permission is skipped with a warning that names it: its resyncs
    go on.
    """
    if not wanted.secret(""):
        logger.warning(f"No live events from {api.vendor.product}: {NO_SECRET}")
        return 0
    served = await fetch_served(api, wanted.categories)
    spaces = await fetch_parents(api, SPACE, SpaceSelector(query="true"), refresh=True)
    working, others = 0, set()
    for space in spaces:
        try:
            others |= await _ensure_in_space(api, space["Id"], wanted, served)
            working += 1
        except Unauthorized:
            raise
        except ApiError as error:
            logger.warning(f"No live events from the space {name_of(space)}: {error}")
    if others:
        logger.info(about_namesakes(api.vendor.product, others))
    logger.info(
        f"{api.vendor.product} sends {len(served)} categories of events of {working} of"
        f" {len(spaces)} spaces to {wanted.url}"
    )
    return working


async def fetch_served(api: Api, categories: frozenset[str]) -> list[str]:
    """Return those categories of events that this server has."""
    answer = objects(await api.get_array("api/events/categories"))
    known = {str(category.get("Id")) for category in answer}
    return sorted(categories & known)


async def remove_subscriptions(
    api: ApiClient, wanted: Subscription, failures: list[Exception]
) -> list[str]:
    """Delete what `ensure_subscriptions` created, and name it.

    What goes wrong in one space is put into `failures`, and the others go on.
    """
    removed: list[str] = []
    for space in await fetch_parents(api, SPACE, SpaceSelector(query="true")):
        try:
            for found in _ours(await _all(api, space["Id"]), wanted):
                path = f"api/{space['Id']}/subscriptions/{found['Id']}"
                await api.write("DELETE", path)
                what = f"subscription {found.get('Name')!r} in {space.get('Name')}"
                removed.append(f"{api.vendor.product}: {what}")
        except ApiError as error:
            failures.append(error)
    return removed


async def _ensure_in_space(
    api: ApiClient, space_id: str, wanted: Subscription, categories: list[str]
) -> set[str]:
    """Create or repair it; return where the subscriptions of namesakes send to."""
    path = f"api/{space_id}/subscriptions"
    all_ = await _all(api, space_id)
    ours = _ours(all_, wanted)
    if not ours:
        ours = await _create(api, space_id, wanted, categories)
    first, *doubles = ours
    # A sensitive header can't be read back, so it is sent again, with all the rest.
    changed = _body(api, space_id, wanted, categories, first)
    await api.write("PUT", f"{path}/{first['Id']}", changed)
    for double in doubles:
        # Another replica was faster, or the key may not: two of them do no harm.
        with suppress(NotFound, Forbidden):
            await api.write("DELETE", f"{path}/{double['Id']}")
    known = {subscription["Id"] for subscription in ours}
    others = [s for s in all_ if s["Id"] not in known]
    alike = [s for s in others if is_namesake(s.get("Name"), wanted.identifier)]
    return {_url(subscription) or "nowhere" for subscription in alike}


async def _create(
    api: ApiClient, space_id: str, wanted: Subscription, categories: list[str]
) -> list[Item]:
    """Create the subscription; return it, or the one that another replica made."""
    body, refused = _body(api, space_id, wanted, categories), None
    try:
        await api.write("POST", f"api/{space_id}/subscriptions", body)
    except Refused as error:  # names are unique in a space
        refused = error
    ours = _ours(await _all(api, space_id), wanted)
    if refused and not ours:
        raise refused
    return ours


async def _all(api: ApiClient, space_id: str) -> list[Item]:
    found = [
        subscription
        async for page in api.pages(f"api/{space_id}/subscriptions", PAGE)
        for subscription in objects(page)
        if text(subscription.get("Id"))
    ]
    return list({subscription["Id"]: subscription for subscription in found}.values())


def _ours(found: list[Item], wanted: Subscription) -> list[Item]:
    """Return what has our address or, if that was changed by hand, our whole name."""
    # All replicas keep the first: it has the name that no other one could be given.
    return sorted(
        (s for s in found if s.get("Name") == wanted.name or _url(s) == wanted.url),
        key=lambda s: (s.get("Name") != wanted.name, len(s["Id"]), s["Id"]),
    )


def _url(subscription: Item) -> str | None:
    return text(child(subscription, "EventNotificationSubscription").get("WebhookURI"))


def _header_value(api: ApiClient, secret: str | None) -> str | Item | None:
    """Return the secret as this version takes it; without a known version, as text."""
    version = server_version(api)
    if version is None or version < FIRST_WITH_SENSITIVE_HEADERS:
        return secret
    return {"HasValue": True, "NewValue": secret}


def _body(
    api: ApiClient,
    space_id: str,
    wanted: Subscription,
    categories: list[str],
    found: Item | None = None,
) -> Item:
    """Return the whole subscription; a PUT replaces what it does not repeat.

    The filter names categories only: together with groups or document types, servers
    have been seen to send nothing at all.
    """
    notification = child(found, "EventNotificationSubscription")
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
            "WebhookHeaderValue": _header_value(api, wanted.secret(space_id)),
        },
    }
