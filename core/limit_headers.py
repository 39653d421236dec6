"""What the headers of a reply say about rate limits: pure functions."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

# When a 429 says nothing about time, both vendors' own clients begin with two seconds.
DEFAULT_PAUSE_SECONDS = 2.0
# As seconds to wait, this would be 31 years; as a Unix time, it is September 2001.
UNIX_TIMES = 1e9

_POLICY = re.compile(r'(?:"(?P<name>[^"]*)")?(?P<fields>(?:;?\s*[a-z]+=\d+)+)')


@dataclass(frozen=True)
class Pause:
    """Stop for `seconds`: this endpoint and method only, or everything."""

    seconds: float
    endpoint: bool


@dataclass(frozen=True)
class Allowance:
    """What a token bucket still holds, and how many tokens a second it gets."""

    remaining: int
    per_second: float


def read_pause(
    status: int, headers: Mapping[str, str], now: datetime | None = None
) -> Pause | None:
    """Return the pause that a reply asks for, or None.

    A 429 (or a 503 with Retry-After) pauses for `seconds_asked`, else for two seconds;
    a reason with "burst" in it concerns only the endpoint, any other or none
    everything. On other replies a policy with nothing left (`RateLimit: "x";r=0;t=18`)
    pauses for `t`. `Beta-*` headers announce, they don't limit.

    https://developer.atlassian.com/cloud/jira/platform/rate-limiting/
    """
    asked = seconds_asked(headers, now)
    if status == 429:
        reason = headers.get("RateLimit-Reason", "")
        return Pause(asked or DEFAULT_PAUSE_SECONDS, endpoint="burst" in reason)
    if status == 503 and headers.get("Retry-After"):
        return Pause(asked or DEFAULT_PAUSE_SECONDS, endpoint=False)
    return _exhausted_policy(headers)


def seconds_asked(
    headers: Mapping[str, str], now: datetime | None = None
) -> float | None:
    """Return how long to wait by `Retry-After`, else by `X-RateLimit-Reset`.

    A point in time is compared with the reply's own `Date`: our clock may be wrong.
    """
    now = now or _moment(headers.get("Date") or "") or datetime.now(UTC)
    waits = (headers.get("Retry-After"), headers.get("X-RateLimit-Reset"))
    return next((w for w in (_seconds(wait, now) for wait in waits) if w), None)


def read_allowance(headers: Mapping[str, str]) -> Allowance | None:
    """Return what Octopus' token bucket holds, by the headers of every reply.

    `Octopus-RateLimit: r=7;t=18` has the tokens left, and when the bucket will be full;
    `Octopus-RateLimit-Policy: l=200;rpm=600` its size and its rate a minute.

    https://octopus.com/docs/administration/managing-infrastructure/rate-limiting
    """
    left = _fields(headers.get("Octopus-RateLimit") or "").get("r")
    rate = _fields(headers.get("Octopus-RateLimit-Policy") or "").get("rpm")
    return Allowance(left, rate / 60) if left is not None and rate else None


def endpoint_of(method: str, path: str) -> str:
    """Name an endpoint: a segment with a digit is taken for an id."""
    return f"{method} {re.sub(r'[^/]*[0-9][^/]*', '{id}', path)}"


def _exhausted_policy(headers: Mapping[str, str]) -> Pause | None:
    pauses = [
        Pause(float(fields["t"]), endpoint="burst" in name)
        for name, fields in _policies(headers.get("RateLimit") or "")
        if fields.get("r") == 0 and "t" in fields
    ]
    return max(pauses, key=lambda pause: pause.seconds, default=None)


def _policies(text: str) -> Iterator[tuple[str, dict[str, int]]]:
    for policy in _POLICY.finditer(text):
        yield policy["name"] or "", _fields(policy["fields"])


def _fields(text: str) -> dict[str, int]:
    return {name: int(n) for name, n in re.findall(r"([a-z]+)=(\d+)", text)}


def _seconds(value: str | None, now: datetime) -> float | None:
    """Read seconds, or a time: Unix, ISO 8601 (its seconds optional) or HTTP date."""
    if not value:
        return None
    if value.strip().isdecimal():
        number = float(value)
        return number if number < UNIX_TIMES else max(number - now.timestamp(), 0.0)
    moment = _moment(value)
    return max((moment - now).total_seconds(), 0.0) if moment else None


def _moment(value: str) -> datetime | None:
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = parse(value.strip())
        except ValueError:
            continue
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None
