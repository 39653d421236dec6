"""Ten minutes of what `make soak` does for an hour: `pytest -m slow`."""

from pathlib import Path

import pytest

from tests.live_events.soak import run
from tests.live_events.soak_report import Calm, Report

MINUTES = 10.0


@pytest.mark.process
@pytest.mark.slow
async def test_a_campaign_ends_with_the_truth(tmp_path: Path) -> None:
    report = await run(MINUTES, tmp_path)

    assert report.failures() == []
    assert report.ends.keys() == {"SIGKILL", "SIGTERM"}
    assert report.sent["genuine 200"] > 1_000
    assert report.sent["forged 401"] > 50
    assert report.faults.total() > 100


def test_a_report_names_what_must_not_be() -> None:
    calms = [Calm(1, 1.0, 90.0, 20), Calm(2, 1.0, 90.0, 20), Calm(2, 1.0, 99.0, 20)]
    report = Report(10.0, calms=calms)
    report.sent.update({"genuine 200": 5, "forged 401": 1})
    assert report.failures() == []

    report.sent["forged 200"] = 1
    report.calms.append(Calm(2, 1.0, 120.0, 50))
    report.differences = ["SHOP-1"]
    assert report.failures() == [
        "the catalog is wrong: ['SHOP-1']",
        "an odd answer",
        "memory grows",
        "descriptors leak",
    ]
