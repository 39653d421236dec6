"""Ask Port for the state of this integration, and whether the credentials are good."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from threading import Thread
from typing import Any
from urllib.parse import quote

import httpx
from port_ocean.config.settings import IntegrationConfiguration
from port_ocean.helpers.ssl import resolve_verify_param

from commands.addresses import PATIENCE_SECONDS, reason

type Item = dict[str, Any]

TIMEOUT_SECONDS = 60.0
# After a resync of hours, a short outage of Port must not hide how it ended.
RETRY_PAUSES_SECONDS = (2, 10, 60)
# How Port's API answers wrong credentials; see docs/permissions.md.
REFUSALS = (httpx.codes.UNAUTHORIZED, httpx.codes.NOT_FOUND)


# How it answers a document that does not fit.
UNFIT = (
    httpx.codes.BAD_REQUEST,
    httpx.codes.CONFLICT,
    httpx.codes.UNPROCESSABLE_ENTITY,
)
MOST_LETTERS = 300


class Refused(Exception):
    """Port does not take what was sent; the message is its own."""


class NoAnswer(Exception):
    """Port doesn't say what it was asked for; the message says why."""


class Port:
    """Ask Port for the state of one integration."""

    def __init__(self, http: httpx.Client, settings: IntegrationConfiguration) -> None:
        self._http = http
        self._settings = settings
        self._headers: dict[str, str] = {}

    def check(self) -> Item:
        """Return the state of the last resync, or say soon why it can't be known."""
        try:
            return within(PATIENCE_SECONDS, self.state)
        except TimeoutError as error:
            raise NoAnswer(
                f"Port can't be reached at {self._where}: {reason(error)}"
            ) from error

    def state(self) -> Item:
        """Return the state of the last resync, or say why it can't be known."""
        return self.integration().get("resyncState") or {}

    def integration(self) -> Item:
        """Return what Port knows of this integration, nothing if it never started.

        https://docs.port.io/api-reference/get-an-integration/
        """
        self._headers = {}  # after a resync of hours, a token is no longer good
        path = f"integration/{quote(self._settings.integration.identifier, safe='')}"
        found = self.ask("GET", path)
        return found["integration"] if found else {}

    def ask(self, method: str, path: str, body: Item | None = None) -> Item | None:
        """Return what Port answers, None for a 404; raises NoAnswer, Refused."""
        try:
            self._headers = self._headers or self._sign_in()
            reply = self._http.request(method, path, json=body, headers=self._headers)
            if reply.status_code in UNFIT:
                raise Refused(reply.text[:MOST_LETTERS])
            if reply.status_code == httpx.codes.NOT_FOUND:
                return None
            answer = reply.raise_for_status().json()
            if not isinstance(answer, dict):
                raise TypeError("it is no object")
            return answer
        except httpx.HTTPStatusError as error:
            status, asked = error.response.status_code, error.request.url
            raise NoAnswer(f"Port answers {status} to {asked}") from error
        except httpx.TransportError as error:
            why = reason(error, TIMEOUT_SECONDS)
            raise NoAnswer(f"Port can't be reached at {self._where}: {why}") from error
        except (ValueError, KeyError, TypeError) as error:
            raise NoAnswer(f"What answers at {self._where} isn't Port") from error

    @property
    def _where(self) -> str:
        url = str(self._http.base_url).removesuffix("/v1/")
        return f"{url} (OCEAN__PORT__BASE_URL)"

    def state_with_retries(self) -> Item:
        """Return the state of the last resync; retry if Port doesn't answer at once."""
        for seconds in RETRY_PAUSES_SECONDS:
            try:
                return self.state()
            except NoAnswer as error:
                print(f"{error}; retrying in {seconds} s", flush=True)
                time.sleep(seconds)
        return self.state()

    def _sign_in(self) -> dict[str, str]:
        port = self._settings.port
        credentials = {"clientId": port.client_id, "clientSecret": port.client_secret}
        reply = self._http.post("auth/access_token", json=credentials)
        if reply.status_code in REFUSALS:
            raise NoAnswer(
                "Port refuses the credentials: check OCEAN__PORT__CLIENT_ID,"
                " OCEAN__PORT__CLIENT_SECRET and OCEAN__PORT__BASE_URL"
            )
        token = reply.raise_for_status().json()["accessToken"]
        return {"Authorization": f"Bearer {token}"}


def within[T](seconds: float, call: Callable[[], T]) -> T:
    """Return what a call returns; raises TimeoutError if it takes longer.

    A client's own time-out counts for each address of a host, and not for its name.
    """
    found: Future[T] = Future()

    def run() -> None:
        try:
            found.set_result(call())
        except Exception as error:
            found.set_exception(error)

    Thread(target=run, daemon=True).start()
    return found.result(seconds)


@contextmanager
def open_port(settings: IntegrationConfiguration) -> Iterator[Port]:
    """Yield a client of the Port that the settings name."""
    url, tls = f"{settings.port.base_url}/v1", resolve_verify_param(settings.ssl.port)
    with httpx.Client(base_url=url, verify=tls, timeout=TIMEOUT_SECONDS) as http:
        yield Port(http, settings)
