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

from sandbox.bench.live import Live
from sandbox.bench.runs import OURS, STOCK, Run
from sandbox.bench.scenarios import TOGETHER

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
    table = Table(caption="x: so many times as much by the stock path")
    table.add_column("kind")
    headings = ("items", "Jira", "Octopus", "Port", "seconds", "CPU seconds", "MB")
    for heading in (*headings, "to 1st entity"):
        table.add_column(heading, justify="right")
    for row in rows:
        name = row.name.replace(TOGETHER, f"\n{TOGETHER} ")
        table.add_row(name, *_counts(row), *_measures(row))
    return table


def _counts(row: Row) -> list[str]:
    """Return what was brought and asked, with the stock path's where they differ."""
    runs = [found[-1] for path in (OURS, STOCK) if (found := row.of(path))]
    counts = [[run.items for run in runs]]
    counts += [[r.requests[to] for r in runs] for to in ("jira", "octopus", "port")]
    return ["\n".join(map(str, dict.fromkeys(told))) for told in counts]


def _measures(row: Row) -> list[str]:
    cells: list[str] = []
    for measure, digits in SHOWN.items():
        value, ratio = row.median(OURS, measure), row.ratio(measure)
        cell = "" if value is None else f"{value:.{digits}f}"
        cells.append(cell if ratio is None else f"{cell} {ratio:4.1f}x")
    return cells


def live_table_of(found: Sequence[Live]) -> Table:
    """Return what was measured of live events, one path a line."""
    table = Table(title="Live events of issues", title_justify="left")
    table.add_column("path")
    for heading in ("distinct/s", "repeated/s", "median s", "p95 s", "Jira", "Port"):
        table.add_column(heading, justify="right")
    for live in found:
        rates = (live.distinct_per_second, live.repeated_per_second)
        waits = (live.median_seconds, live.p95_seconds)
        asked = (live.requests["jira"], live.requests["port"])
        cells = [f"{value:.1f}" for value in rates]
        cells += [f"{value:.2f}" for value in waits]
        table.add_row(live.path, *cells, *(f"{value:.1f}" for value in asked))
    return table


def write(file: Path, scenario: str, rows: Sequence[Row], live: Sequence[Live]) -> None:
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
