"""What is shown of a log while the integration runs, and what of it is kept."""

import re
import signal
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest

from commands import sailing
from commands.sailing import DONE, TOLD, follow, log_file

AT = "2026-11-29 18:03:13.923"
LOG = [
    f"{AT} | INFO     | Registering resync event listener for kind jira-user\n",
    f"{AT} | WARNING  | No base URL provided, or webhook processing is disabled\n",
    f"{AT} | INFO     | Starting processing resource jira-user with index 0\n",
    f"{AT} | INFO     | Synced jira-user: 29 read, 29 saved\n",
    f"{AT} | WARNING  | jira-team: 403 [bold]\n",
    f"{AT} | INFO     | The resync is incomplete: 2 kinds\n",
    "Traceback (most recent call last):\n",
    f"{AT} | WARNING  | Shutting down webhook processor manager\n",
]


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        (DONE, ["jira-user: 29 read, 29 saved"]),
        (
            TOLD,
            [
                "jira-user: 29 read, 29 saved",
                "jira-team: 403 [bold]",
                "The resync is incomplete: 2 kinds",
            ],
        ),
    ],
    ids=["single run", "service"],
)
def test_what_people_want_to_know_is_shown_and_everything_is_kept(
    capsys: pytest.CaptureFixture[str], told: re.Pattern[str], shown: list[str]
) -> None:
    kept = StringIO()
    follow(LOG, kept, verbose=False, told=told)

    assert capsys.readouterr().out.splitlines() == shown
    assert kept.getvalue() == "".join(LOG)


def test_with_verbose_everything_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    follow(LOG, StringIO(), verbose=True)

    assert capsys.readouterr().out == "".join(LOG)


@pytest.fixture
def places(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> tuple[Path, Path]:
    """Return the folder of the program, and the one for temporary files."""
    here, temporary = tmp_path / "here", tmp_path / "temporary"
    monkeypatch.setattr(sailing, "ROOT", here)
    monkeypatch.setattr(sailing, "gettempdir", lambda: str(temporary))
    for folder in (here, temporary):
        folder.mkdir()
    return here, temporary


def test_a_log_is_kept_where_files_can_be_written(places: tuple[Path, Path]) -> None:
    here, temporary = places
    assert log_file("run.log") == here / "run.log"

    # As if somebody else's file stood there.
    (here / "run.log").unlink()
    (here / "run.log").mkdir()
    assert log_file("run.log") == temporary / "run.log"


def test_without_a_place_for_a_log_the_reason_is_told(
    places: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in places:
        folder.rmdir()

    assert log_file("run.log") is None
    told = capsys.readouterr().out
    assert told.startswith("No log can be kept ([Errno 2] No such file or directory: ")
    assert f"{places[0] / 'run.log'}" in told


@pytest.fixture
def _signals() -> Iterator[None]:
    """Let the tests' own process be stopped as before."""
    kept = {one: signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)}
    yield
    for one, handler in kept.items():
        signal.signal(one, handler)


@pytest.mark.process
@pytest.mark.usefixtures("_signals")
def test_without_a_log_everything_is_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sailing, "OCEAN", "echo")

    assert sailing.sail(Path("report"), None, verbose=False) == 0
    assert capsys.readouterr().out == "sail .\n"


@pytest.mark.process
@pytest.mark.usefixtures("_signals")
def test_a_service_that_ends_by_itself_says_why(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    program = tmp_path / "ocean"
    program.write_text("#!/bin/sh\necho out of luck\nexit 3\n")
    program.chmod(0o755)
    monkeypatch.setattr(sailing, "OCEAN", program)

    assert sailing.serve(tmp_path / "run.log") == 3
    told = f"It ended with status 3:\n    out of luck\nLog: {tmp_path / 'run.log'}\n"
    assert capsys.readouterr().out.endswith(told)
