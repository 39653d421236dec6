"""Have the vendors send their events here, keep it so, and undo it.

Only a process that serves live events registers them; resyncs of all others go on.
"""

import asyncio
import contextvars
from typing import Any

import httpx
from loguru import logger
from port_ocean.context.ocean import ocean
from port_ocean.core.handlers.webhook.webhook_event import WebhookEvent
from port_ocean.core.integrations.mixins.utils import is_redis_live_events_enabled

import webhook_processors.jira as jira_events
import webhook_processors.octopus as octopus_events
from core.errors import ApiError
from core.types import Item
from jira.connection import jira_client
from jira.connection import sign_in as sign_in_to_jira
from jira.subscription import Webhook, build_webhook, ensure_webhook, remove_webhook
from jira_projects import keep_learning
from octopus.connection import octopus_client, octopus_webhook_secret
from octopus.connection import sign_in as sign_in_to_octopus
from octopus.safety_net import SafetyNet
from octopus.subscription import (
    SECRET_HEADER,
    Subscription,
    build_subscription,
    ensure_subscriptions,
    remove_subscriptions,
)
from webhook_processors.octopus_event import was_heard
from webhook_processors.ordering import claims_on

# Webhooks of OAuth apps expire, others are switched off by people.
REPAIR_SECONDS = 86_400.0
SAFETY_NET_SECONDS = 60

# The start and the first resync would register at the same time.
_registering = asyncio.Lock()
# What goes on outside of any event of the framework: its contexts are inherited.
_OUTSIDE = contextvars.copy_context()
# The event loop forgets tasks that nobody holds.
_running: set[asyncio.Task[None]] = set()


def are_served() -> bool:
    """Tell whether this process answers at an address that the vendors can reach."""
    serves = ocean.config.event_listener.should_process_webhooks
    return bool(ocean.app.base_url and serves)


async def ensure_live_events() -> None:
    """Create or repair what the vendors have registered, if this process serves it."""
    if not are_served():
        logger.info("Live events are off: OCEAN__BASE_URL is not set")
        return
    async with _registering:
        for register in (_register_with_jira, _register_with_octopus):
            try:
                await register()
            # Whatever it is, resyncs go on without; the next one tries again.
            except Exception as error:
                what = error if isinstance(error, ApiError) else repr(error)
                logger.error(f"Live events could not be registered: {what}")


async def look_after_live_events() -> None:
    """Start the timers: repair what has drifted, catch what was not told, and learn
    which projects Jira has: this may be a process without resyncs.
    """
    _keep_running(_repair_daily())
    _keep_running(keep_learning())
    seconds = ocean.integration_config.get("octopus_safety_net_seconds")
    seconds = SAFETY_NET_SECONDS if seconds is None else int(seconds)
    api = octopus_client()
    # From a stream, somebody else's queue, nothing gets lost that we could find.
    if api is not None and seconds > 0 and not await is_redis_live_events_enabled():
        categories = octopus_events.CATEGORIES
        net = SafetyNet(api, categories, _deliver, _was_missed)
        _keep_running(net.run(seconds))


async def remove_live_events() -> tuple[int, list[Exception]]:
    """Delete what this installation has registered; return how many, and what failed.

    Trouble with one product, or with one space, keeps nothing else from being removed.
    """
    removed = 0
    failures: list[Exception] = []
    if api := jira_client():
        try:
            await sign_in_to_jira(api)
            removed += await remove_webhook(api, _webhook())
        except Exception as error:  # whatever it is, the rest can be removed
            failures.append(error)
    if api := octopus_client():
        try:
            await sign_in_to_octopus(api)
            removed += await remove_subscriptions(api, _subscription(), failures)
        except Exception as error:  # whatever it is, the rest can be removed
            failures.append(error)
    return removed, failures


async def _register_with_jira() -> None:
    if api := jira_client():
        await sign_in_to_jira(api)
        await ensure_webhook(api, _webhook())


async def _register_with_octopus() -> None:
    if api := octopus_client():
        await sign_in_to_octopus(api)
        await ensure_subscriptions(api, _subscription())


def _webhook() -> Webhook:
    return build_webhook(_url(jira_events.PATH), jira_events.EVENTS)


def _subscription() -> Subscription:
    return build_subscription(_url(octopus_events.PATH), octopus_events.CATEGORIES)


def _url(path: str) -> str:
    return f"{(ocean.app.base_url or '').rstrip('/')}/integration{path}"


async def _repair_daily() -> None:
    while True:
        await asyncio.sleep(REPAIR_SECONDS)
        await ensure_live_events()


def _keep_running(work: Any) -> None:
    task: asyncio.Task[None] = asyncio.create_task(work, context=_OUTSIDE.copy())
    _running.add(task)
    task.add_done_callback(_running.discard)


async def _was_missed(body: Item) -> bool:
    """Tell whether an event of the audit log concerns us, and was not dealt with."""
    if was_heard(body["Payload"]["Event"]["Id"]):
        return False
    event = WebhookEvent("safety net", body, {})
    return bool(await claims_on(octopus_events.PROCESSORS, event))


async def _deliver(body: Item) -> None:
    """Post to this very process, so that everything else is as with a real event."""
    app = ocean.app
    url = f"http://localhost{app.route_prefix}/integration{octopus_events.PATH}"
    headers = {SECRET_HEADER: octopus_webhook_secret() or ""}
    transport = httpx.ASGITransport(app.fast_api_app)
    async with httpx.AsyncClient(transport=transport) as http:
        reply = await http.post(url, json=body, headers=headers)
    reply.raise_for_status()
