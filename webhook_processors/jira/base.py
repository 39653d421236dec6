"""What all live events of Jira have in common."""

from port_ocean.core.handlers.webhook.webhook_event import EventPayload

from client import ApiClient
from core.lookup import Absent
from core.types import Item
from core.values import at, matching
from webhook_processors.base import VendorWebhookProcessor

# Atlassian's own patterns; nothing else gets into a path or into JQL. A site may allow
# any capital letters, digits and underscores after a key's first letter, or nothing:
# https://confluence.atlassian.com/adminjiraserver/changing-the-project-key-format-938847081.html
NUMBER = r"[0-9]{1,19}"
PROJECT_KEY = r"[A-Z][A-Z0-9_]{0,254}"
ISSUE_KEY = rf"{PROJECT_KEY}-[0-9]{{1,10}}"
ACCOUNT_ID = r"[A-Za-z0-9:_-]{1,128}"


class JiraWebhookProcessor(VendorWebhookProcessor):
    """Find the object in the body by the name of its sort."""

    # The object in the body, and the pattern of its `id`.
    subject = ""
    id_field = "id"
    id_pattern = NUMBER
    # Of a key that may pass to another object, if such objects have one.
    key_pattern = ""

    def event_name(self, payload: EventPayload) -> str:
        return str(payload.get("webhookEvent"))

    def ref(self, payload: EventPayload) -> Item | None:
        value = matching(at(payload, self.subject, self.id_field), self.id_pattern)
        return {self.id_field: value} if value else None

    async def last_known(
        self, api: ApiClient, payload: EventPayload, ref: Item, why: Absent
    ) -> Item:
        """Return what the event says of the object; the mapping may name it by that.

        Of an object that is gone, a key that another one has by now is left out.
        """
        subject = at(payload, self.subject)
        known = {**subject, **ref} if isinstance(subject, dict) else ref
        key = matching(known.get("key"), self.key_pattern)
        if why is Absent.GONE and key and not await self.has_left(api, key):
            return {name: known[name] for name in known if name != "key"}
        return known

    async def has_left(self, api: ApiClient, key: str) -> bool:
        """Return whether no object has this key any more."""
        return True
