"""Command line of `make bench`."""

import argparse
import asyncio
import signal
import sys
from collections.abc import Sequence
from itertools import product
from pathlib import Path

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from sandbox.bench.ends import Ends, ends_table_of, measure_ends
from sandbox.bench.live import Live, measure_live
from sandbox.bench.report import limit_table_of, live_table_of, rows_of, table_of, write
from sandbox.bench.runs import OURS, PROGRAMS, BadRun, Run, measure
from sandbox.bench.scenarios import AGAIN, SCENARIOS, START, TOGETHER, TOTAL, WITHOUT
from sandbox.bench.stands import Stands, running
from sandbox.everything import EXAMPLES

ALL = "all"
# Where nobody says how wide a line may be.
FILE_WIDTH = 120
# What a limit lets through at once unless told otherwise.
DEFAULT_BURST = 2


def main(given: Sequence[str] | None = None) -> int:
    """Measure what the arguments say; return the exit status."""
    arguments = _parser().parse_args(given)
    rows = arguments.kinds or list(SCENARIOS[arguments.size].rows)
    if ALL in rows:
        rows = [START, *known_kinds(), TOTAL, AGAIN]
    if unknown := _unknown(rows):
        print(f"There is no kind {', '.join(unknown)}", file=sys.stderr)
        return 2
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = FILE_WIDTH
    try:
        with running(arguments.size) as stands:
            stands.environment.update(one.split("=", 1) for one in arguments.set)
            runs = measure_all(console, stands, rows, arguments)
            live, ends = measure_live_events(console, stands, arguments)
    except BadRun as problem:
        console.print(f"[red]✗[/] {problem}", markup=True)
        return 1
    found = rows_of(runs)
    console.print(table_of(found))
    if arguments.limit:
        console.print(limit_table_of(runs, arguments.limit))
    if live:
        console.print(live_table_of(live))
    if ends:
        console.print(ends_table_of(ends))
    write(arguments.json, arguments.size, found, live, ends)
    console.print(f"Everything that was measured is in {arguments.json}.")
    return 0


def measure_all(
    console: Console, stands: Stands, rows: list[str], arguments: argparse.Namespace
) -> list[Run]:
    """Run every row by every path in turn, again and again."""
    runs: list[Run] = []
    # What comes again must come right after the first time.
    parts = {row: [row] for row in rows if row != AGAIN}
    if AGAIN in rows and TOTAL in parts:
        parts[TOTAL].append(AGAIN)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        shown = progress.add_task("")
        turns = range(1, arguments.repeat + 1)
        for turn, own, path in product(turns, parts.values(), paths_of(arguments)):
            for part in own:
                where = f"{turn}/{arguments.repeat}"
                progress.update(shown, description=f"{where} {part} {path}")
                runs.append(measure(stands, path, part, arguments.limit))
    return runs


def measure_live_events(
    console: Console, stands: Stands, arguments: argparse.Namespace
) -> tuple[list[Live], Ends | None]:
    """Send live events to every path, and let deployments end at once, if wanted."""
    found: list[Live] = []
    if not arguments.live:
        return found, None
    for path in paths_of(arguments):
        with console.status(f"live events {path}"):
            scenario = SCENARIOS[arguments.size]
            found.append(asyncio.run(measure_live(stands, path, scenario)))
    with console.status("deployments that end at once"):
        return found, asyncio.run(measure_ends(stands))


def paths_of(arguments: argparse.Namespace) -> list[str]:
    """Return what is to be compared."""
    # With a limit, the time that it allows is the measure.
    alone = arguments.ours or arguments.limit
    return [OURS] if alone else list(PROGRAMS)


def limit_of(text: str) -> dict[str, float]:
    """Read "3" or "3/5", requests a second and their burst, or "2@" at a time."""
    if text.endswith("@"):
        return {"at_once": int(text[:-1])}
    rate, _, burst = text.partition("/")
    return {"per_second": float(rate), "burst": int(burst or DEFAULT_BURST)}


def known_kinds() -> list[str]:
    """Return every kind that has an example."""
    return sorted(folder.name for folder in EXAMPLES.iterdir())


def _unknown(rows: list[str]) -> list[str]:
    known = {*known_kinds(), START, TOTAL, AGAIN}
    named = [row.removeprefix(WITHOUT) for row in rows]
    kinds = [kind for row in named for kind in row.split(TOGETHER)]
    return [kind for kind in kinds if kind not in known]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    add = parser.add_argument
    add("--size", choices=SCENARIOS, default="small", help="how large a company")
    add(
        "--kinds",
        type=lambda text: [kind for kind in text.split(",") if kind],
        default=[],
        help="rows: kinds, kind+kind, start, total, total-kind, again, or all",
    )
    add("--repeat", type=int, default=1, help="how often; medians are shown")
    add("--ours", action="store_true", help="leave the stock path out")
    add(
        "--limit",
        type=limit_of,
        default={},
        help="vendors allow 3 a second, 3/5 with a burst of five, or 2@ at a time",
    )
    add(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a setting for both paths, such as APPLICATION__LOG_LEVEL=WARNING",
    )
    add("--live", action="store_true", help="measure live events, too")
    add("--json", type=Path, default=Path("bench.json"), help="where to write")
    return parser


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    raise SystemExit(main())
