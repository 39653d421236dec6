"""The stand-ins in a process of their own, and what steers them from another one.

`python -m sandbox.bench.stands small` prints where they are and runs until its standard
input ends, hence no longer than whoever started it.
"""

import asyncio
import gc
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from sandbox.bench.meter import cpu_seconds_of
from sandbox.bench.scenarios import (
    ISSUE_SECONDS,
    PORT_SECONDS,
    SCENARIOS,
    VENDOR_SECONDS,
)
from sandbox.company import Item, build_company
from sandbox.sail import ROOT
from sandbox.servers import serve

VENDORS = ("jira", "octopus")
# Counting a large company takes a moment.
TIMEOUT_SECONDS = 60.0


@dataclass(frozen=True)
class Stands:
    """Stand-ins that another process runs."""

    pid: int
    environment: dict[str, str]
    urls: dict[str, str]
    http: httpx.Client

    def forget(self, *, catalog: bool) -> None:
        """Begin to count anew, with an empty catalog if wanted."""
        for vendor in VENDORS:
            self._ask("DELETE", vendor, "requests")
        if catalog:
            self._ask("POST", "port", "reset")
            self._ask("POST", "port", "latency", {"seconds": PORT_SECONDS})

    def limit(self, limits: dict[str, float]) -> None:
        """Give both vendors a limit by the fields of `sandbox.limits.Limit`."""
        for vendor in VENDORS:
            fields = {**limits, "shape": vendor} if limits else {}
            self._ask("POST", vendor, "limit", fields)

    def state(self, vendor: str) -> Any:
        """Return what a vendor has counted, and refused since it has a limit."""
        return self._ask("GET", vendor, "state")

    def requests(self, vendor: str) -> int:
        """Return how many requests a vendor has answered."""
        return int(self.state(vendor)["requests"]["total"])

    def port(self) -> dict[str, Any]:
        """Return what Port has counted."""
        counts: dict[str, Any] = self._ask("GET", "port", "counts")
        return counts

    def all(self, vendor: str, collection: str) -> list[Item]:
        """Return the raw items of a vendor's collection."""
        items: list[Item] = self._ask("GET", vendor, collection)
        return items

    def clear_webhooks(self) -> None:
        """Forget the webhooks that Jira was asked for."""
        for hook in self.all("jira", "webhook"):
            self._ask("DELETE", "jira", f"webhook/{hook['id']}")

    def cpu_seconds(self) -> float:
        """Return the processors' time that the stand-ins have taken so far."""
        return cpu_seconds_of(self.pid)

    def _ask(self, method: str, stand: str, what: str, body: Any = None) -> Any:
        url = f"{self.urls[stand]}/_sandbox/{what}"
        reply = self.http.request(method, url, json=body)
        reply.raise_for_status()
        return reply.json() if reply.content else None


@contextmanager
def running(scenario: str) -> Iterator[Stands]:
    """Run the stand-ins of a scenario in another process."""
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox.bench.stands", scenario],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin and process.stdout
    try:
        told = process.stdout.readline()
        if not told:
            raise RuntimeError("the stand-ins did not start")
        with httpx.Client(timeout=TIMEOUT_SECONDS) as http:
            yield Stands(process.pid, http=http, **json.loads(told))
    finally:
        process.stdin.close()
        process.wait()
        process.stdout.close()


async def main(scenario: str) -> None:
    """Serve a scenario's company until the standard input ends."""
    company = build_company(size=SCENARIOS[scenario].size)
    # It is never garbage, and looking through it takes seconds.
    gc.freeze()
    async with serve(company) as stands:
        stands.jira.faults.latency_seconds = VENDOR_SECONDS
        stands.jira.faults.latency_per_item_seconds = ISSUE_SECONDS
        stands.octopus.faults.latency_seconds = VENDOR_SECONDS
        stands.port.state.faults.latency_seconds = PORT_SECONDS
        urls = {
            "jira": stands.jira_url,
            "octopus": stands.octopus_url,
            "port": stands.port_url,
        }
        told = {"environment": stands.environment(), "urls": urls}
        print(json.dumps(told), flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
