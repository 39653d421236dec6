"""Command line: `python -m sandbox demo` or `python -m sandbox serve`."""

import argparse
import asyncio

from sandbox.demo import demo, serve_until_stopped


def main() -> int:
    """Run a command and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("demo", help="run the real integration against the stand-ins")
    commands.add_parser("serve", help="run the stand-ins until interrupted")
    parser.add_argument("--seed", type=int, default=7, help="another company")
    arguments = parser.parse_args()
    run = demo if arguments.command == "demo" else serve_until_stopped
    try:
        return asyncio.run(run(arguments.seed))
    except KeyboardInterrupt:
        return 130


raise SystemExit(main())
