"""Each paging style, one step at a time."""

from typing import Any

import pytest

from core.cursor_paging import ConnectionPaging, CursorPaging, FeedPaging, TokenPaging
from core.errors import MalformedReply
from core.paging import ArrayPaging, OffsetPaging, Paging, SinglePage, SkipTakePaging
from core.types import Item, Params


def rows(count: int) -> list[Item]:
    return [{"id": number} for number in range(count)]


OFFSET = OffsetPaging(size=10)
TOKEN = TokenPaging(size=10)
ARRAY = ArrayPaging(size=10)
SKIP = SkipTakePaging(size=8, overlap=2)


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        pytest.param({"values": [], "isLast": True, "total": 0}, None, id="empty"),
        pytest.param({"values": rows(3), "isLast": True}, None, id="one page"),
        pytest.param({"values": rows(10), "isLast": False}, 30, id="many pages"),
        pytest.param({"values": rows(4), "isLast": False}, 24, id="clamped or short"),
        pytest.param({"values": rows(4), "total": 24}, None, id="total reached"),
        pytest.param({"values": rows(4), "total": 25}, 24, id="total not reached"),
        pytest.param({"values": rows(1)}, 21, id="neither isLast nor total"),
        pytest.param({"values": []}, None, id="neither, and empty"),
        pytest.param(
            {"values": rows(4), "isLast": False, "total": 24}, 24, id="isLast says more"
        ),
        pytest.param(
            {"values": rows(4), "isLast": True, "total": 90}, 24, id="total says more"
        ),
        pytest.param({"values": rows(4), "total": 3}, 24, id="a total that is too low"),
    ],
)
def test_offset_paging_advances_by_what_arrived(
    reply: Item, expected: int | None
) -> None:
    following = OFFSET.next({"startAt": 20, "maxResults": 10, "jql": "x"}, reply)

    if expected is None:
        assert following is None
    else:
        assert following == {"startAt": expected, "maxResults": 10, "jql": "x"}


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        pytest.param({"issues": rows(3), "nextPageToken": "b"}, "b", id="many pages"),
        pytest.param({"issues": [], "nextPageToken": "b"}, "b", id="empty with token"),
        pytest.param({"issues": rows(3)}, None, id="last page, without isLast"),
        pytest.param({"issues": rows(3), "nextPageToken": None}, None, id="null token"),
        pytest.param({"issues": rows(10), "isLast": True}, None, id="full last page"),
        pytest.param({"issues": []}, None, id="empty"),
    ],
)
def test_token_paging_follows_the_token_only(reply: Item, expected: str | None) -> None:
    following = TOKEN.next({"maxResults": 10, "nextPageToken": "a"}, reply)

    if expected is None:
        assert following is None
    else:
        assert following == {"maxResults": 10, "nextPageToken": expected}


@pytest.mark.parametrize(("count", "expected"), [(0, None), (3, 8), (10, 15)])
def test_array_paging_ends_by_an_empty_page_only(
    count: int, expected: int | None
) -> None:
    following = ARRAY.next({"startAt": 5, "maxResults": 10}, rows(count))

    assert (following or {}).get("startAt") == expected


@pytest.mark.parametrize(
    ("count", "total", "link", "expected"),
    [
        pytest.param(0, 0, None, None, id="empty"),
        pytest.param(5, 25, None, None, id="one page"),
        pytest.param(10, 90, "/api/x?skip=30&take=10", 28, id="link, overlapping"),
        pytest.param(10, 90, None, 28, id="total, when the link is missing"),
        pytest.param(7, 90, "/api/x?skip=30&take=10", 28, id="short page with link"),
        pytest.param(5, 0, None, 23, id="a total that is too low"),
        pytest.param(10, 90, "/octopus/api/x?skip=30", 28, id="virtual directory"),
        pytest.param(10, 90, "https://evil.test/?skip=30", 28, id="another host"),
        pytest.param(10, 90, "/api/x{?skip,take}", 28, id="a template"),
        pytest.param(10, 90, "/api/x?skip=30{&ids}", 28, id="half a template"),
        pytest.param(10, 90, "/api/x?skip=-1", 28, id="nonsense in the link"),
        pytest.param(2, 90, None, 22, id="a page as short as the overlap"),
        pytest.param(1, 90, None, 21, id="a page shorter than the overlap"),
    ],
)
def test_skip_take_paging_follows_the_link_then_the_total(
    count: int, total: int, link: str | None, expected: int | None
) -> None:
    reply = {
        "Items": rows(count),
        "TotalResults": total,
        "Links": {"Page.Next": link} if link else {},
    }

    following = SKIP.next({"skip": 20, "take": 10}, reply)

    assert (following or {}).get("skip") == expected


def test_skip_take_paging_works_without_any_links() -> None:
    reply = {"Items": rows(3), "TotalResults": 3}
    assert SKIP.next({"skip": 0, "take": 10}, reply) is None


def test_without_a_total_skip_take_paging_ends_by_an_empty_page() -> None:
    paging = SkipTakePaging(size=8, overlap=0, total=None)
    page = {"skip": 0, "take": 8}
    assert (paging.next(page, {"Items": rows(3)}) or {}).get("skip") == 3
    assert paging.next(page, {"Items": []}) is None


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        pytest.param({"entities": rows(1), "cursor": "b"}, "b", id="many pages"),
        pytest.param({"entities": [], "cursor": "b"}, "b", id="empty with cursor"),
        pytest.param({"entities": rows(1), "cursor": None}, None, id="null cursor"),
        pytest.param({"entities": rows(10)}, None, id="no cursor"),
    ],
)
def test_cursor_paging_follows_the_cursor_only(
    reply: Item, expected: str | None
) -> None:
    paging = CursorPaging(key="entities", size=10)

    following = paging.next({**paging.first(), "siteId": "s"}, reply)

    assert paging.rows(reply) == reply["entities"]
    if expected is None:
        assert following is None
    else:
        assert following == {"size": 10, "siteId": "s", "cursor": expected}


@pytest.mark.parametrize(
    ("info", "expected"),
    [
        pytest.param({"endCursor": "b", "hasNextPage": True}, "b", id="many pages"),
        pytest.param({"endCursor": "b", "hasNextPage": False}, None, id="last page"),
    ],
)
def test_connection_paging_follows_the_end_cursor(
    info: Item | None, expected: str | None
) -> None:
    paging = ConnectionPaging(size=50)

    following = paging.next(paging.first(), {"results": rows(1), "pageInfo": info})

    if expected is None:
        assert following is None
    else:
        assert following == {"first": 50, "after": expected}


def test_feed_continues_where_the_page_ended() -> None:
    paging = FeedPaging()
    page = {"values": rows(2), "since": 1, "until": 9, "lastPage": False}

    assert paging.rows(page) == rows(2)
    assert paging.next({"since": 1}, page) == {"since": 9}
    assert paging.next({"since": 9}, {**page, "lastPage": True}) is None


def test_single_page_has_no_next() -> None:
    paging: Paging = SinglePage(key="entities")

    assert paging.rows({"entities": rows(2)}) == rows(2)
    assert paging.next({}, {"entities": rows(2)}) is None


CURSOR = CursorPaging(key="entities", size=10)
CONNECTION = ConnectionPaging(size=10)


@pytest.mark.parametrize(
    ("paging", "page", "reply"),
    [
        (OFFSET, {"startAt": 0}, {"values": [], "isLast": False}),
        (OFFSET, {"startAt": 0}, {"values": [], "total": 6, "isLast": False}),
        (OFFSET, {"startAt": 0}, {"values": [], "total": 6, "isLast": True}),
        (OFFSET, {"startAt": 10}, {"values": [], "total": 11}),
        (OFFSET, {"startAt": 0}, {"values": [], "total": "6"}),
        (OFFSET, {"startAt": 0}, {"values": [], "total": -1}),
        (TOKEN, {}, {"issues": [], "isLast": False}),
        (TOKEN, {}, {"issues": rows(3), "isLast": False, "nextPageToken": None}),
        (CONNECTION, {}, {"results": rows(1)}),
        (CONNECTION, {}, {"results": rows(1), "pageInfo": {}}),
        (CONNECTION, {}, {"results": rows(1), "pageInfo": {"hasNextPage": True}}),
        (FeedPaging(), {}, {"values": []}),
        (FeedPaging(), {}, {"values": [], "lastPage": False}),
        (SKIP, {"skip": 105}, {"Items": [], "TotalResults": 5000}),
        (SKIP, {"skip": 0}, {"Items": [], "TotalResults": 3, "Links": {}}),
        (SKIP, {"skip": 0}, {"Items": []}),
        (SKIP, {"skip": 0}, {"Items": rows(3)}),
        (SKIP, {"skip": 0}, {"Items": rows(3), "TotalResults": None}),
        (
            SKIP,
            {"skip": 0},
            {"Items": [], "TotalResults": 0, "Links": {"Page.Next": "/x?skip=10"}},
        ),
        (
            SKIP,
            {"skip": 0},
            {"Items": [], "TotalResults": 0, "NumberOfPages": 3, "ItemsPerPage": 30},
        ),
    ],
    ids=repr,
)
def test_a_reply_that_contradicts_itself_is_no_end(
    paging: Paging, page: Params, reply: Item
) -> None:
    with pytest.raises(MalformedReply):
        paging.check(page, reply)


@pytest.mark.parametrize(
    ("paging", "page", "reply"),
    [
        (OFFSET, {"startAt": 0}, {"values": [], "total": 0, "isLast": True}),
        (OFFSET, {"startAt": 10}, {"values": [], "total": 8}),
        (OFFSET, {"startAt": 0}, {"values": []}),
        (TOKEN, {}, {"issues": [], "isLast": True}),
        (CURSOR, {}, {"entities": []}),
        (CONNECTION, {}, {"results": [], "pageInfo": {"hasNextPage": False}}),
        (FeedPaging(), {}, {"values": [], "lastPage": True}),
        (SKIP, {"skip": 0}, {"Items": [], "TotalResults": 0, "NumberOfPages": 1}),
        (SKIP, {"skip": 105}, {"Items": [], "TotalResults": 100, "Links": None}),
        (ARRAY, {"startAt": 0}, []),
        (SinglePage(), {}, []),
    ],
    ids=repr,
)
def test_an_empty_page_that_is_consistent_is_fine(
    paging: Paging, page: Params, reply: Any
) -> None:
    paging.check(page, reply)
    assert paging.next(page, reply) is None


@pytest.mark.parametrize(
    "paging",
    [
        OFFSET,
        TOKEN,
        ARRAY,
        SKIP,
        CursorPaging(key="entities", size=10),
        ConnectionPaging(size=10),
        FeedPaging(),
        SinglePage(),
        SinglePage(key="values"),
    ],
    ids=repr,
)
@pytest.mark.parametrize(
    "reply", [None, {}, {"error": "x"}, "text", {"values": None}, {"issues": {}}]
)
def test_reply_without_rows_is_malformed_and_not_empty(
    paging: Paging, reply: Any
) -> None:
    with pytest.raises(MalformedReply):
        paging.rows(reply)
