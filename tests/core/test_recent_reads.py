"""A burst of events about one object costs few reads, and none is skipped wrongly."""

from datetime import UTC, datetime, timedelta

from core.recent_reads import RecentReads

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def test_an_event_from_before_the_read_adds_nothing() -> None:
    reads = RecentReads()
    reads.note("SHOP-1", NOON)
    assert reads.covers("SHOP-1", NOON - SECOND)


def test_an_event_during_or_after_the_read_counts() -> None:
    reads = RecentReads()
    reads.note("SHOP-1", NOON)
    assert not reads.covers("SHOP-1", NOON)
    assert not reads.covers("SHOP-1", NOON + SECOND)


def test_another_object_counts() -> None:
    reads = RecentReads()
    reads.note("SHOP-1", NOON)
    assert not reads.covers("SHOP-2", NOON - SECOND)


def test_a_slow_old_read_does_not_hide_a_newer_one() -> None:
    reads = RecentReads()
    reads.note("SHOP-1", NOON)
    reads.note("SHOP-1", NOON - 5 * SECOND)
    assert reads.covers("SHOP-1", NOON - SECOND)


def test_memory_is_bounded_and_the_latest_reads_stay() -> None:
    reads = RecentReads(size=3)
    for number in range(10):
        reads.note(number, NOON)
    covered = [n for n in range(10) if reads.covers(n, NOON - SECOND)]
    assert covered == [7, 8, 9]
