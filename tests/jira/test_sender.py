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
from jira import sender
from jira.sender import JIRA_SENDER

SECRET = "a secret that is long enough to sign with"
BODY = b'{"webhookEvent": "jira:issue_updated"}'
SIGNED = f"sha256={hmac.new(SECRET.encode(), BODY, hashlib.sha256).hexdigest()}"


@pytest.fixture(autouse=True)
def facts(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Have a client that signs in with an API token, and its secret."""
    found: dict[str, str] = {}
    client = SimpleNamespace(facts=found)
    monkeypatch.setattr(sender, "jira_client", lambda: client)
    monkeypatch.setattr(sender, "jira_webhook_secret", lambda: SECRET)
    return found


def is_genuine(headers: dict[str, str], body: bytes | None = BODY) -> bool:
    """Return whether headers, and the body if there is one, are accepted."""
    now = datetime.now(UTC)
    try:
        JIRA_SENDER.check_headers(headers, now)
        if body is not None:
            JIRA_SENDER.check(headers, body, now)
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


def test_under_oauth_the_token_counts_before_any_body(facts: dict[str, str]) -> None:
    facts["oauth"] = "yes"
    assert is_genuine(bearer())
    for headers in ({"x-hub-signature": SIGNED}, bearer("x" * 40), bearer(age=1e6)):
        assert not is_genuine(headers, body=None)


def test_without_a_secret_of_ours_nothing_is_genuine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sender, "jira_webhook_secret", lambda: None)
    assert not is_genuine({"x-hub-signature": SIGNED}, body=None)


def test_the_identifier_tells_repetitions() -> None:
    headers = {"x-atlassian-webhook-identifier": "6f3b"}
    assert JIRA_SENDER.event_id(headers, {}) == "6f3b"
    assert JIRA_SENDER.event_id({}, {}) is None


@pytest.mark.parametrize(
    ("timestamp", "year"),
    [(1_700_000_000_000, 2023), (0, None), (-5, None), ("x", None), (10**30, None)],
)
def test_an_event_says_when_it_happened_or_nothing(
    timestamp: Any, year: int | None
) -> None:
    found = JIRA_SENDER.occurred_at({"timestamp": timestamp})
    assert (found and found.year) == year
    assert JIRA_SENDER.occurred_at({}) is None
