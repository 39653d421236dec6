"""Verify the signatures and secrets of live events (pure functions)."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt

# Weaker methods could be forged; unknown ones can't be checked.
METHODS = {"sha256": hashlib.sha256, "sha512": hashlib.sha512}
# An event may wait here for long, and clocks are never quite the same.
CLOCKS_DIFFER = timedelta(minutes=1)
# An older token is a replay, with whatever body. Jira repeats an event for half an
# hour, "subject to change".
# https://community.developer.atlassian.com/t/new-jira-cloud-webhook-retry-policy/30554
MAX_TOKEN_AGE = timedelta(hours=12)
# A late event only causes a read, so this is more than the three days for which Jira
# keeps the events that failed:
# https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-webhooks/
MAX_AGE = timedelta(days=7)

# Port sends what a person started at once; whatever comes later is a replay.
MAX_INVOCATION_AGE = timedelta(minutes=5)
# What counts more since 1970 counts milliseconds: these seconds end in 5138.
LATEST_SECONDS = 100_000_000_000


class NotGenuine(Exception):
    """The vendor did not send this event."""

    def __init__(self, why: str = "its signature or secret is wrong or missing"):
        super().__init__(why)


class Stale(NotGenuine):
    """The vendor signed this event at a time that can't be by this machine's clock."""

    def __init__(self, signed_at: datetime, received_at: datetime) -> None:
        seconds = round((received_at - signed_at).total_seconds())
        direction = "behind" if seconds >= 0 else "ahead of"
        difference = timedelta(seconds=abs(seconds))
        super().__init__(f"its time is {difference} {direction} this machine's clock")


def derive_secret(credential: str, purpose: str) -> str:
    """Return a secret that every process with this credential computes alike.

    Nobody has to configure or remember it, and it does not reveal the credential.
    """
    return hmac.new(credential.encode(), purpose.encode(), hashlib.sha256).hexdigest()


def is_signature(header: str | None) -> bool:
    """Return whether `header` has the form of a signature, of whatever body."""
    method, _, signature = (header or "").partition("=")
    return method in METHODS and len(signature) == 2 * METHODS[method]().digest_size


def is_signed(secret: str, body: bytes, header: str | None) -> bool:
    """Return whether `header` (`sha256=<hex>`) is the HMAC of these very bytes.

    https://developer.atlassian.com/cloud/jira/platform/webhooks/
    """
    method, _, signature = (header or "").partition("=")
    if method not in METHODS:
        return False
    expected = hmac.new(secret.encode(), body, METHODS[method]).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.encode())


def check_token(secret: str, header: str | None, received_at: datetime) -> None:
    """Raise NotGenuine unless `header` (`Bearer <JWT>`) was signed by an OAuth app,
    Stale if it was, but not lately.

    `received_at` is when it came; its age counts from there.

    https://developer.atlassian.com/cloud/jira/platform/webhooks/
    """
    scheme, _, token = (header or "").partition(" ")
    if scheme not in ("Bearer", "JWT"):
        raise NotGenuine
    try:
        claims = _claims(secret, token, leeway=CLOCKS_DIFFER + _since(received_at))
    except (jwt.ExpiredSignatureError, jwt.ImmatureSignatureError):
        claims = _claims(secret, token, verifies_times=False)
        raise Stale(_signed_at(claims), received_at) from None
    except (jwt.PyJWTError, ValueError):
        raise NotGenuine from None
    signed_at = _signed_at(claims)
    if abs(received_at - signed_at) > MAX_TOKEN_AGE:
        raise Stale(signed_at, received_at)


def is_secret(secret: str, given: str | None) -> bool:
    """Compare a secret that came with an event in constant time."""
    return hmac.compare_digest(secret.encode(), (given or "").encode())


def _claims(
    secret: str,
    token: str,
    leeway: timedelta = timedelta(0),
    verifies_times: bool = True,
) -> dict[str, Any]:
    # An event is for one address only, so who it is for need not be in it.
    options: Any = {"verify_aud": False, "verify_sub": False}
    options |= {f"verify_{time}": verifies_times for time in ("exp", "iat", "nbf")}
    return jwt.decode(token, secret, ["HS256"], options=options, leeway=leeway)


def _since(moment: datetime) -> timedelta:
    return datetime.now(UTC) - moment


def _signed_at(claims: dict[str, Any]) -> datetime:
    """Return when a token was signed, or else when it expires.

    Raises NotGenuine if it says neither: it would be good for ever.
    """
    try:
        return datetime.fromtimestamp(float(claims.get("iat") or claims["exp"]), UTC)
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        raise NotGenuine("its token has no time") from None


def check_dated(
    secret: str, body: bytes, time: str | None, header: str | None, now: datetime
) -> None:
    """Raise NotGenuine unless `header` is Port's signature of these bytes and the time.

    Raises Stale if they were signed at another time than now. The header is `v1,` and
    the HMAC in Base64; the time counts seconds, or milliseconds, since 1970.

    https://docs.port.io/actions-and-automations/setup-backend/webhook/signature-verification/
    """
    signed = (time or "").encode() + b"." + body
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).digest()
    expected = b"v1," + base64.b64encode(digest)
    if not hmac.compare_digest(expected, (header or "").encode()):
        raise NotGenuine
    signed_at = _moment(time or "")
    if abs(now - signed_at) > MAX_INVOCATION_AGE:
        raise Stale(signed_at, now)


def _moment(time: str) -> datetime:
    try:
        number = float(time)
        seconds = number / 1000 if number > LATEST_SECONDS else number
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        raise NotGenuine("it has no time") from None
