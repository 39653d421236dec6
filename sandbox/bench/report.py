"""Medians, ratios, one table and one file of all that was measured."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

import psutil
from rich.table import Table

from sandbox.bench.ends import Ends
from sandbox.bench.live import STORM, Live
from sandbox.bench.runs import OURS, STOCK, Run
from sandbox.bench.scenarios import TOGETHER, VENDOR_SECONDS
from sandbox.bench.stands import VENDORS
from sandbox.live import numbers

# What the table shows, with decimals.
SHOWN = {"seconds": 1, "cpu_seconds": 1, "megabytes": 0, "first_entity_seconds": 1}
MEASURES = (*SHOWN, "resync_seconds", "stands_cpu_seconds")
GIGABYTE = 1e9


@dataclass(frozen=True)
class Row:
    """One row of the table: the runs of both paths."""

    name: str
    runs: tuple[Run, ...]

    def of(self, path: str) -> list[Run]:
        """Return the runs by one path."""
        return [run for run in self.runs if run.path == path]

    def median(self, path: str, measure: str) -> float | None:
        """Return the median of a measure, None if there is nothing to tell."""
        told = (getattr(run, measure) for run in self.of(path))
        values = [value for value in told if value is not None]
        return median(values) if values else None

    def ratio(self, measure: str) -> float | None:
        """Return how many times as much the stock path takes."""
        ours, stock = (self.median(path, measure) for path in (OURS, STOCK))
        return stock / ours if ours and stock else None


def rows_of(runs: Sequence[Run]) -> list[Row]:
    """Return the runs by their row, in the order in which they came."""
    names = dict.fromkeys(run.row for run in runs)
    return [Row(name, tuple(r for r in runs if r.row == name)) for name in names]


def table_of(rows: Sequence[Row]) -> Table:
    """Return our medians, each with how many times as much the stock path takes."""
    caption = (
        "x: so many times as much by the stock path; per 1,000: requests to both"
        " vendors for a thousand items"
    )
    asked = numbers("items", "Jira", "Octopus", "per 1,000", "Port")
    taken = numbers("seconds", "CPU", "MB", "to 1st entity")
    table = Table("kind", *asked, *taken, caption=caption)
    for row in rows:
        name = row.name.replace(TOGETHER, f"\n{TOGETHER} ")
        table.add_row(name, *_counts(row), *_measures(row))
    return table


def _counts(row: Row) -> list[str]:
    """Return what was brought and asked, with the stock path's where they differ."""
    runs = [found[-1] for path in (OURS, STOCK) if (found := row.of(path))]
    counts: list[list[str]] = [[f"{run.items}" for run in runs]]
    counts += [[f"{r.requests[to]}" for r in runs] for to in VENDORS]
    counts.append([f"{r.requests_per_thousand:.0f}" if r.items else "" for r in runs])
    counts.append([f"{r.requests['port']}" for r in runs])
    return ["\n".join(dict.fromkeys(told)) for told in counts]


def _measures(row: Row) -> list[str]:
    cells: list[str] = []
    for measure, digits in SHOWN.items():
        value, ratio = row.median(OURS, measure), row.ratio(measure)
        cell = "" if value is None else f"{value:.{digits}f}"
        cells.append(cell if ratio is None else f"{cell} {ratio:4.1f}x")
    return cells


def limit_table_of(runs: Sequence[Run], limits: dict[str, float]) -> Table:
    """Return what a limit of the vendors cost, one run and vendor a line."""
    columns = numbers("requests", "429", "share", "seconds", "least")
    names = ("kind", "path", "vendor")
    table = Table(*names, *columns, title="With a limit", title_justify="left")
    for run in runs:
        for vendor, refused in run.refused.items():
            asked = run.requests[vendor]
            least = _least_seconds(asked - refused, limits)
            share = f"{refused / max(asked, 1):.1%}"
            counts = (str(asked), str(refused), share)
            times = (f"{run.resync_seconds:.1f}", f"{least:.1f}")
            table.add_row(run.row, run.path, vendor, *counts, *times)
    return table


def _least_seconds(answered: int, limits: dict[str, float]) -> float:
    """Return the shortest time in which a limit lets so many requests through."""
    if "at_once" in limits:
        return answered * VENDOR_SECONDS / limits["at_once"]
    return max(answered - limits["burst"], 0) / limits["per_second"]


def live_table_of(found: Sequence[Live]) -> Table:
    """Return what was measured of live events, one path a line."""
    rates = numbers("distinct/s", "repeated/s", "deleted/s", "ms each", "ms deleted")
    others = numbers("median s", "p95 s", "Jira", "Port", "storm")
    title = f"Live events of issues; storm: requests for {STORM} about one"
    table = Table("path", *rates, *others, title=title, title_justify="left")
    for live in found:
        cells = (
            f"{live.distinct_per_second:.1f}",
            f"{live.repeated_per_second:.1f}",
            f"{live.deleted_per_second:.1f}",
            f"{live.distinct_cpu_ms:.1f}",
            f"{live.deleted_cpu_ms:.1f}",
            f"{live.median_seconds:.2f}",
            f"{live.p95_seconds:.2f}",
            f"{live.requests['jira']:.1f}",
            f"{live.requests['port']:.1f}",
        )
        table.add_row(live.path, *cells, f"{live.storm_requests}")
    return table


def write(
    file: Path,
    scenario: str,
    rows: Sequence[Row],
    live: Sequence[Live],
    ends: Ends | None,
) -> None:
    """Write everything that was measured, run by run, and what it was measured on."""
    told = {
        "scenario": scenario,
        "machine": machine(),
        "rows": {
            row.name: {
                **{p: _medians(row, p) for p in (OURS, STOCK) if row.of(p)},
                "ratio": {measure: row.ratio(measure) for measure in MEASURES},
                "runs": [asdict(run) for run in row.runs],
            }
            for row in rows
        },
        "live": [asdict(one) for one in live],
        "ends": asdict(ends) if ends else None,
    }
    file.write_text(json.dumps(told, indent=1), encoding="utf-8")


def _medians(row: Row, path: str) -> dict[str, Any]:
    last = row.of(path)[-1]
    return {
        "items": last.items,
        "changes": last.changes,
        "requests": last.requests,
        **{measure: row.median(path, measure) for measure in MEASURES},
    }


def machine() -> dict[str, Any]:
    """Return what one needs to know of the machine to compare runs on it."""
    return {
        "processors": os.cpu_count(),
        "gigabytes": round(psutil.virtual_memory().total / GIGABYTE, 1),
        "system": platform.platform(),
        "python": platform.python_version(),
    }
