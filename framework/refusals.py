"""Count what is refused at the door, and tell it in one line a minute.

Uvicorn would log each request, and the framework two lines more.
"""

import asyncio
import logging
from collections import Counter
from dataclasses import dataclass

from loguru import logger

from framework.live_metrics import TURNED_AWAY

SECONDS_BETWEEN_LINES = 60.0
# Which of Uvicorn's arguments are the path and the status, in its line of a request.
PATH, STATUS = 2, 4


@dataclass(frozen=True)
class Reason:
    """Why a post is refused: its name in the metrics, in words, and the answer."""

    name: str
    words: str
    status: int
    headers: tuple[tuple[bytes, bytes], ...] = ()


METHOD = Reason("method", "not posted", 405, ((b"allow", b"POST"),))
PLACE = Reason("path", "to a path that is not served", 404)
GENUINE = Reason("signature", "with a wrong or missing signature or secret", 401)
AGE = Reason("age", "too old, or from a clock that differs", 401)
SIZE = Reason("size", "larger than the vendor's maximum", 413)
SLOW = Reason("slow", "too slow", 408)
FORM = Reason("form", "not a JSON object, or nested too deeply", 400)
# Both vendors' events are found again: Jira repeats them, Octopus' log is polled.
BUSY = Reason("busy", "while too many waited", 503, ((b"retry-after", b"60"),))
FAILED = Reason("failed", "that could not be queued", 503, BUSY.headers)
# The vendor does not know that it was accepted, and should not try again.
REPEATED = Reason("repeated", "accepted before", 200)
REASONS = (METHOD, PLACE, GENUINE, AGE, SIZE, SLOW, FORM, BUSY, FAILED)


class Refused(Exception):
    """A post is not let in."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(reason.words)
        self.reason, self.detail = reason, detail


class Refusals:
    """Counts refused posts by reason, in `/metrics` and in the log.

    The first one is logged at once, those that follow together after a minute.
    """

    def __init__(self, begins: str = "Live events refused:") -> None:
        """Take how the line in the log begins."""
        self._begins = begins
        self._counts: Counter[str] = Counter()
        self._details: dict[str, str] = {}
        self._timer: asyncio.TimerHandle | None = None

    def count(self, path: str, refused: Refused) -> None:
        """Count a refused post; `path` is one of ours, or empty."""
        reason = refused.reason
        TURNED_AWAY.labels(path, reason.name).inc()
        self._counts[reason.words] += 1
        if refused.detail:
            self._details[reason.words] = refused.detail
        if self._timer is None:
            self._tell()

    def _tell(self) -> None:
        self._timer = None
        if not self._counts:
            return
        parts = [self._part(*counted) for counted in self._counts.most_common()]
        logger.warning(f"{self._begins} {'; '.join(parts)}")
        self._counts.clear()
        self._details.clear()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(SECONDS_BETWEEN_LINES, self._tell)

    def _part(self, words: str, count: int) -> str:
        detail = self._details.get(words)
        return f"{count} {words}" + (f" (the last one: {detail})" if detail else "")


class NoRefusals(logging.Filter):
    """Leaves what is refused out of Uvicorn's log of requests."""

    def __init__(self, prefix: str) -> None:
        super().__init__()
        self._prefix = prefix

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a line about a request is to be logged."""
        args = record.args
        if not isinstance(args, tuple) or len(args) <= STATUS:
            return True
        status = args[STATUS]
        is_ours = str(args[PATH]).startswith(self._prefix)
        return not (is_ours and status in {reason.status for reason in REASONS})


def keep_out_of_request_log(prefix: str) -> None:
    """Leave refused posts below a path out of Uvicorn's log of requests."""
    logging.getLogger("uvicorn.access").addFilter(NoRefusals(prefix))
