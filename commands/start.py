"""Check the settings, Port and the addresses; then run the integration.

It runs until it is stopped. On a terminal, it shows what was synced and what is wrong,
and keeps the whole log in a file; elsewhere, or with --verbose, it shows the log.

If one of two products doesn't answer, a line says so: the other one is synced, and what
belongs to this one is kept.
"""

import os
import sys

from commands.check import NoStart, check_port, check_start
from commands.line import ROOT, command, end_with
from commands.sailing import OCEAN, log_file, serve

LOG_NAME = "run.log"
STATUSES = {
    0: "it was stopped",
    1: "the settings can't work, Port refuses them, or no product answers",
}


def main() -> int:
    """Return the exit status if nothing can be started; else become the integration."""
    parser = command("start", __doc__, STATUSES)
    everything = "show all that the integration logs"
    parser.add_argument("--verbose", action="store_true", help=everything)
    verbose = parser.parse_args().verbose
    # The framework reads its files, such as .env, from the working directory.
    os.chdir(ROOT)
    try:
        check_start()
        check_port()
    except NoStart as error:
        print(f"Not started: {error}", flush=True)
        return 1
    if sys.stdout.isatty() and not verbose and (log := log_file(LOG_NAME)):
        return serve(log)
    os.execv(OCEAN, [str(OCEAN), "sail", "."])


if __name__ == "__main__":
    end_with(main)
