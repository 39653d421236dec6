"""Pages that grow while their rows are light."""

from core.paging import PAGE_CHARACTERS, SkipTakePaging
from core.types import Params


def take_after(paging: SkipTakePaging, *weights: int) -> list[int]:
    """Return how many rows are asked for, page by page of rows of these weights."""
    page: Params | None = paging.first()
    taken = []
    for weight in weights:
        assert page is not None
        taken.append(page["take"])
        whole = [{"Id": "x" * weight}] * page["take"]
        page = paging.next(page, {"Items": whole, "TotalResults": 10**6})
    return taken


def test_pages_grow_while_their_rows_are_light() -> None:
    growing = SkipTakePaging(size=50, most=500, overlap=0)
    assert take_after(growing, *[100] * 6) == [50, 100, 200, 400, 500, 500]


def test_pages_shrink_with_heavy_rows_but_never_below_their_first_size() -> None:
    growing = SkipTakePaging(size=50, most=500, overlap=0)
    heavy = PAGE_CHARACTERS // 100
    taken = take_after(growing, 10, 10, heavy, 10 * heavy, 10)
    assert taken[:3] == [50, 100, 200]
    assert 50 < taken[3] < 100
    assert taken[4] == 50


def test_pages_grow_in_whole_steps_to_about_what_their_weight_allows() -> None:
    stepping = SkipTakePaging(size=100, most=480, step=160, overlap=5)
    light, heavy = 100, PAGE_CHARACTERS // 250
    assert take_after(stepping, *[light] * 5) == [105, 165, 325, 485, 485]
    assert take_after(stepping, *[heavy] * 4)[-1] == 325
    # Nobody waits for twice a megabyte.
    assert take_after(stepping, *[PAGE_CHARACTERS // 85] * 3) == [105] * 3


def test_pages_in_steps_have_no_more_rows_than_they_may() -> None:
    stepping = SkipTakePaging(size=100, most=250, step=160, overlap=0)
    assert max(take_after(stepping, *[100] * 5)) == 250


def test_pages_keep_their_size_unless_they_may_grow() -> None:
    assert take_after(SkipTakePaging(size=50, overlap=0), 1, 1, 1) == [50] * 3
