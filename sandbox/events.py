"""Send the vendors' live events: signed, to whoever has registered for them."""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import httpx

from sandbox.company import Item
from sandbox.octopus.replies import as_shown
from sandbox.servers import Stands

# What Jira tries again, and how often.
RETRIED = {408, 409, 425, 429, *range(500, 600)}
JIRA_RETRIES = 5


class Emitter:
    """Sends events of a company's stand-ins."""

    def __init__(
        self, stands: Stands, http: httpx.AsyncClient, first_backoff: float = 0.05
    ) -> None:
        self._stands = stands
        self._http = http
        self._first_backoff = first_backoff
        self._sent = 0

    async def jira(self, name: str, **subject: Any) -> int:
        """Send an event to every enabled webhook that wants it; return how many."""
        hooks = self._stands.jira.collections["webhook"].values()
        wanted = [h for h in hooks if h["enabled"] and name in h["events"]]
        for hook in wanted:
            raw, headers = jira_event(hook, name, **subject)
            await self._post_again(hook["url"], raw, headers)
        return len(wanted)

    async def octopus(
        self, category: str, space_id: str, *documents: str, context: str | None = None
    ) -> int:
        """Send an audit event to the space's subscriptions; return how many."""
        found = self._stands.octopus.collections["subscriptions"].values()
        wanted = [
            (subscription, details)
            for subscription in found
            if (details := subscription["EventNotificationSubscription"])
            and subscription["SpaceId"] == space_id
            and not subscription["IsDisabled"]
            and category in details["Filter"]["EventCategories"]
        ]
        for subscription, details in wanted:
            self._sent += 1
            event = audit_event(self._sent, category, space_id, documents, context)
            raw, headers = octopus_event(subscription, event)
            await self._post(details["WebhookURI"], raw, headers)
        return len(wanted)

    async def _post(self, url: str, body: bytes, headers: dict[str, str]) -> None:
        content = {"Content-Type": "application/json", **headers}
        reply = await self._http.post(url, content=body, headers=content)
        reply.raise_for_status()

    async def _post_again(self, url: str, body: bytes, headers: dict[str, str]) -> None:
        """Post as Jira does: up to five times more, under the same identifier."""
        headers = {**headers, "X-Atlassian-Webhook-Identifier": str(uuid4())}
        for attempt in range(JIRA_RETRIES):
            again = {"X-Atlassian-Webhook-Retry": str(attempt)} if attempt else {}
            try:
                return await self._post(url, body, {**headers, **again})
            except httpx.HTTPStatusError as error:
                if error.response.status_code not in RETRIED:
                    raise
            except httpx.TransportError:
                pass
            await asyncio.sleep(self._first_backoff * 2**attempt)
        await self._post(url, body, headers)


def jira_event(hook: Item, name: str, **subject: Any) -> tuple[bytes, dict[str, str]]:
    """Return the body of an event for a webhook, and the headers that sign it."""
    now = round(time.time() * 1000)
    body = {"timestamp": now, "webhookEvent": name, **subject}
    raw = json.dumps(body, ensure_ascii=False).encode()
    key = str(hook["secret"]).encode()
    signature = hmac.new(key, raw, hashlib.sha256).hexdigest()
    return raw, {"X-Hub-Signature": f"sha256={signature}"}


def octopus_event(subscription: Item, event: Item) -> tuple[bytes, dict[str, str]]:
    """Return the body by which a subscription tells an event, and the secret header."""
    details = subscription["EventNotificationSubscription"]
    payload = {"Subscription": as_shown(subscription), "Event": event}
    body = {"EventType": "SubscriptionPayload", "Payload": payload}
    value = details["WebhookHeaderValue"]
    secret = value["NewValue"] if isinstance(value, dict) else value
    return json.dumps(body).encode(), {details["WebhookHeaderKey"]: secret}


def audit_event(
    number: int,
    category: str,
    space_id: str,
    documents: Sequence[str],
    context: str | None,
) -> Item:
    """Return an event as the audit log has it; `context` is the document it changed."""
    references = [{"ReferencedDocumentId": id_} for id_ in documents]
    return {
        "Id": f"Events-{number}",
        "Category": category,
        "SpaceId": space_id,
        "RelatedDocumentIds": list(documents),
        "MessageReferences": references,
        "ChangeDetails": {"DocumentContext": {"Id": context} if context else None},
    }
