"""Show the integration at work: a resync of the web shop, compared with the truth."""

import asyncio
import re
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from sandbox.company import build_company
from sandbox.everything import write_resources
from sandbox.journeys import journeys
from sandbox.live import Arrival, arrivals_table, live_part, numbers
from sandbox.sail import Voyage, sail
from sandbox.servers import Stands, serve
from sandbox.show import START, add_to
from sandbox.truth import Difference, compare

LOG_FILE = Path("demo.log")
REFRESH_SECONDS = 0.2
# Without the fonts that rich would have the reader's browser load from elsewhere.
PICTURE = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
COMPLAINTS_SHOWN = 3


async def demo(seed: int, svg: Path | None = None, *, keep: bool = False) -> int:
    """Run one resync and some live events; return 0 if the catalog is right, else 1.

    `svg` is a file that keeps what is shown as a picture. With `keep`, people can look
    at the catalog in a browser until they interrupt it.
    """
    console = Console(highlight=False, record=svg is not None)
    async with serve(build_company(seed)) as stands:
        status = await _play(console, stands)
        if keep:
            await _stay(stands)
        else:
            console.print("To look at it in a browser: make demo KEEP=1")
    if svg is not None:
        # A fixed id, so that a new picture differs only in what it shows.
        console.save_svg(
            str(svg), title="make demo", code_format=PICTURE, unique_id="demo"
        )
    return status


async def _play(console: Console, stands: Stands) -> int:
    """Show a resync and some live events; return 0 if the catalog is right, else 1."""
    console.print(
        "Stand-ins of [bold]Jira[/], [bold]Octopus Deploy[/] and [bold]Port[/] are"
        " running on this machine.\nNow the real integration: [bold]ocean sail[/],"
        " one resync of every kind.\n"
    )
    with TemporaryDirectory() as resources:
        write_resources(Path(resources))
        own = {"OCEAN__RESOURCES_PATH": resources}
        settings = {**stands.environment(), **own}
        voyage = await _watch(console, stands, settings)
        console.print(_summary(compare(stands.company, stands.port.entities)))
        console.print(_figures(stands, voyage))
        console.print(journeys(stands))
        console.print("\nNow live: things happen at Jira and Octopus Deploy.\n")
        happened, done = await live_part(stands, settings)
    console.print(arrivals_table("Live events", "in the catalog after", happened))
    console.print(arrivals_table("Actions", "seen after", done))
    differences = compare(stands.company, stands.port.entities)
    return _verdict(console, stands, voyage, differences, happened + done)


async def _stay(stands: Stands) -> None:
    """Show the catalog in a browser until somebody interrupts it."""
    add_to(stands.port.app, stands.port.state, stands.company.example.issue_key)
    print(f"\nThe catalog in a browser: {stands.port_url}{START}", flush=True)
    print("It stays until you press Ctrl+C.", flush=True)
    with suppress(asyncio.CancelledError):
        await asyncio.Event().wait()


async def serve_until_stopped(seed: int, first_port: int = 0) -> int:
    """Run the stand-ins and print the settings with which to reach them."""
    async with serve(build_company(seed), first_port) as stands:
        for name, value in stands.environment().items():
            print(f"{name}={value}", flush=True)
        await asyncio.Event().wait()
    return 0


async def _watch(console: Console, stands: Stands, settings: dict[str, str]) -> Voyage:
    """Run the integration and show what arrives meanwhile."""
    run = asyncio.ensure_future(sail(settings))
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        shown = progress.add_task("starting")
        while not run.done():
            await asyncio.wait({run}, timeout=REFRESH_SECONDS)
            arrived = {name: len(all_) for name, all_ in stands.port.entities.items()}
            latest = next((n for n in reversed(arrived) if arrived[n]), "")
            entities = sum(arrived.values())
            progress.update(shown, description=f"{entities} entities {latest}")
    return run.result()


def _summary(differences: list[Difference]) -> Table:
    figures = numbers("vendor", "catalog", "only referred to")
    table = Table("blueprint", *figures, "", title="The catalog", title_justify="left")
    for found in differences:
        sign = "[red]✗[/]" if found.complaints else "[green]✓[/]"
        referred = str(found.referred or "")
        counts = (str(found.expected), str(found.found), referred)
        table.add_row(found.blueprint, *counts, sign)
    return table


def _figures(stands: Stands, voyage: Voyage) -> str:
    return (
        f"\nRequests: Jira {stands.jira.faults.total}, Octopus Deploy"
        f" {stands.octopus.faults.total}, Port {stands.port.requests}."
        f" Time: {voyage.seconds:.1f} s, the start of the framework included.\n"
    )


def _verdict(
    console: Console,
    stands: Stands,
    voyage: Voyage,
    differences: list[Difference],
    arrivals: list[Arrival],
) -> int:
    complaints = [c for found in differences for c in found.complaints]
    complaints += [f"{a.what}: never arrived" for a in arrivals if a.seconds is None]
    complaints += [f"Port refused {error}" for error in stands.port.store.errors]
    complaints += [f"Port has no {route}" for route in stands.port.unknown_routes]
    if voyage.status != 0:
        complaints.append(f"ocean sail ended with status {voyage.status}")
    if not complaints:
        console.print("\n[green]The catalog is what Jira and Octopus Deploy hold.[/]")
        return 0
    LOG_FILE.write_text(voyage.log, encoding="utf-8")
    for complaint in complaints[:COMPLAINTS_SHOWN]:
        console.print(f"[red]✗[/] {complaint}")
    console.print(f"{len(complaints)} differences; the log is in {LOG_FILE}")
    return 1
