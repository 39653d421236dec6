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

from core.signature import (
    CLOCKS_DIFFER,
    MAX_TOKEN_AGE,
    NotGenuine,
    Stale,
    check_token,
    derive_secret,
    is_secret,
    is_signature,
    is_signed,
)

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


def is_token(header: str | None, received_at: datetime | None = None) -> bool:
    try:
        check_token(APP_SECRET, header, received_at or datetime.now(UTC))
    except NotGenuine:
        return False
    return True


@pytest.mark.parametrize(
    "claims",
    [
        {"iat": NOW},
        {"exp": NOW + 3600},
        {"iat": NOW + 5},
        {"iat": NOW - 6 * 3600},
        {"sub": 7, "aud": "x", "iat": NOW},
    ],
)
def test_what_the_app_signed_is_accepted(claims: dict[str, Any]) -> None:
    assert is_token(f"Bearer {token(**claims)}")


def test_a_token_that_grew_old_while_its_event_waited_is_accepted() -> None:
    now = time.time()
    header = f"Bearer {token(iat=now - 3700, exp=now - 3500)}"
    came = datetime.fromtimestamp(now, UTC) - timedelta(seconds=3600)
    assert is_token(header, came)
    assert not is_token(header, came + timedelta(seconds=300))


# The tokens carry the present, so they can't name the tests.
FORGED = {
    "none": None,
    "empty": "",
    "no token": "Bearer",
    "no JWT": "Bearer x.y.z",
    "no scheme": token(iat=NOW),
    "another scheme": f"Basic {token(iat=NOW)}",
    "another secret": (
        f"Bearer {token('another secret that is long enough to sign', iat=NOW)}"
    ),
    "unsigned": f"Bearer {jwt.encode({'iat': 1}, '', algorithm='none')}",
    "good for ever": f"Bearer {token()}",
    "no moment": f"Bearer {token(iat='soon')}",
    "no end": f"Bearer {token(exp=1e300)}",
}


@pytest.mark.parametrize("header", FORGED.values(), ids=FORGED)
def test_any_other_token_is_forged(header: str | None) -> None:
    with pytest.raises(NotGenuine) as caught:
        check_token(APP_SECRET, header, datetime.now(UTC))
    assert not isinstance(caught.value, Stale)


@pytest.mark.parametrize(
    ("claims", "difference"),
    [
        ({"iat": NOW + 7200}, "2:00:00 ahead of"),
        ({"iat": NOW - 7200, "exp": NOW - 3600}, "2:00:00 behind"),
        ({"iat": NOW - 86_400}, "1 day, 0:00:00 behind"),
        ({"iat": NOW - 86_400, "exp": NOW + 86_400}, "1 day, 0:00:00 behind"),
        ({"exp": NOW + 172_800}, "2 days, 0:00:00 ahead of"),
        ({"iat": NOW, "nbf": NOW + 7200}, "0:00:00 behind"),
    ],
)
def test_row_e8_the_age_of_a_token_is_limited_in_any_case(
    claims: dict[str, Any], difference: str
) -> None:
    with pytest.raises(Stale, match=f"its time is {difference}"):
        check_token(
            APP_SECRET, f"Bearer {token(**claims)}", datetime.fromtimestamp(NOW, UTC)
        )


@given(st.timedeltas(-MAX_TOKEN_AGE * 3, MAX_TOKEN_AGE * 3))
def test_no_token_is_accepted_for_longer_than_its_age(waited: timedelta) -> None:
    now = datetime.now(UTC)
    header = f"Bearer {token(iat=(now - waited).timestamp())}"
    if waited > MAX_TOKEN_AGE or waited < -2 * CLOCKS_DIFFER:
        assert not is_token(header, now)
    elif waited > timedelta(0):
        assert is_token(header, now)


@given(st.binary(), st.text())
def test_only_what_has_the_form_of_a_signature_can_be_one(
    body: bytes, text: str
) -> None:
    assert is_signature(sign(body)) and is_signature(sign(body, "sha512"))
    assert is_signature(text) or not is_signed(SECRET, body, text)
    assert not is_signature(sign(body, "sha1")) and not is_signature(None)
