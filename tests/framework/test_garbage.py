"""Garbage is collected less often, and all the same."""

import gc
from collections.abc import Iterator

import pytest

from framework.garbage import OBJECTS_BETWEEN_COLLECTIONS, collect_garbage_less_often


@pytest.fixture(autouse=True)
def usual() -> Iterator[None]:
    thresholds = gc.get_threshold()
    yield
    gc.set_threshold(*thresholds)


def test_what_is_there_is_left_out_and_the_threshold_is_higher() -> None:
    before = gc.get_freeze_count()
    own: list[list[int]] = [[number] for number in range(1000)]
    others = gc.get_threshold()[1:]

    collect_garbage_less_often()

    assert gc.get_freeze_count() >= before + len(own)
    assert gc.get_threshold() == (OBJECTS_BETWEEN_COLLECTIONS, *others)


def test_what_becomes_garbage_later_is_collected() -> None:
    collect_garbage_less_often()
    gc.collect()
    one: list[object] = []
    one.append(one)
    del one

    assert gc.collect() >= 1
