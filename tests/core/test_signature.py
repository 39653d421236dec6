"""Only what the vendor signed, byte for byte, is genuine."""

import hashlib
import hmac
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.signature import derive_secret, is_secret, is_signed, is_token

# https://developer.atlassian.com/cloud/jira/platform/webhooks/
SECRET = "It's a Secret to Everybody"
BODY = b"Hello World!"
SIGNATURE = "a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9"


def sign(body: bytes, method: str = "sha256", secret: str = SECRET) -> str:
    return f"{method}={hmac.new(secret.encode(), body, method).hexdigest()}"


def test_the_documented_signature_is_accepted() -> None:
    assert is_signed(SECRET, BODY, f"sha256={SIGNATURE}")


def test_a_stronger_method_is_accepted() -> None:
    assert is_signed(SECRET, BODY, sign(BODY, "sha512"))


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        SIGNATURE,
        "sha256=",
        f"sha256={SIGNATURE[:-1]}0",
        f"SHA256={SIGNATURE}",
        sign(BODY, "sha1"),
        sign(BODY, "md5"),
        sign(BODY, secret="another"),
        "sha256=ü",
    ],
)
def test_anything_else_is_refused(header: str | None) -> None:
    assert not is_signed(SECRET, BODY, header)


def test_the_same_json_in_other_bytes_is_refused() -> None:
    body = '{"b": "ü", "a": 1}'.encode()
    again = json.dumps(json.loads(body), sort_keys=True).encode()
    assert is_signed(SECRET, body, sign(body))
    assert not is_signed(SECRET, again, sign(body))


@given(st.binary(), st.text(min_size=1))
def test_every_signed_body_is_accepted_and_no_other(body: bytes, secret: str) -> None:
    header = f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"
    assert is_signed(secret, body, header)
    assert not is_signed(secret, body + b" ", header)


@pytest.mark.parametrize("given_", [None, "", "secre", "secret ", "Secret", "ü"])
def test_a_wrong_secret_is_refused(given_: str | None) -> None:
    assert not is_secret("secret", given_)


def test_the_right_secret_is_accepted() -> None:
    assert is_secret("sécret", "sécret")


def test_a_derived_secret_depends_on_credential_and_purpose_only() -> None:
    first = derive_secret("token", "jira webhook of shop")
    assert first == derive_secret("token", "jira webhook of shop")
    assert first != derive_secret("other", "jira webhook of shop")
    assert first != derive_secret("token", "octopus webhook of shop")
    assert "token" not in first


APP_SECRET = "the secret of an OAuth app, long enough to sign with"


NOW = time.time()


def token(secret: str = APP_SECRET, **claims: Any) -> str:
    return jwt.encode({"iss": "jira", **claims}, secret, algorithm="HS256")


@pytest.mark.parametrize(
    "claims", [{}, {"exp": NOW + 3600}, {"iat": NOW + 5}, {"sub": 7, "aud": "x"}]
)
def test_what_the_app_signed_is_accepted(claims: dict[str, Any]) -> None:
    assert is_token(APP_SECRET, f"Bearer {token(**claims)}", datetime.now(UTC))


def test_a_token_that_grew_old_while_its_event_waited_is_accepted() -> None:
    header = f"Bearer {token(iat=NOW - 3700, exp=NOW - 3500)}"
    came = datetime.now(UTC) - timedelta(seconds=3600)
    assert is_token(APP_SECRET, header, came)
    assert not is_token(APP_SECRET, header, came + timedelta(seconds=300))


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer x.y.z",
        token(),
        f"Basic {token()}",
        f"Bearer {token('another secret that is long enough to sign')}",
        f"Bearer {token(exp=time.time() - 3600)}",
        f"Bearer {jwt.encode({'iss': 'jira'}, '', algorithm='none')}",
    ],
)
def test_any_other_token_is_forged(header: str | None) -> None:
    assert not is_token(APP_SECRET, header, datetime.now(UTC))
