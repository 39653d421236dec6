"""How the posts of a vendor are recognised, at the door and by the processors."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from core.types import Item

# Names in lower case.
Headers = Mapping[str, str]


class Sender(Protocol):
    """A vendor that posts live events to a path of this process."""

    # The largest body that the vendor posts.
    max_bytes: int

    def check_headers(self, headers: Headers, received_at: datetime) -> None:
        """Raise NotGenuine if no body could make these headers genuine."""

    def check(self, headers: Headers, body: bytes, received_at: datetime) -> None:
        """Raise NotGenuine unless the vendor posted this body, byte for byte."""

    def check_payload(self, headers: Headers, payload: Item) -> None:
        """Raise NotGenuine if these headers may not come with what is in the body."""

    def event_id(self, headers: Headers, payload: Item) -> str | None:
        """Return what stays the same if the vendor repeats an event, if anything."""

    def occurred_at(self, payload: Item) -> datetime | None:
        """Return when it happened, None if the event does not say so reliably."""
