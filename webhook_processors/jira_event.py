"""What all live events of Jira have in common."""

from port_ocean.core.handlers.webhook.webhook_event import (
    EventHeaders,
    EventPayload,
)

from client import ApiClient
from core.signature import is_signed, is_token
from core.types import Item
from jira.connection import jira_client, jira_webhook_secret
from webhook_processors.base import VendorWebhookProcessor, at, matching

# Atlassian's own patterns; nothing else gets into a path or into JQL.
NUMBER = r"[0-9]{1,19}"
PROJECT_KEY = r"[A-Z][A-Z0-9_]{1,254}"
ISSUE_KEY = rf"{PROJECT_KEY}-[0-9]{{1,10}}"
ACCOUNT_ID = r"[A-Za-z0-9:_-]{1,128}"


class JiraWebhookProcessor(VendorWebhookProcessor):
    """Check Jira's signature over the body, byte for byte as it came."""

    # The object in the body, and the pattern of its `id`.
    subject = ""
    id_field = "id"
    id_pattern = NUMBER

    def client(self) -> ApiClient | None:
        return jira_client()

    def event_name(self, payload: EventPayload) -> str:
        return str(payload.get("webhookEvent"))

    async def is_genuine(self, headers: EventHeaders) -> bool:
        secret, request = jira_webhook_secret(), self.event._original_request
        if secret is None or request is None:
            return False
        api = self.client()
        if api is not None and api.facts.get("oauth"):
            token, received_at = headers.get("authorization"), self.event.created_at
            return is_token(secret, token, received_at)
        signature = headers.get("x-hub-signature")
        return is_signed(secret, await request.body(), signature)

    def ref(self, payload: EventPayload) -> Item | None:
        value = matching(at(payload, self.subject, self.id_field), self.id_pattern)
        return {self.id_field: value} if value else None

    def gone(self, payload: EventPayload, ref: Item) -> Item:
        subject = at(payload, self.subject)
        return {**subject, **ref} if isinstance(subject, dict) else ref
