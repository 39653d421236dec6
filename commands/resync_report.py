"""Tell people how a resync of another process ended: at most 40 lines."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

from framework.summary import Outcome

type Row = dict[str, Any]

# With a heading, and the line that names the log.
MOST_LINES = 40
# What remains for kinds and reasons below the outcome and the heading.
ROOM = MOST_LINES - 4
LAYOUT = "{:30} {:10} {:>7} {:>7} {:>7} {:>7} {:>7}"
HEADING = ("kind", "state", "read", "saved", "deleted", "kept", "refused")
# A reason that is longer is a page, not a reason.
MOST_LETTERS = 300


@dataclass(frozen=True)
class EndedResync:
    """How a resync ended: the outcome, why it failed if it did, and each kind."""

    outcome: Outcome
    reason: str | None = None
    kinds: list[Row] = field(default_factory=list)


def read_report(file: Path, problem: str | None) -> EndedResync:
    """Return how a resync ended, by its own report and by what Port says of it.

    Without a report Port knows no less: nothing was protected where Port reconciles by
    itself, and nothing was written where a resync never came to its end.
    """
    report = json.loads(file.read_text("utf-8")) if file.exists() else {}
    reason = report.get("reason") or problem
    if (nothing := report.get("nothingTaken")) and not report.get("reason"):
        reason = f"Port took nothing at all of {', '.join(nothing)}"
    outcome = Outcome(report.get("outcome", Outcome.COMPLETE))
    if outcome is Outcome.FAILED or problem:
        return EndedResync(Outcome.FAILED, reason, report.get("kinds", []))
    return EndedResync(outcome, None, report.get("kinds", []))


def summary(ended: EndedResync) -> Iterator[str]:
    """Yield the outcome, then the kinds, those with a reason first."""
    yield _outcome(ended)
    if not ended.kinds:
        return
    yield ""
    yield LAYOUT.format(*HEADING)
    yield from _fit(ended.kinds)


def state_of(row: Row) -> str:
    """Say in a word what became of a kind."""
    if row["notRead"]:
        return "skipped"
    if row["troubles"]:
        return "protected"
    if row["refused"]:
        return "refused"
    if row["unchanged"] and not row["saved"]:
        return "unchanged"
    return "complete" if row["brought"] else "empty"


def _outcome(ended: EndedResync) -> str:
    rows = ended.kinds
    if ended.outcome is Outcome.FAILED:
        return f"Failed: {ended.reason or 'the log says why'}."
    read, saved = (sum(row[name] for row in rows) for name in ("brought", "saved"))
    deleted = sum({row["blueprint"]: row["deleted"] for row in rows}.values())
    counts = f"{len(rows)} kinds, {read} items read, {saved} entities saved"
    counts += f", {deleted} deleted"
    if ended.outcome is Outcome.COMPLETE:
        return f"Complete: {counts}."
    wrong = sum(bool(row["troubles"] or row["refused"]) for row in rows)
    kinds = "one kind" if wrong == 1 else f"{wrong} kinds"
    return f"Incomplete, but for {kinds} all was synced: {counts}."


def _fit(rows: list[Row]) -> list[str]:
    """Return a line for each kind, its reasons below; fewer if they don't fit."""
    told = sorted((r for r in rows if _reasons(r)), key=_rank)
    fine = [_line(row) for row in rows if not _reasons(row)]
    lines = list(_with_reasons(told))
    if len(lines) + len(fine) > ROOM:
        fine = [f"and {len(fine)} kinds with nothing to tell"] if fine else []
    if len(lines) + len(fine) > ROOM:
        kept = ROOM - len(fine) - 1
        lines = [*lines[:kept], f"… and {len(lines) - kept} lines more, in the log"]
    return lines + fine


def _with_reasons(rows: Iterable[Row]) -> Iterator[str]:
    """Yield kinds; what has the same reasons stands together above them."""
    for reasons, group in groupby(rows, key=_reasons):
        yield from map(_line, group)
        yield from (f"    {_short(reason)}" for reason in reasons)


def _rank(row: Row) -> tuple[bool, list[str]]:
    """Put what was skipped by choice last."""
    return bool(row["notRead"]), _reasons(row)


def _reasons(row: Row) -> list[str]:
    not_read = [row["notRead"]] if row["notRead"] and not row["troubles"] else []
    return [*row["troubles"], *row["refusals"], *not_read]


def _line(row: Row) -> str:
    kept = sum(row["kept"].values())
    counts = (row["brought"], row["saved"], row["deleted"], kept, row["refused"])
    return LAYOUT.format(row["kind"], state_of(row), *counts)


def _short(reason: str) -> str:
    text = " ".join(reason.split())
    return text if len(text) <= MOST_LETTERS else f"{text[:MOST_LETTERS]}…"
