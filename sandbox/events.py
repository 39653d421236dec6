"""Send the vendors' live events: signed, to whoever has registered for them."""

import hashlib
import hmac
import json
from typing import Any

import httpx

from sandbox.company import Item
from sandbox.servers import Stands


class Emitter:
    """Sends events of a company's stand-ins."""

    def __init__(self, stands: Stands, http: httpx.AsyncClient) -> None:
        self._stands = stands
        self._http = http
        self._sent = 0

    async def jira(self, name: str, **subject: Any) -> int:
        """Send an event to every enabled webhook that wants it; return how many."""
        body = {"timestamp": 0, "webhookEvent": name, **subject}
        raw = json.dumps(body, ensure_ascii=False).encode()
        hooks = self._stands.jira.collections["webhook"].values()
        wanted = [h for h in hooks if h["enabled"] and name in h["events"]]
        for hook in wanted:
            key = str(hook["secret"]).encode()
            signature = hmac.new(key, raw, hashlib.sha256).hexdigest()
            headers = {"X-Hub-Signature": f"sha256={signature}"}
            await self._post(hook["url"], raw, headers)
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
            event = _audit_event(self._sent, category, space_id, documents, context)
            payload = {"Subscription": subscription, "Event": event}
            body = {"EventType": "SubscriptionPayload", "Payload": payload}
            value = details["WebhookHeaderValue"]
            secret = value["NewValue"] if isinstance(value, dict) else value
            headers = {details["WebhookHeaderKey"]: secret}
            await self._post(details["WebhookURI"], json.dumps(body).encode(), headers)
        return len(wanted)

    async def _post(self, url: str, body: bytes, headers: dict[str, str]) -> None:
        content = {"Content-Type": "application/json", **headers}
        reply = await self._http.post(url, content=body, headers=content)
        reply.raise_for_status()


def _audit_event(
    number: int,
    category: str,
    space_id: str,
    documents: tuple[str, ...],
    context: str | None,
) -> Item:
    references = [{"ReferencedDocumentId": id_} for id_ in documents]
    return {
        "Id": f"Events-{number}",
        "Category": category,
        "SpaceId": space_id,
        "RelatedDocumentIds": list(documents),
        "MessageReferences": references,
        "ChangeDetails": {"DocumentContext": {"Id": context} if context else None},
    }
