"""What all commands have in common: help, version, and an end without a traceback."""

import signal
import sys
import tomllib
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parents[1]
INTERRUPTED = 130
ENVIRONMENT = (
    "environment:\n  The settings of the integration, also those in a file .env:"
    " docs/configuration.md."
)


def command(
    module: str,
    description: str | None,
    statuses: Mapping[int, str],
    environment: str = ENVIRONMENT,
) -> ArgumentParser:
    """Return a parser whose help has the environment and what the exit status means."""
    ends = "\n".join(f"  {status:<4}{words}" for status, words in statuses.items())
    interrupted = f"  {INTERRUPTED:<4}it was interrupted"
    parser = ArgumentParser(
        prog=f"python -m commands.{module}",
        description=description,
        epilog=f"{environment}\n\nexit status:\n{ends}\n{interrupted}",
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=version())
    return parser


def version() -> str:
    """Return the version of this integration."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    return str(project["tool"]["poetry"]["version"])


def end_with(main: Callable[[], int]) -> NoReturn:
    """Run a command, and end the process with its status."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        status = main()
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        status = INTERRUPTED
    sys.exit(status)
