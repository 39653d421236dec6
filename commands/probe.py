"""Show which mapped kinds will sync, before anything does: `make probe`.

Runs the framework's own probe, which leaves a report in `probe_reports/` and ends with
status 0 whatever it found; then tries the mapping on an item of each kind, and compares
it with the blueprints in Port. It writes nothing anywhere else. The exit statuses are
those of the program; make itself ends with 2 whenever it is not 0.
"""

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import httpx
from port_ocean.context.ocean import ocean
from port_ocean.core.defaults.common import get_port_integration_defaults
from port_ocean.core.handlers.port_app_config.models import PortAppConfig
from port_ocean.core.probe import ProbeReportingMode
from port_ocean.core.probe.reporters.file import PROBE_REPORTS_DIRECTORY
from port_ocean.run import run_probe
from pydantic.v1 import ValidationError
from rich.console import Console

from commands.check import NoStart, check_start
from commands.dry_run import try_mapping
from commands.findings import (
    NOBODY_KNOWS,
    WILL_NOT,
    WILL_SYNC,
    conclusion,
    exit_status,
    others,
    table,
)
from commands.line import command, end_with
from framework.blueprints import Blueprints, load_defaults

STATUSES = {
    WILL_SYNC: "every mapped kind will sync",
    WILL_NOT: "a mapped kind will not sync, or the mapping has mistakes",
    NOBODY_KNOWS: "that can't be known: wrong settings, or no answer",
}
# Port answers in less than a second; retries would take a minute and more.
PORT_PATIENCE_SECONDS = 10.0
LOG_LEVEL = "APPLICATION__LOG_LEVEL"

type Check = dict[str, Any]


def main() -> int:
    """Probe, print what was found, and return the exit status."""
    command("probe", __doc__, STATUSES).parse_args()
    console = Console(highlight=False)
    # What the framework logs is in the report, too.
    os.environ.setdefault(LOG_LEVEL, "CRITICAL")
    try:
        check_start()
        run_probe(reporting_mode=ProbeReportingMode.FILE)
    except NoStart as error:
        console.print(f"Not probed: {error}", markup=False, soft_wrap=True)
        return NOBODY_KNOWS
    except Exception as error:
        reason = str(error) or type(error).__name__
        console.print(f"The probe failed: {reason}", markup=False)
        return NOBODY_KNOWS
    path = max(Path(PROBE_REPORTS_DIRECTORY).glob("*.json"))
    report = json.loads(path.read_text(encoding="utf-8"))
    console.print(report["message"], markup=False, soft_wrap=True)
    if not ocean.app.base_url:
        console.print("OCEAN__BASE_URL is not set: no live events will be registered.")
    console.print(f"The report: {path}", markup=False)
    return conclude(console, report)


def conclude(console: Console, report: dict[str, Any]) -> int:
    """Try the mapping, print what all checks come to, and return the exit status."""
    try:
        mapping, tried = asyncio.run(read_and_try(console))
    except ValidationError as mistakes:
        console.print("[red]The mapping in Port has mistakes:[/]")
        for mistake in mistakes.errors():
            for part in str(mistake["msg"]).split("; resources["):
                console.print(f"  {part}", markup=False, soft_wrap=True)
        return WILL_NOT
    except (TimeoutError, httpx.HTTPError) as error:
        reason = str(error) or "no answer"
        console.print(
            f"Port could not be asked for the mapping: {reason}", markup=False
        )
        return NOBODY_KNOWS
    checks = [*report["checks"], *tried]
    console.print(table(checks, mapping, report["message"]))
    console.print(others(checks, mapping), markup=False)
    console.print(conclusion(checks, mapping))
    return exit_status(checks, mapping)


async def read_and_try(console: Console) -> tuple[PortAppConfig, list[Check]]:
    """Return the mapping, and what is found by trying it."""
    config_class = ocean.integration.AppConfigHandlerClass.CONFIG_CLASS
    blueprints = Blueprints(
        ocean.port_client, lambda: load_defaults(config_class, ocean.config)
    )
    async with asyncio.timeout(PORT_PATIENCE_SECONDS):
        mapping = await read_mapping(console)
        there = await blueprints.to_be()
    return mapping, await try_mapping(mapping, there)


async def read_mapping(console: Console) -> PortAppConfig:
    """Return the mapping that Port has, or the one that the first start will bring."""
    config_class = ocean.integration.AppConfigHandlerClass.CONFIG_CLASS
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


if __name__ == "__main__":
    end_with(main)
