"""A burst of events about one object costs few reads, and none is skipped wrongly."""

from live_events.recent_reads import RecentReads

NOON = 43_200.0
SECOND = 1.0


def test_an_event_from_before_the_read_adds_nothing() -> None:
    reads = RecentReads()
    reads.note("SHOP-1", NOON)
    assert reads.is_newer("SHOP-1", NOON - SECOND)


def test_an_event_during_or_after_the_read_counts() -> None:
    reads = RecentReads()
    reads.note("SHOP-1", NOON)
    assert not reads.is_newer("SHOP-1", NOON)
    assert not reads.is_newer("SHOP-1", NOON + SECOND)


def test_another_object_counts() -> None:
    reads = RecentReads()
    reads.note("SHOP-1", NOON)
    assert not reads.is_newer("SHOP-2", NOON - SECOND)


def test_a_slow_old_read_does_not_hide_a_newer_one() -> None:
    reads = RecentReads()
    reads.note("SHOP-1", NOON)
    reads.note("SHOP-1", NOON - 5 * SECOND)
    assert reads.is_newer("SHOP-1", NOON - SECOND)


def test_memory_is_bounded_and_the_latest_reads_stay() -> None:
    reads = RecentReads(size=3)
    for number in range(10):
        reads.note(number, NOON)
    covered = [n for n in range(10) if reads.is_newer(n, NOON - SECOND)]
    assert covered == [7, 8, 9]
