"""Report how a resync ended: in the log, and to the process that has started it."""

import json
import os
from collections import Counter
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Any

from loguru import logger
from port_ocean.core.handlers.port_app_config.models import ResourceConfig
from pydantic.v1 import ValidationError

from core.trouble import Trouble, describe
from framework.jq_values import literal_of
from framework.resync_run import Reading, ResyncRun

# Names the file that a report of each resync is written to, as JSON.
REPORT_FILE = "RESYNC_REPORT_FILE"
# Begins the line of the log that tells that a kind has come.
SYNCED = "Synced "
# More reasons of one kind make no better reading.
REASONS_PER_KIND = 3


class Outcome(StrEnum):
    """How a resync ended; incomplete is all but for what the report names."""

    COMPLETE = "complete"
    INCOMPLETE = "incomplete"
    FAILED = "failed"


def what_came(reading: Reading) -> str:
    """Say in a few words what came of a kind."""
    if not reading.items and reading.hidden:
        return "not read, kept as it was"
    if not reading.items and _not_read(reading):
        return "skipped"
    if reading.mapped and not reading.sent:
        return f"{reading.items} read, unchanged"
    return f"{reading.items} read, {reading.written} saved"


def conclude(
    run: ResyncRun,
    mappings: Iterable[ResourceConfig],
    done: bool,
    error: Exception | None = None,
) -> bool:
    """Report how a resync ended; return whether it is a success.

    `done` says whether the framework completed it; if not, `error` may say why. It
    fails all the same if Port has accepted nothing of a kind.
    """
    refused = [r.report.kind for r in run.readings if r.is_refused]
    kinds = [_row(run, mapping) for mapping in mappings]
    if not done or refused:
        outcome = Outcome.FAILED
    elif any(row["troubles"] or row["refused"] for row in kinds):
        outcome = Outcome.INCOMPLETE
    else:
        outcome = Outcome.COMPLETE
    _log(outcome, kinds, refused)
    reason = _in_words(error) if error else None
    _write(outcome, kinds, nothingTaken=refused, reason=reason)
    return outcome is not Outcome.FAILED


def conclude_early(error: Exception) -> None:
    """Report a resync that failed before its kinds were read."""
    _write(Outcome.FAILED, [], nothingTaken=[], reason=_in_words(error))


def _write(outcome: Outcome, kinds: list[dict[str, Any]], **more: Any) -> None:
    if path := os.environ.get(REPORT_FILE):
        report = {"outcome": outcome, **more, "kinds": kinds}
        Path(path).write_text(json.dumps(report), "utf-8")


def _in_words(error: Exception) -> str:
    if isinstance(error, ValidationError):
        words = "; ".join(str(problem["msg"]) for problem in error.errors())
        return f"the mapping has mistakes: {words}"
    return describe(error)


def _row(run: ResyncRun, mapping: ResourceConfig) -> dict[str, Any]:
    """Return what came of one mapping.

    `kept` and `deleted` count entities of its blueprint, which several may share.
    """
    blueprint = literal_of(mapping.port.entity.mappings.blueprint)
    reading = run.reading_of(mapping)
    kept: Counter[str] = Counter()
    for (name, reason), number in run.kept.items():
        if name == blueprint:
            kept[reason] += number
    return {
        "kind": mapping.kind,
        "blueprint": blueprint,
        "brought": reading.items if reading else 0,
        "saved": reading.written if reading else 0,
        "unchanged": reading.mapped - reading.sent if reading else 0,
        "deleted": run.deleted[blueprint] if blueprint else 0,
        "kept": dict(kept),
        "notRead": _not_read(reading),
        "troubles": _troubles(reading),
        "refused": len(reading.refused) if reading else 0,
        "refusals": _refusals(reading),
    }


def _not_read(reading: Reading | None) -> str | None:
    """Return why a kind was not read, in words."""
    reasons = [one.not_read for one in reading.sources] if reading else []
    return "; ".join(dict.fromkeys(reason for reason in reasons if reason)) or None


def _troubles(reading: Reading | None) -> list[str]:
    """Return what was not synced; a permanently refused lookup is no trouble."""
    if reading is None:
        return ["not read"]
    troubles = [
        trouble
        for trouble in reading.troubles
        if trouble.value is None or not trouble.is_permanent
    ]
    counted = Counter(map(_named, troubles))
    return [
        f"{text} ({number} times)" if number > 1 else text
        for text, number in counted.items()
    ]


def _named(trouble: Trouble) -> str:
    return f"{trouble.value}: {trouble.reason}" if trouble.value else trouble.reason


def _refusals(reading: Reading | None) -> list[str]:
    """Return Port's different reasons, each with an entity and how many more."""
    refused = reading.refused if reading else {}
    counts = Counter(refused.values())
    first = {reason: key for key, reason in reversed(refused.items())}
    return [
        f"{first[reason][0]} {first[reason][1]!r}{_more(count)}: {reason}"
        for reason, count in counts.most_common(REASONS_PER_KIND)
    ]


def _more(count: int) -> str:
    return f" and {count - 1} more" if count > 1 else ""


def _log(outcome: Outcome, kinds: list[dict[str, Any]], refused: list[str]) -> None:
    brought = sum(row["brought"] for row in kinds)
    deleted = sum({row["blueprint"]: row["deleted"] for row in kinds}.values())
    counts = f"{len(kinds)} kinds, {brought} items, {deleted} entities deleted"
    logger.info(f"The resync is {outcome}: {counts}")
    troubled = [row for row in kinds if row["troubles"]]
    if parts := [f"{row['kind']}: {_few(row['troubles'])}" for row in troubled]:
        logger.warning(f"Not brought, and kept as it was: {'; '.join(parts)}")
    if parts := [_refused_line(row) for row in kinds if row["refused"]]:
        nothing = f" Nothing was taken of {', '.join(refused)}." if refused else ""
        logger.error(f"Refused by Port: {'; '.join(parts)}.{nothing}")


def _refused_line(row: dict[str, Any]) -> str:
    return f"{row['refused']} of {row['kind']} ({row['refusals'][0]})"


def _few(texts: list[str]) -> str:
    more = len(texts) - REASONS_PER_KIND
    shown = ", ".join(texts[:REASONS_PER_KIND])
    return f"{shown} and {more} more" if more > 0 else shown
