"""Sign in as a service account without a key: OpenID Connect.

https://octopus.com/docs/octopus-rest-api/openid-connect/other-issuers
"""

import asyncio
import time
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import httpx

from core.connecting import GIVE_UP_AT
from core.errors import Unauthorized, Unavailable
from core.transport import READ_ONLY

TOKEN_ROUTE = "api/token/v1"
GRANT = "urn:ietf:params:oauth:grant-type:token-exchange"
SUBJECT = "urn:ietf:params:oauth:token-type:jwt"
SETTINGS = "octopusServiceAccountId and octopusIdTokenFile"
# What of a request says how long it may take.
PATIENCE = ("timeout", GIVE_UP_AT)
# A token may not expire on its way; of a short life it takes the last tenth.
MARGIN_SECONDS = 60.0
MARGIN_RATIO = 0.1


class ExchangedTokenAuth(httpx.Auth):
    """Trade an identity token for an access token, and again before that expires.

    The file is read at every exchange, for platforms put a fresh token into it now and
    then. Raises Unauthorized when Octopus refuses it, or there is none.
    """

    def __init__(self, base_url: str, account_id: str, token_file: str) -> None:
        self._url = f"{base_url.rstrip('/')}/{TOKEN_ROUTE}"
        self._account_id = account_id
        self._file = Path(token_file)
        self._lock = asyncio.Lock()
        self._token = ""
        self._good_until = 0.0

    async def async_auth_flow(
        self, request: httpx.Request
    ) -> AsyncGenerator[httpx.Request, httpx.Response]:
        used = ""
        for _ in range(2):  # the server may have forgotten a token before its time
            async with self._lock:  # one exchange for all who wait for it
                if self._token == used or time.monotonic() >= self._good_until:
                    response = yield self._exchange(request)
                    await response.aread()
                    self._keep(response)
                used = self._token
            request.headers["Authorization"] = f"Bearer {used}"
            response = yield request
            if response.status_code != 401:
                return

    def _exchange(self, before: httpx.Request) -> httpx.Request:
        """Return the request for a token, as patient as what it comes before."""
        try:
            identity = self._file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeError) as error:
            raise Unauthorized(f"octopusIdTokenFile can't be read: {error}") from None
        body = {
            "grant_type": GRANT,
            "audience": self._account_id,
            "subject_token_type": SUBJECT,
            "subject_token": identity,
        }
        alike = {k: v for k, v in before.extensions.items() if k in PATIENCE}
        extensions: dict[str, Any] = {**READ_ONLY, **alike}
        return httpx.Request("POST", self._url, json=body, extensions=extensions)

    def _keep(self, response: httpx.Response) -> None:
        what = f"Octopus Deploy: POST {TOKEN_ROUTE}: {response.status_code}"
        if response.status_code == 429 or response.status_code >= 500:
            raise Unavailable(what, status=response.status_code)
        try:
            reply = response.json()
            self._token = str(reply["access_token"])
            life = float(reply["expires_in"])
        except (ValueError, KeyError, TypeError):
            message = f"{what} {_reason(response)}".strip()
            raise Unauthorized(
                f"{message}. The identity token is not accepted: check {SETTINGS}",
                status=response.status_code,
            ) from None
        margin = min(MARGIN_SECONDS, life * MARGIN_RATIO)
        self._good_until = time.monotonic() + life - margin


def _reason(response: httpx.Response) -> str:
    """Return the error in words; a reply of any other shape may hold the token."""
    try:
        reply = response.json()
    except ValueError:
        return ""
    known = ("error", "error_description", "ErrorMessage")
    words = [reply.get(name) for name in known] if isinstance(reply, dict) else []
    return " ".join(str(word) for word in words if word)
