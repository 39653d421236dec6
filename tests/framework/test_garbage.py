import gc
from collections.abc import Iterator

import pytest

from framework.garbage import OBJECTS_BETWEEN_LOOKS, look_seldom


@pytest.fixture(autouse=True)
def usual() -> Iterator[None]:
    thresholds = gc.get_threshold()
    yield
    gc.set_threshold(*thresholds)


def test_what_is_there_is_left_out_and_the_rest_looked_through_less_often() -> None:
    before = gc.get_freeze_count()
    own: list[list[int]] = [[number] for number in range(1000)]
    others = gc.get_threshold()[1:]

    look_seldom()

    assert gc.get_freeze_count() >= before + len(own)
    assert gc.get_threshold() == (OBJECTS_BETWEEN_LOOKS, *others)


def test_what_becomes_garbage_later_is_found() -> None:
    look_seldom()
    gc.collect()
    one: list[object] = []
    one.append(one)
    del one

    assert gc.collect() >= 1
