"""Show which mapped kinds will sync, before anything does: `make probe`.

Runs the framework's own probe, which leaves a report in `probe_reports/` and ends with
status 0 whatever it found, and reads that report for people and for scripts. Ends with
0 when every kind of the mapping will sync, with 1 when one will not, and with 2 when
that could not be found out. The settings are those of `ocean sail`, `.env` included.
"""

import asyncio
import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import httpx
from port_ocean.context.ocean import ocean
from port_ocean.core.defaults.common import get_port_integration_defaults
from port_ocean.core.handlers.port_app_config.models import (
    PortAppConfig,
    ResourceConfig,
)
from port_ocean.core.probe import ProbeCheckStatus, ProbeReportingMode
from port_ocean.core.probe.reporters.file import PROBE_REPORTS_DIRECTORY
from port_ocean.run import run_probe
from pydantic.v1 import ValidationError
from rich.console import Console
from rich.table import Table

from core.probe import DENIED, GRANTED, NOT_SET_UP, UNKNOWN, WORST_FIRST, shorten

WILL_SYNC, WILL_NOT, NOBODY_KNOWS = 0, 1, 2
SIGNS = {GRANTED: "[green]✓[/]", DENIED: "[red]✗[/]", UNKNOWN: "[yellow]?[/]"}
# Port answers in less than a second; retries would take a minute and more.
PORT_PATIENCE_SECONDS = 10.0

type Check = dict[str, Any]


def main() -> int:
    """Probe, print what was found, and return the exit status."""
    console = Console(highlight=False)
    try:
        run_probe(log_level="ERROR", reporting_mode=ProbeReportingMode.FILE)
    except Exception as error:
        console.print(f"The probe failed: {error}", markup=False)
        return NOBODY_KNOWS
    path = max(Path(PROBE_REPORTS_DIRECTORY).glob("*.json"))
    report = json.loads(path.read_text(encoding="utf-8"))
    console.print(report["message"], markup=False)
    if not ocean.app.base_url:
        console.print("OCEAN__BASE_URL is not set: no live events will be registered.")
    console.print(f"The report: {path}", markup=False)
    try:
        mapping = asyncio.run(read_mapping(console))
    except ValidationError as mistakes:
        console.print(f"The mapping in Port has mistakes: {mistakes}", markup=False)
        return WILL_NOT
    except (TimeoutError, httpx.HTTPError) as error:
        reason = str(error) or "no answer"
        console.print(
            f"Port could not be asked for the mapping: {reason}", markup=False
        )
        return NOBODY_KNOWS
    return conclude(console, report["checks"], mapping)


def conclude(console: Console, checks: list[Check], mapping: PortAppConfig) -> int:
    """Print what the checks come to, and return the exit status."""
    checks = [*checks, *unknown_spaces(checks, mapping)]
    console.print(table(checks, mapping))
    console.print(conclusion(checks, mapping))
    return exit_status(checks, mapping)


async def read_mapping(console: Console) -> PortAppConfig:
    """Return the mapping that Port has, or the one that the first start will bring."""
    config_class = ocean.integration.AppConfigHandlerClass.CONFIG_CLASS
    async with asyncio.timeout(PORT_PATIENCE_SECONDS):
        try:
            found = await ocean.port_client.get_current_integration(should_log=False)
        except httpx.HTTPStatusError as error:
            if error.response.status_code != httpx.codes.NOT_FOUND:
                raise
            found = {}
    if found.get("config"):
        console.print("The mapping: the one in Port.")
        return config_class.parse_obj(found["config"])
    console.print("The mapping: the default one, for Port has none yet.")
    defaults = get_port_integration_defaults(config_class, ocean.config.resources_path)
    return (defaults and defaults.port_app_config) or config_class()


def exit_status(checks: list[Check], mapping: PortAppConfig) -> int:
    """Return what the checks of mapped kinds come to."""
    if kinds_that(DENIED, checks, mapping):
        return WILL_NOT
    return NOBODY_KNOWS if kinds_that(UNKNOWN, checks, mapping) else WILL_SYNC


def conclusion(checks: list[Check], mapping: PortAppConfig) -> str:
    """Say the same in words."""
    denied = kinds_that(DENIED, checks, mapping)
    unsure = kinds_that(UNKNOWN, checks, mapping)
    parts = [f"[red]Will not sync: {', '.join(denied)}.[/]"] if denied else []
    parts += [f"[yellow]Not known: {', '.join(unsure)}.[/]"] if unsure else []
    return " ".join(parts) or "[green]Every mapped kind will sync.[/]"


def kinds_that(
    status: ProbeCheckStatus, checks: list[Check], mapping: PortAppConfig
) -> list[str]:
    """Return the mapped kinds of a status; a product without settings is a choice."""
    found = [c for c in checks if c["status"] == status and not is_not_set_up(c)]
    return sorted({c["kind"] for c in found if is_mapped(c, mapping)})


def is_not_set_up(check: Check) -> bool:
    """Tell whether the kind belongs to a product without settings."""
    return str(check["message"]).endswith(NOT_SET_UP)


def is_mapped(check: Check, mapping: PortAppConfig) -> bool:
    """Tell whether the mapping asks for the kind, in the space if it has one."""
    return any(
        not (wanted := wanted_spaces(resource))
        or not check["scopes"]
        or not wanted.isdisjoint(names_in(check))
        for resource in mapping.resources
        if resource.kind == check["kind"]
    )


def wanted_spaces(resource: ResourceConfig) -> set[str]:
    """Return the spaces that a selector names; none means all."""
    return {name.casefold() for name in getattr(resource.selector, "spaces", [])}


def names_in(check: Check) -> set[str]:
    """Return everything by which a selector may name the check's space."""
    return {str(name).casefold() for name in check["scopes"].values()}


def unknown_spaces(checks: list[Check], mapping: PortAppConfig) -> list[Check]:
    """Return a failed check for each resource that names a space which nobody sees."""
    known = {name for check in checks for name in names_in(check)}
    return [
        {
            "kind": resource.kind,
            "status": DENIED,
            "scopes": {},
            "message": f"selector.spaces names what is not visible: {shorten(wrong)}",
        }
        for resource in mapping.resources
        if known and (wrong := sorted(wanted_spaces(resource) - known))
    ]


def table(checks: list[Check], mapping: PortAppConfig) -> Table:
    """Return one row for each different finding about a kind."""
    shown = Table(box=None, pad_edge=False)
    for heading in ("", "kind", "mapped", "where", "finding"):
        shown.add_column(heading, overflow="fold")
    for group in _groups(checks):
        first = group[0]
        mapped = "yes" if any(is_mapped(c, mapping) for c in group) else ""
        where = _where(group, checks)
        shown.add_row(
            SIGNS[first["status"]], first["kind"], mapped, where, first["message"]
        )
    known = {check["kind"] for check in checks}
    for kind in sorted({resource.kind for resource in mapping.resources} - known):
        shown.add_row(SIGNS[UNKNOWN], kind, "yes", "", "A kind of your own: not probed")
    return shown


def _groups(checks: Iterable[Check]) -> list[list[Check]]:
    """Return the checks that say the same about a kind together, the worst first."""
    groups: dict[tuple[str, str, str], list[Check]] = {}
    for check in checks:
        if not is_not_set_up(check):
            key = (check["kind"], check["status"], check["message"])
            groups.setdefault(key, []).append(check)
    return sorted(groups.values(), key=lambda g: WORST_FIRST.index(g[0]["status"]))


def _where(group: list[Check], checks: list[Check]) -> str:
    of_kind = sum(check["kind"] == group[0]["kind"] for check in checks)
    spaces = [check["scopes"]["space"] for check in group if check["scopes"]]
    everywhere = spaces and len(spaces) == of_kind
    return "every space" if everywhere else shorten(spaces)


if __name__ == "__main__":
    ArgumentParser(prog="python -m probe", description=__doc__).parse_args()
    sys.exit(main())
