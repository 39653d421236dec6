"""What rate-limit headers say (pure functions) and the gate that obeys them."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

# Both vendors advise at most five to ten requests in flight per tenant.
MAX_IN_FLIGHT = 10
# When a 429 says nothing about time. The retry transport backs off beyond that.
DEFAULT_PAUSE_SECONDS = 2.0
# A quota is refilled at the full hour: nothing sensible asks for a longer pause.
LONGEST_PAUSE_SECONDS = 3700.0
# As seconds to wait, this would be 31 years; as a Unix time, it is September 2001.
UNIX_TIMES = 1e9

EVERYTHING = "*"
_POLICY = re.compile(r'(?:"(?P<name>[^"]*)")?(?P<fields>(?:;?\s*[a-z]+=\d+)+)')


@dataclass(frozen=True)
class Pause:
    """Stop for `seconds`: this endpoint and method only, or everything."""

    seconds: float
    endpoint: bool


def read_pause(
    status: int, headers: Mapping[str, str], now: datetime | None = None
) -> Pause | None:
    """Return the pause that a reply asks for, or None.

    A 429 (or a 503 with Retry-After) pauses for `Retry-After`, else until
    `X-RateLimit-Reset`, else for two seconds; a reason with "burst" in it concerns only
    the endpoint, any other or none everything. On other replies a policy with nothing
    left (`RateLimit: "x";r=0;t=18`, `Octopus-RateLimit: r=0;t=18`) pauses for `t`.
    `Beta-*` headers announce, they don't limit.

    https://developer.atlassian.com/cloud/jira/platform/rate-limiting/
    https://octopus.com/docs/api
    """
    now = now or datetime.now(UTC)
    waits = (headers.get("Retry-After"), headers.get("X-RateLimit-Reset"))
    told = next((w for w in (_seconds(wait, now) for wait in waits) if w), None)
    if status == 429:
        reason = headers.get("RateLimit-Reason", "")
        return _pause(told or DEFAULT_PAUSE_SECONDS, endpoint="burst" in reason)
    if status == 503 and headers.get("Retry-After"):
        return _pause(told or DEFAULT_PAUSE_SECONDS, endpoint=False)
    return _exhausted_policy(headers)


def _exhausted_policy(headers: Mapping[str, str]) -> Pause | None:
    text = headers.get("RateLimit") or headers.get("Octopus-RateLimit") or ""
    pauses = []
    for policy in _POLICY.finditer(text):
        fields = dict(re.findall(r"([a-z]+)=(\d+)", policy["fields"]))
        if fields.get("r") == "0" and "t" in fields:
            burst = "burst" in (policy["name"] or "")
            pauses.append(_pause(float(fields["t"]), endpoint=burst))
    return max(pauses, key=lambda pause: pause.seconds, default=None)


def _pause(seconds: float, *, endpoint: bool) -> Pause:
    return Pause(min(seconds, LONGEST_PAUSE_SECONDS), endpoint)


def _seconds(value: str | None, now: datetime) -> float | None:
    """Read seconds, or a time: Unix, ISO 8601 (its seconds optional) or HTTP date."""
    if not value:
        return None
    if value.strip().isdecimal():
        number = float(value)
        return number if number < UNIX_TIMES else max(number - now.timestamp(), 0.0)
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = parse(value.strip())
        except ValueError:
            continue
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max((moment - now).total_seconds(), 0.0)
    return None


def endpoint_of(method: str, path: str) -> str:
    """Name an endpoint: a segment with a digit is taken for an id."""
    return f"{method} {re.sub(r'[^/]*[0-9][^/]*', '{id}', path)}"


class Gate:
    """Let at most `max_in_flight` requests through, and none during a pause.

    Nobody sleeps while holding a place: whoever finds a pause gives its place back.
    """

    def __init__(
        self,
        max_in_flight: int = MAX_IN_FLIGHT,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._places = asyncio.Semaphore(max_in_flight)
        self._clock = clock
        self._paused_until: dict[str, float] = {}

    @asynccontextmanager
    async def turn(self, endpoint: str) -> AsyncIterator[None]:
        """Hold one place for one request to `endpoint`, as `endpoint_of` names it."""
        while True:
            await self._wait(endpoint)
            async with self._places:
                if self._remaining(endpoint) <= 0:
                    yield
                    return

    def obey(self, endpoint: str, pause: Pause | None) -> None:
        """Pause `endpoint`, or everything; a shorter pause never ends a longer one."""
        if pause is None:
            return
        scope = endpoint if pause.endpoint else EVERYTHING
        until = self._clock() + pause.seconds
        self._paused_until[scope] = max(until, self._paused_until.get(scope, 0.0))

    async def _wait(self, endpoint: str) -> None:
        # The pause may grow meanwhile.
        while (seconds := self._remaining(endpoint)) > 0:  # noqa: ASYNC110
            await asyncio.sleep(seconds)

    def _remaining(self, endpoint: str) -> float:
        until = max(self._paused_until.get(s, 0.0) for s in (endpoint, EVERYTHING))
        return until - self._clock()
