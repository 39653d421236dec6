"""Command line: `python -m sandbox demo`, `serve` or `reference`."""

import argparse
import asyncio
from pathlib import Path

from sandbox.demo import demo, serve_until_stopped
from sandbox.reference import write


def main() -> int:
    """Run a command and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--seed", type=int, default=7, help="another company")
    commands = parser.add_subparsers(dest="command", required=True)
    shown = "run the real integration against the stand-ins"
    picture = commands.add_parser("demo", help=shown)
    picture.add_argument("--svg", type=Path, help="keep what is shown as a picture")
    commands.add_parser("serve", help="run the stand-ins until interrupted")
    commands.add_parser(
        "reference", help="write the pages in docs that tell what is declared"
    )
    arguments = parser.parse_args()
    if arguments.command == "reference":
        write()
        return 0
    if arguments.command == "demo":
        run = demo(arguments.seed, arguments.svg)
    else:
        run = serve_until_stopped(arguments.seed)
    try:
        return asyncio.run(run)
    except KeyboardInterrupt:
        return 130


raise SystemExit(main())
