"""How a post of Octopus Deploy's is recognised.

https://octopus.com/docs/administration/managing-infrastructure/subscriptions
"""

from collections.abc import Callable
from datetime import datetime

from core.sender import Headers
from core.signature import NotGenuine, is_secret
from core.site import FIRST, Site
from core.types import Item
from core.values import at, text
from octopus.audit_events import space_id
from octopus.connection import space_of_secret
from octopus.subscription import SECRET_HEADER


class OctopusSender:
    """Sends a secret in a header, which covers any body about its space."""

    # Octopus publishes no limit. An event has the changes of its document, and a
    # deployment process may weigh megabytes; so this is as much as Jira's.
    max_bytes = 25 * 1024 * 1024

    def __init__(self, secret: Callable[[str], str | None], site: Site = FIRST) -> None:
        """Take what returns the secret of a space's events, if there is one."""
        self._secret, self._site = secret, site

    def check_headers(self, headers: Headers, received_at: datetime) -> None:
        """Raise NotGenuine if the secret is wrong or missing."""
        given = headers.get(SECRET_HEADER.lower(), "")
        secret = self._secret(space_of_secret(given))
        if secret is None or not is_secret(secret, given):
            raise NotGenuine

    def check(self, headers: Headers, body: bytes, received_at: datetime) -> None:
        """Raise NotGenuine if the secret is wrong or missing; it covers no body."""
        self.check_headers(headers, received_at)

    def check_payload(self, headers: Headers, payload: Item) -> None:
        """Raise NotGenuine if the secret is another space's."""
        secret = self._secret(space_id(payload) or "")
        if secret is None or not is_secret(secret, headers.get(SECRET_HEADER.lower())):
            raise NotGenuine

    def event_id(self, headers: Headers, payload: Item) -> str | None:
        """Return the event's id in the audit log, its server and its secret's space.

        Ids count up, so whoever has another space's secret can tell the next ones.
        """
        id_ = text(at(payload, "Payload", "Event", "Id"))
        return self._site.named(f"{space_id(payload)} {id_}") if id_ else None

    def occurred_at(self, payload: Item) -> datetime | None:
        """Return None, for its age is no reason to refuse an event.

        The secret does not cover the body, so whoever has it may write any time. And
        Octopus sends an event late: after one that failed, only with the next one. If
        that is refused, Octopus drops the rest of its batch:
        https://github.com/OctopusDeploy/Issues/issues/7216
        """
        return None
