"""Command line: `python -m sandbox demo`, `serve` or `reference`."""

import argparse
import asyncio
import signal
from pathlib import Path

from sandbox.demo import demo, serve_until_stopped
from sandbox.reference import write

# The first of three in a row; 0 is for any that are free.
PORTS = range(65_534)


def port_number(text: str) -> int:
    """Return the number of a port; raise ArgumentTypeError if it can't be one."""
    if not text.isdecimal() or int(text) not in PORTS:
        raise argparse.ArgumentTypeError(f"{text!r} is not within 0-{PORTS[-1]}")
    return int(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--seed", type=int, default=7, help="another company")
    commands = parser.add_subparsers(dest="command", required=True)
    shown = "run the real integration against the stand-ins"
    picture = commands.add_parser("demo", help=shown)
    picture.add_argument("--svg", type=Path, help="keep what is shown as a picture")
    stay = "show the catalog in a browser until interrupted"
    picture.add_argument("--keep", action="store_true", help=stay)
    serve = commands.add_parser("serve", help="run the stand-ins until interrupted")
    keeps = "the first of three ports, so that the settings stay good; else any free"
    serve.add_argument("--port", type=port_number, default=0, help=keeps)
    commands.add_parser(
        "reference", help="write the pages in docs that tell what is declared"
    )
    return parser


def main() -> int:
    """Run a command and return the exit status."""
    parser = _parser()
    arguments = parser.parse_args()
    if arguments.command == "reference":
        write()
        return 0
    if arguments.command == "demo":
        run = demo(arguments.seed, arguments.svg, keep=arguments.keep)
    else:
        run = serve_until_stopped(arguments.seed, arguments.port)
    try:
        return asyncio.run(run)
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        if arguments.command == "demo":
            raise
        parser.error(str(error))  # such as a port that is taken


signal.signal(signal.SIGINT, signal.default_int_handler)
raise SystemExit(main())
