"""Limits that a stand-in can be told to have, answered like its vendor does."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from typing import Any, Literal

# Where a limit is on the number of requests, nothing tells when one will end.
WAIT_FOR_A_PLACE_SECONDS = 1


@dataclass(kw_only=True)
class Limit:
    """Let `per_second` requests through after a burst, or `at_once` at a time.

    `shape` names the vendor whose headers and body a 429 has.
    """

    per_second: float | None = None
    burst: int = 1
    at_once: int | None = None
    shape: Literal["jira", "octopus"] = "octopus"
    clock: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        self._tokens = float(self.burst)
        self._filled_at = self.clock()
        self.refused = 0

    def ask(self, in_flight: int) -> int | None:
        """Return None for a request that may pass, else its Retry-After in seconds.

        `in_flight` counts what is being served without this one.
        """
        seconds = self._seconds(in_flight)
        self.refused += seconds is not None
        return seconds

    def _seconds(self, in_flight: int) -> int | None:
        if self.at_once is not None and in_flight >= self.at_once:
            return WAIT_FOR_A_PLACE_SECONDS
        if self.per_second is None:
            return None
        now = self.clock()
        earned = (now - self._filled_at) * self.per_second
        self._tokens, self._filled_at = min(self.burst, self._tokens + earned), now
        if self._tokens < 1:
            return ceil((1 - self._tokens) / self.per_second)
        self._tokens -= 1
        return None

    def reply(self, seconds: int) -> dict[str, Any]:
        """Return `headers` and `body` of a refusal.

        https://developer.atlassian.com/cloud/jira/platform/rate-limiting/
        https://octopus.com/docs/administration/managing-infrastructure/rate-limiting
        """
        headers = {"Retry-After": str(seconds)}
        if self.shape == "octopus":
            body = {"ErrorMessage": "Too many requests.", "Errors": []}
            return {"headers": headers, "body": body}
        headers |= {"X-RateLimit-Remaining": "0", "RateLimit-Reason": "jira-cost-based"}
        body = {"errorMessages": ["Rate limit exceeded."], "errors": []}
        return {"headers": headers, "body": body}
