"""Run one resync, and report by the exit status how it ended.

`ocean sail` alone ends with 0 in each case. What the integration logs goes to a file,
which the summary names.
"""

import os
from argparse import Namespace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from commands.check import NoStart, check_addresses, check_port
from commands.line import ENVIRONMENT, ROOT, command, end_with
from commands.port import NoAnswer, open_port
from commands.resync_report import EndedResync, read_report, summary
from commands.sailing import LOG_NAME, last_lines, log_file, sail
from commands.settings import read_settings
from framework.settings import SettingsMistake
from framework.summary import REPORT_FILE, Outcome

type Item = dict[str, Any]

# The exit status of a resync that synced all but what its report names.
INCOMPLETE = 3
STATUSES = {
    0: "everything was synced",
    INCOMPLETE: "everything was synced but what the summary names",
    1: "the resync failed, or was not started",
}
FOR_REPORT = f"\n  {REPORT_FILE}: a file that the report is written to, as JSON."


def complaint(state: Item, started: datetime) -> str | None:
    """Say why Port doesn't confirm the run, or return None."""
    begun = state.get("lastResyncStart")
    if not begun or datetime.fromisoformat(begun) < started:
        return "Port knows of no resync by this run"
    if state["status"] != "completed":
        return f"Port says that the resync ended as {state['status']}"
    return None


def run(report: Path, log: Path | None, *, verbose: bool) -> EndedResync:
    """Run one resync, and return how it ended; raises if that can't be known."""
    settings = read_settings()
    with open_port(settings) as port:
        # Whoever can't sign in now need not wait for a resync.
        port.check()
        check_addresses(settings)
        check_port()
        started = datetime.now(UTC)
        if status := sail(report, log, verbose=verbose):
            ended = f"the integration ended with status {status}"
            raise NoAnswer(f"{ended}{told_in(log)}")
        state = port.state_with_retries()
    # The framework tells Port nothing of an incremental run, which must have reported.
    is_incremental = settings.integration.incremental_sync_enabled
    if is_incremental and not report.exists():
        raise NoAnswer(f"the run never came to its end{told_in(log)}")
    problem = None if is_incremental else complaint(state, started)
    return read_report(report, problem)


def told_in(log: Path | None) -> str:
    """Say where it stands why a run ended, with the last of it."""
    return f":\n{last_lines(log)}\nLog: {log}" if log else "; the log above says why"


def report_file(temporary: str) -> Path:
    """Return where the report goes: to the file that was asked for, or any.

    Raises OSError if nothing can be written there.
    """
    file = Path(os.environ.get(REPORT_FILE) or Path(temporary) / "report.json")
    file.touch()
    file.unlink()
    return file


def read_arguments() -> Namespace:
    """Return what the command line says."""
    parser = command("run_once", __doc__, STATUSES, ENVIRONMENT + FOR_REPORT)
    shown = "show what the integration logs, too"
    parser.add_argument("--verbose", action="store_true", help=shown)
    kept = f"the file for what the integration logs, by default {LOG_NAME}"
    parser.add_argument("--log", type=Path, help=kept)
    return parser.parse_args()


def main() -> int:
    """Return the exit status of this program."""
    arguments = read_arguments()
    log = arguments.log.resolve() if arguments.log else log_file()
    # The framework reads its files, such as .env, from the working directory.
    os.chdir(ROOT)
    try:
        with TemporaryDirectory() as directory:
            report = report_file(directory)
            ended = run(report, log, verbose=arguments.verbose)
    except (SettingsMistake, NoAnswer, NoStart, OSError) as error:
        print(f"Failed: {error}", flush=True)
        return 1
    kept = [f"Log: {log}"] if log else []
    print("", *summary(ended), *kept, sep="\n", flush=True)
    statuses = {Outcome.COMPLETE: 0, Outcome.INCOMPLETE: INCOMPLETE}
    return statuses.get(ended.outcome, 1)


if __name__ == "__main__":
    end_with(main)
