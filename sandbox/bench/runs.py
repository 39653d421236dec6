"""One run of `ocean sail` by one of the paths, and all that it has cost."""

import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sandbox.bench.meter import run
from sandbox.bench.scenarios import AGAIN, START, TOGETHER, TOTAL, WITHOUT
from sandbox.bench.stands import VENDORS, Stands
from sandbox.everything import default_kinds, write_resources
from sandbox.sail import PROGRAM, ROOT, settings_only

OURS, STOCK = "ours", "stock"
PROGRAMS = {
    OURS: PROGRAM,
    STOCK: (sys.executable, "-m", "sandbox.bench.stock", "sail", "."),
}
LOG_TAIL = 3000


class BadRun(Exception):
    """A run that did not do what is to be measured."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """What one run brought and what it took."""

    path: str
    row: str
    # Entities written; those that were new or different.
    items: int
    changes: int
    requests: dict[str, int]
    # The vendors' by route, most requests first.
    routes: dict[str, dict[str, int]]
    # How many of them a vendor with a limit refused.
    refused: dict[str, int]
    seconds: float
    # Of these, the resync alone; and from the start to the first entity in Port.
    resync_seconds: float
    first_entity_seconds: float | None
    cpu_seconds: float
    megabytes: float
    # How long the stand-ins were busy: near `seconds`, they are what is measured.
    stands_cpu_seconds: float

    @property
    def requests_per_thousand(self) -> float:
        """Return how many requests to the vendors a thousand entities took."""
        asked = sum(self.requests[vendor] for vendor in VENDORS)
        return 1000 * asked / max(self.items, 1)


def measure(
    stands: Stands, path: str, row: str, limits: dict[str, float] | None = None
) -> Run:
    """Run one row of the table by one path, the catalog being empty unless AGAIN."""
    stands.forget(catalog=row != AGAIN)
    stands.limit(limits or {})
    before, busy = stands.port(), stands.cpu_seconds()
    with _settings(stands, row) as environment:
        started = time.time()
        status, cost, log = run(PROGRAMS[path], environment, ROOT)
    busy = stands.cpu_seconds() - busy
    after = stands.port()
    if problem := _problem(status, after):
        raise BadRun(f"{row} by {path}: {problem}\n{log[-LOG_TAIL:]}")
    first = after["first_upsert_at"] if row != AGAIN else None
    states = {vendor: stands.state(vendor) for vendor in VENDORS}
    routes = {v: Counter(state["requests"]["byPattern"]) for v, state in states.items()}
    return Run(
        path=path,
        row=row,
        items=after["upserts"] - before["upserts"],
        changes=after["changes"] - before["changes"],
        requests={
            **{vendor: found.total() for vendor, found in routes.items()},
            "port": after["requests"] - before["requests"],
        },
        routes={vendor: dict(found.most_common()) for vendor, found in routes.items()},
        refused={vendor: state["refused"] for vendor, state in states.items()},
        seconds=cost.seconds,
        resync_seconds=_resync_seconds(after),
        first_entity_seconds=first - started if first else None,
        cpu_seconds=cost.cpu_seconds,
        megabytes=cost.megabytes,
        stands_cpu_seconds=busy,
    )


@contextmanager
def _settings(stands: Stands, row: str) -> Iterator[dict[str, str]]:
    """Yield the settings of a run; the mapping has the kinds of the row alone."""
    with TemporaryDirectory() as folder:
        environment = settings_only(stands.environment)
        if row not in (TOTAL, AGAIN):
            write_resources(Path(folder), kinds_of(row))
            environment["OCEAN__RESOURCES_PATH"] = folder
        yield environment


def kinds_of(row: str) -> set[str]:
    """Return the kinds that a row of the table has in its mapping."""
    if row == START:
        return set()
    if row.startswith(WITHOUT):
        return default_kinds() - {row.removeprefix(WITHOUT)}
    return {*row.split(TOGETHER)}


def _problem(status: int, port: dict[str, Any]) -> str | None:
    if status != 0:
        return f"ocean ended with status {status}"
    if port["errors"] or port["unknown_routes"]:
        return f"Port refused {port['errors']} entities"
    state = port["resyncs"]["sandbox"]["status"]
    return None if state == "completed" else f"the resync is {state}"


def _resync_seconds(port: dict[str, Any]) -> float:
    state = port["resyncs"]["sandbox"]
    begin, end = state["lastResyncStart"], state["lastResyncEnd"]
    took = datetime.fromisoformat(end) - datetime.fromisoformat(begin)
    return took.total_seconds()
