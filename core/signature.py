"""Tell genuine live events from forged ones (pure functions)."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt

# Weaker methods could be forged; unknown ones can't be checked.
METHODS = {"sha256": hashlib.sha256, "sha512": hashlib.sha512}
# An event may wait here for long, and clocks are never quite the same.
CLOCKS_DIFFER = timedelta(minutes=1)


def derive_secret(credential: str, purpose: str) -> str:
    """Return a secret that every process with this credential computes alike.

    Nobody has to configure or remember it, and it does not reveal the credential.
    """
    return hmac.new(credential.encode(), purpose.encode(), hashlib.sha256).hexdigest()


def is_signed(secret: str, body: bytes, header: str | None) -> bool:
    """Tell whether `header` (`sha256=<hex>`) is the HMAC of these very bytes.

    https://developer.atlassian.com/cloud/jira/platform/webhooks/
    """
    method, _, signature = (header or "").partition("=")
    if method not in METHODS:
        return False
    expected = hmac.new(secret.encode(), body, METHODS[method]).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.encode())


def is_token(secret: str, header: str | None, received_at: datetime) -> bool:
    """Tell whether `header` (`Bearer <JWT>`) was signed with an OAuth app's secret, and
    was not too old when it came.

    https://developer.atlassian.com/cloud/jira/platform/webhooks/
    """
    scheme, _, token = (header or "").partition(" ")
    try:
        # An event is for one address only, so who it is for need not be in it.
        options: Any = {"verify_aud": False, "verify_sub": False}
        leeway = CLOCKS_DIFFER + (datetime.now(UTC) - received_at)
        jwt.decode(token, secret, ["HS256"], options=options, leeway=leeway)
    except jwt.PyJWTError:
        return False
    return scheme in ("Bearer", "JWT")


def is_secret(secret: str, given: str | None) -> bool:
    """Compare a secret that came with an event in constant time."""
    return hmac.compare_digest(secret.encode(), (given or "").encode())
