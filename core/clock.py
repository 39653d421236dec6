"""A vendor's time: told by its replies, and carried on by this machine's steady clock.

What a vendor dates must not be compared with this machine's clock, which may be wrong,
or set back at any moment.
"""

import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime


class VendorClock:
    """Knows the time at a vendor; before the first reply, that of this machine."""

    def __init__(self) -> None:
        self._told: tuple[datetime, float] | None = None

    def note(self, date: str | None) -> None:
        """Take the `Date` of a reply that has just come; it may be missing or odd.

        https://www.rfc-editor.org/rfc/rfc9110#name-date
        """
        try:
            told = parsedate_to_datetime(date or "").astimezone(UTC)
        except ValueError:
            return
        self._told = (told, time.monotonic())

    def now(self) -> datetime:
        """Return the time at the vendor, or a moment earlier: replies tell seconds."""
        if self._told is None:
            return datetime.now(UTC)
        told, at = self._told
        return told + timedelta(seconds=time.monotonic() - at)

    def here(self, moment: datetime) -> float:
        """Return when a moment at the vendor was, by this machine's monotonic clock."""
        return time.monotonic() - (self.now() - moment).total_seconds()

    def there(self, monotonic: float) -> datetime:
        """Return when a moment of the monotonic clock was, by the vendor's time."""
        return self.now() - timedelta(seconds=time.monotonic() - monotonic)
