"""How a post of Jira's is recognised.

https://developer.atlassian.com/cloud/jira/platform/webhooks/
"""

from datetime import UTC, datetime

from core.api import Api
from core.sender import Headers
from core.signature import NotGenuine, check_token, is_signature, is_signed
from core.types import Item

SIGNATURE = "x-hub-signature"
# The same in each repetition of an event.
IDENTIFIER = "x-atlassian-webhook-identifier"


class JiraSender:
    """Signs the body of an event, or, under OAuth, a token that comes with it."""

    # Jira does not deliver larger ones:
    # https://developer.atlassian.com/cloud/jira/platform/webhooks/
    max_bytes = 25 * 1024 * 1024

    def __init__(self, api: Api, secret: str | None) -> None:
        """Take the client of a site, and the secret of its events, if there is one."""
        self._api, self._secret = api, secret

    def check_headers(self, headers: Headers, received_at: datetime) -> None:
        """Raise NotGenuine if no body could make these headers genuine."""
        if self._secret is None:
            raise NotGenuine
        if self._api.facts.get("oauth"):
            check_token(self._secret, headers.get("authorization"), received_at)
        elif not is_signature(headers.get(SIGNATURE)):
            raise NotGenuine

    def check(self, headers: Headers, body: bytes, received_at: datetime) -> None:
        """Raise NotGenuine unless Jira posted this body; a token does not cover it."""
        self.check_headers(headers, received_at)
        if self._secret is None or self._api.facts.get("oauth"):
            return
        if not is_signed(self._secret, body, headers.get(SIGNATURE)):
            raise NotGenuine

    def check_payload(self, headers: Headers, payload: Item) -> None:
        """Raise nothing: a signature covers the whole body."""

    def event_id(self, headers: Headers, payload: Item) -> str | None:
        """Return the identifier of the delivery, and the site if there are several."""
        identifier = headers.get(IDENTIFIER)
        return self._api.site.named(identifier) if identifier else None

    def occurred_at(self, payload: Item) -> datetime | None:
        """Return the event's `timestamp`, in milliseconds since 1970."""
        milliseconds = payload.get("timestamp")
        if not isinstance(milliseconds, int) or milliseconds <= 0:
            return None
        try:
            return datetime.fromtimestamp(milliseconds / 1000, UTC)
        except (OverflowError, ValueError, OSError):
            return None
