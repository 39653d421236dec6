"""What Jira posts is recognised by its signature or, under OAuth, by its token."""

import hashlib
import hmac
import time
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import jwt
import pytest

from core.signature import NotGenuine
from core.site import FIRST, Site
from jira.sender import JiraSender

SECRET = "a secret that is long enough to sign with"
BODY = b'{"webhookEvent": "jira:issue_updated"}'
SIGNED = f"sha256={hmac.new(SECRET.encode(), BODY, hashlib.sha256).hexdigest()}"


def sender(secret: str | None = SECRET, site: Site = FIRST, **facts: str) -> JiraSender:
    """Return what recognises a site's posts; it signs in with an API token."""
    api: Any = SimpleNamespace(facts=facts, site=site)
    return JiraSender(api, secret)


def is_genuine(
    headers: dict[str, str], body: bytes | None = BODY, of: JiraSender | None = None
) -> bool:
    """Return whether headers, and the body if there is one, are accepted."""
    now, asked = datetime.now(UTC), of or sender()
    try:
        asked.check_headers(headers, now)
        if body is not None:
            asked.check(headers, body, now)
    except NotGenuine:
        return False
    return True


def bearer(secret: str = SECRET, age: float = 0) -> dict[str, str]:
    token = jwt.encode({"iat": time.time() - age}, secret, algorithm="HS256")
    return {"authorization": f"Bearer {token}"}


def test_a_signed_body_is_genuine() -> None:
    assert is_genuine({"x-hub-signature": SIGNED})
    assert not is_genuine({"x-hub-signature": SIGNED}, BODY + b" ")
    assert not is_genuine({"x-hub-signature": "sha256=" + "0" * 64})


@pytest.mark.parametrize("header", ["", "sha256=0", "md5=" + "0" * 32])
def test_headers_without_a_signature_are_enough_to_refuse(header: str) -> None:
    assert not is_genuine({"x-hub-signature": header}, body=None)
    assert not is_genuine({}, body=None)
    assert not is_genuine(bearer(), body=None)


def test_under_oauth_the_token_counts_before_any_body() -> None:
    asked = sender(oauth="yes")
    assert is_genuine(bearer(), of=asked)
    for headers in ({"x-hub-signature": SIGNED}, bearer("x" * 40), bearer(age=1e6)):
        assert not is_genuine(headers, body=None, of=asked)


def test_without_a_secret_of_ours_nothing_is_genuine() -> None:
    headers = {"x-hub-signature": SIGNED}
    assert not is_genuine(headers, body=None, of=sender(None))


def test_the_identifier_tells_repetitions() -> None:
    headers = {"x-atlassian-webhook-identifier": "6f3b"}
    assert sender().event_id(headers, {}) == "6f3b"
    assert sender().event_id({}, {}) is None
    assert sender(site=Site("emea")).event_id(headers, {}) != "6f3b"


@pytest.mark.parametrize(
    ("timestamp", "year"),
    [(1_700_000_000_000, 2023), (0, None), (-5, None), ("x", None), (10**30, None)],
)
def test_an_event_says_when_it_happened_or_nothing(
    timestamp: Any, year: int | None
) -> None:
    found = sender().occurred_at({"timestamp": timestamp})
    assert (found and found.year) == year
    assert sender().occurred_at({}) is None
