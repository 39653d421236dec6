"""Run one resync, and end with status 0 only if Port says that it completed.

`ocean sail` alone ends with 0 after a failed resync, too.
"""

import os
import signal
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from port_ocean.config.settings import IntegrationConfiguration
from port_ocean.helpers.ssl import resolve_verify_param
from pydantic import ValidationError

Item = dict[str, Any]

ROOT = Path(__file__).resolve().parent
OCEAN = Path(sys.executable).with_name("ocean")
LISTENER = "OCEAN__EVENT_LISTENER"
TIMEOUT_SECONDS = 60.0
# After a resync of hours, a short outage of Port must not hide how it ended.
PAUSES_SECONDS = (2, 10, 60)


class NoAnswer(Exception):
    """Port doesn't tell how the resync ended."""


@dataclass(frozen=True)
class Report:
    """What Port knows of the integration: its last resync, and that of each kind."""

    state: Item = field(default_factory=dict)
    kinds: list[Item] = field(default_factory=list)


class Port:
    """Ask Port for the state of one integration."""

    def __init__(self, http: httpx.Client, settings: IntegrationConfiguration) -> None:
        self._http = http
        self._settings = settings

    def report(self) -> Report:
        """Return what Port knows, or say why it can't be known."""
        try:
            return self._ask()
        except httpx.HTTPStatusError as error:
            status, url = error.response.status_code, error.request.url
            raise NoAnswer(f"Port answers {status} to {url}") from error
        except httpx.TransportError as error:
            url = self._http.base_url
            raise NoAnswer(f"Port can't be reached at {url}: {error}") from error
        except (ValueError, KeyError) as error:
            url = self._http.base_url
            raise NoAnswer(f"What answers at {url} isn't Port: {error!r}") from error

    def patient_report(self) -> Report:
        """Return what Port knows, even if it doesn't answer at once."""
        for seconds in PAUSES_SECONDS:
            try:
                return self.report()
            except NoAnswer as error:
                print(f"{error}; asking again in {seconds} s", flush=True)
                time.sleep(seconds)
        return self.report()

    def _ask(self) -> Report:
        """Ask for the state, and for the counts of the latest resync.

        https://docs.port.io/api-reference/get-an-integration/
        https://docs.port.io/api-reference/get-an-integrations-metrics-and-sync-status/
        """
        headers = self._sign_in()
        path = f"integration/{quote(self._settings.integration.identifier, safe='')}"
        reply = self._http.get(path, headers=headers)
        if reply.status_code == httpx.codes.NOT_FOUND:  # it was never started
            return Report()
        known = reply.raise_for_status().json()["integration"]
        path = f"integration/{known.get('_id')}/syncMetrics"
        metrics = self._http.get(path, headers=headers)
        # The counts are a courtesy: a role that may not read them ends no run.
        kinds = metrics.json()["data"] if metrics.is_success else []
        return Report(known.get("resyncState") or {}, kinds)

    def _sign_in(self) -> dict[str, str]:
        port = self._settings.port
        credentials = {"clientId": port.client_id, "clientSecret": port.client_secret}
        reply = self._http.post("auth/access_token", json=credentials)
        if reply.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.NOT_FOUND):
            raise NoAnswer(
                "Port refuses the credentials: check OCEAN__PORT__CLIENT_ID,"
                " OCEAN__PORT__CLIENT_SECRET and OCEAN__PORT__BASE_URL"
            )
        token = reply.raise_for_status().json()["accessToken"]
        return {"Authorization": f"Bearer {token}"}


def read_settings() -> IntegrationConfiguration:
    """Return the settings that the integration will have, too."""
    try:
        return IntegrationConfiguration()  # type: ignore[call-arg] # environment
    except ValidationError as error:
        # The message of pydantic would show the values, secrets included.
        details = error.errors(include_input=False, include_url=False)
        names = [".".join(map(str, e["loc"])) + f": {e['msg']}" for e in details]
        raise NoAnswer(f"Settings: {'; '.join(names)}") from None


def sail() -> int:
    """Run the integration once; return its exit status."""
    parts = f"{LISTENER}__"
    usual = {k: v for k, v in os.environ.items() if not k.upper().startswith(parts)}
    # All of it, since what a file .env says of the rest would still count.
    once = {LISTENER: '{"type":"ONCE","should_resync":true}'}
    process = subprocess.Popen([OCEAN, "sail", "."], env={**usual, **once})
    for number in (signal.SIGINT, signal.SIGTERM):
        # So the integration can still tell Port that it was ended.
        signal.signal(number, lambda *_: process.terminate())
    return process.wait()


def complaint(state: Item, started: datetime) -> str | None:
    """Say why the run has failed, or return None."""
    begun = state.get("lastResyncStart")
    if not begun or datetime.fromisoformat(begun) < started:
        return "Port knows of no resync by this run"
    if state["status"] != "completed":
        return f"the resync ended as {state['status']}; the log above says why"
    return None


def summary(kinds: list[Item]) -> Iterator[str]:
    """Yield one line for each kind of the mapping."""
    layout = "{:30} {:10} {:>8} {:>8} {:>8}"
    yield layout.format("kind", "state", "read", "saved", "failed")
    for row in sorted(kinds, key=lambda row: row.get("kindIndex", 0)):
        failed = _count(row, "transform", "failed") + _count(row, "load", "failed")
        read = _count(row, "extract", "raw_extracted")
        saved = _count(row, "load", "loaded")
        yield layout.format(row["kind"], row["syncState"], read, saved, failed)


def _count(row: Item, phase: str, result: str) -> int:
    found = row["metrics"].get("phase", {})
    for name in (phase, "object_count_type", result):
        found = found.get(name, {})
    return int(found.get("object_count", 0))


def show(kinds: list[Item], earlier: list[Item]) -> None:
    """Print the counts of this run, if Port has them already."""
    runs = {row["eventId"] for row in earlier}
    # What begins with underscores are phases of the resync, no kinds.
    own = [r for r in kinds if r["eventId"] not in runs and r["kind"][:2] != "__"]
    print()
    print("\n".join(summary(own)) if own else "Port has no counts of this run yet.")


def run() -> None:
    """Run one resync; raise `NoAnswer` unless Port says that it completed."""
    settings = read_settings()
    url, verify = f"{settings.port.base_url}/v1", resolve_verify_param(
        settings.ssl.port
    )
    with httpx.Client(base_url=url, verify=verify, timeout=TIMEOUT_SECONDS) as http:
        port = Port(http, settings)
        # Whoever can't sign in now need not wait for a resync.
        before = port.report()
        started = datetime.now(UTC)
        if status := sail():
            raise NoAnswer(f"ocean sail ended with status {status}")
        after = port.patient_report()
    show(after.kinds, before.kinds)
    if problem := complaint(after.state, started):
        raise NoAnswer(problem)


def main() -> int:
    """Return the exit status of this program."""
    # The framework looks for its files, such as .env, where it is started.
    os.chdir(ROOT)
    try:
        run()
    except NoAnswer as error:
        print(f"Failed: {error}", flush=True)
        return 1
    print("The resync completed.", flush=True)
    return 0


if __name__ == "__main__":
    ArgumentParser(description=__doc__).parse_args()
    sys.exit(main())
