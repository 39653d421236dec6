"""What a resync prints at its end: the outcome first, at most 40 lines."""

import json
from pathlib import Path
from typing import Any

import pytest

from commands.resync_report import (
    MOST_LINES,
    EndedResync,
    read_report,
    state_of,
    summary,
)
from framework.summary import Outcome

type Row = dict[str, Any]
FINE = {"brought": 3, "saved": 3}


def row(kind: str = "plan", **values: Any) -> Row:
    nothing = {"brought": 0, "saved": 0, "unchanged": 0, "deleted": 0, "refused": 0}
    lists: Row = {"kept": {}, "notRead": None, "troubles": [], "refusals": []}
    return {"kind": kind, "blueprint": kind, **nothing, **lists, **values}


@pytest.mark.parametrize(
    ("values", "state"),
    [
        (FINE, "complete"),
        ({"brought": 3, "unchanged": 3}, "unchanged"),
        ({"brought": 3, "unchanged": 2, "saved": 1}, "complete"),
        ({}, "empty"),
        ({"notRead": "no licence"}, "skipped"),
        ({"troubles": ["403"], "kept": {"403": 4}}, "protected"),
        ({"brought": 3, "refused": 3, "refusals": ["no"]}, "refused"),
    ],
)
def test_each_kind_has_a_word(values: Row, state: str) -> None:
    assert state_of(row(**values)) == state


def test_the_first_line_is_the_outcome_and_reasons_stand_below_their_kinds() -> None:
    lost = {"troubles": ["the token is wrong"], "kept": {"x": 7}}
    rows = [row("fine", **FINE), row("one", **lost), row("two", **lost)]

    lines = list(summary(EndedResync(Outcome.INCOMPLETE, None, rows)))

    assert lines[0].startswith("Incomplete, but for 2 kinds all was synced: 3 kinds")
    assert [line.split()[0] for line in lines[3:]] == ["one", "two", "the", "fine"]
    assert "\n".join(lines).count("the token is wrong") == 1


def test_a_failure_says_why_at_once() -> None:
    (line,) = summary(EndedResync(Outcome.FAILED, "Port refuses"))

    assert line == "Failed: Port refuses."


@pytest.mark.parametrize("reasons", [1, 3])
def test_nothing_makes_it_longer_than_a_screen(reasons: int) -> None:
    rows = [
        row(f"kind-{n}", refusals=[f"{n} {m}" for m in range(reasons)], refused=1)
        for n in range(30)
    ]
    rows += [row(f"fine-{n}", **FINE) for n in range(30)]

    lines = list(summary(EndedResync(Outcome.INCOMPLETE, None, rows)))

    assert len(lines) < MOST_LINES
    assert lines[-1] == "and 30 kinds with nothing to tell"
    assert "lines more, in the log" in lines[-2]


def test_a_page_in_the_place_of_a_reason_is_cut() -> None:
    ended = EndedResync(Outcome.INCOMPLETE, None, [row(troubles=["<p>\n" * 900])])

    assert max(map(len, summary(ended))) < 400


def write(folder: Path, **report: Any) -> Path:
    file = folder / "report.json"
    told: Row = {"outcome": "complete", "nothingTaken": [], "reason": None, "kinds": []}
    file.write_text(json.dumps({**told, **report}))
    return file


def test_a_report_and_port_have_to_agree(tmp_path: Path) -> None:
    file = write(tmp_path)

    assert read_report(file, None).outcome is Outcome.COMPLETE
    assert read_report(file, "Port knows nothing").reason == "Port knows nothing"
    assert read_report(file, "Port knows nothing").outcome is Outcome.FAILED


def test_the_reports_own_reason_counts_more(tmp_path: Path) -> None:
    file = write(tmp_path, outcome="failed", reason="the mapping has mistakes")

    assert read_report(file, "ended as failed").reason == "the mapping has mistakes"


def test_a_kind_of_which_port_took_nothing_is_the_reason(tmp_path: Path) -> None:
    file = write(tmp_path, outcome="failed", nothingTaken=["plan"])

    assert read_report(file, None).reason == "Port took nothing at all of plan"


def test_without_a_report_port_decides(tmp_path: Path) -> None:
    assert read_report(tmp_path / "none.json", None) == EndedResync(Outcome.COMPLETE)
