"""What a vendor dates is compared with the vendor's own time, by a steady clock."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from core import clock as clocks
from core.clock import VendorClock

TOLD = datetime(2026, 1, 1, 12, tzinfo=UTC)


class Steady:
    def __init__(self) -> None:
        self.now = 500.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def steady(monkeypatch: pytest.MonkeyPatch) -> Steady:
    ours = Steady()
    monkeypatch.setattr(clocks, "time", ours)
    return ours


def test_the_vendors_time_goes_on_whatever_this_machines_clock_says(
    steady: Steady,
) -> None:
    clock = VendorClock()
    clock.note(format_datetime(TOLD, usegmt=True))
    steady.now += 30
    assert clock.now() == TOLD + timedelta(seconds=30)
    assert clock.here(TOLD) == 500.0
    assert clock.there(500.0) == TOLD


@pytest.mark.parametrize("date", [None, "", "soon", "2026-01-01T12:00:00Z"])
def test_a_reply_without_a_sound_date_changes_nothing(
    steady: Steady, date: str | None
) -> None:
    clock = VendorClock()
    clock.note(date)
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)
    clock.note(format_datetime(TOLD, usegmt=True))
    clock.note(date)
    assert clock.now() == TOLD
