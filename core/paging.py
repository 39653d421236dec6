"""One pure class per paging style: what the next page is, and by what a list ends.

Page sizes are requests: vendors clamp them silently, so every style advances by what
arrived and never takes a short page for the last one. A list ends by evidence only,
which each class names; a reply that contradicts itself is malformed, never an end.
"""

from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

from core.errors import MalformedReply
from core.types import Item, Params

# Pages that grow have about so many characters of JSON at most, a megabyte.
PAGE_CHARACTERS = 1_000_000
# So many rows of a page tell what each of the next ones weighs.
WEIGHED_ROWS = 20


class Paging(Protocol):
    """Return the first page's parameters, the rows of a reply, and the next page."""

    @property
    def window(self) -> tuple[str, str] | None:
        """Return the parameters for offset and size, None if pages have neither."""

    def first(self) -> Params:
        """Return the parameters that ask for the first page."""

    def check(self, params: Params, reply: Any) -> None:
        """Raise MalformedReply when the reply can't be the page that was asked for."""

    def rows(self, reply: Any) -> list[Item]:
        """Return the items of a reply; raise MalformedReply when it holds none."""

    def next(self, params: Params, reply: Any) -> Params | None:
        """Return the parameters of the next page, or None after the last one."""

    def promised(self, reply: Any) -> int | None:
        """Return how long the list is by its own word, None if it doesn't say."""


def rows_at(reply: Any, key: str) -> list[Item]:
    """Return the list under `key`; anything else would look like an empty vendor."""
    rows = reply.get(key) if isinstance(reply, dict) else None
    if not isinstance(rows, list):
        raise MalformedReply(f"expected a list under {key!r} in the reply")
    return rows


def number_at(reply: Item, key: str) -> int | None:
    """Return the count under `key`, None if there is none."""
    value = reply.get(key)
    if value is None or (type(value) is int and value >= 0):
        return value
    raise MalformedReply(f"expected a count under {key!r} in the reply, not {value!r}")


def has_more(reached: int, count: int, total: int) -> bool:
    """Return whether a total promises more; one that is too small promises nothing."""
    return reached < total or (count > 0 and reached > total)


class WholePages:
    """Pages without an offset; what they need is checked by `next` itself."""

    window: tuple[str, str] | None = None

    def promised(self, reply: Any) -> int | None:
        return None

    def check(self: Paging, params: Params, reply: Any) -> None:
        self.rows(reply)
        self.next(params, reply)


class _Windowed:
    """Pages by an offset: an empty page where more is promised is no end."""

    def check(self: Paging, params: Params, reply: Any) -> None:
        following = self.next(params, reply)
        if following is not None and not self.rows(reply):
            raise MalformedReply("an empty page, although the reply says there is more")


@dataclass(frozen=True, kw_only=True)
class SinglePage(WholePages):
    """A bare array, or a list under `key`: it always comes whole."""

    key: str | None = None

    def first(self) -> Params:
        return {}

    def rows(self, reply: Any) -> list[Item]:
        if self.key is not None:
            return rows_at(reply, self.key)
        if not isinstance(reply, list):
            raise MalformedReply("expected an array as the reply")
        return reply

    def next(self, params: Params, reply: Any) -> None:
        return None


@dataclass(frozen=True, kw_only=True)
class OffsetPaging(_Windowed):
    """`startAt`/`maxResults`; ends when neither `isLast: false` nor `total` says more.

    Without both, an empty page is the end.
    """

    key: str = "values"
    size: int = 100
    offset: str = "startAt"
    limit: str = "maxResults"

    @property
    def window(self) -> tuple[str, str]:
        return self.offset, self.limit

    def first(self) -> Params:
        return {self.offset: 0, self.limit: self.size}

    def promised(self, reply: Any) -> int | None:
        return number_at(reply, "total")

    def rows(self, reply: Any) -> list[Item]:
        return rows_at(reply, self.key)

    def next(self, params: Params, reply: Any) -> Params | None:
        count, total = len(self.rows(reply)), self.promised(reply)
        reached = params[self.offset] + count
        last = reply.get("isLast")
        if last is None and total is None:
            more = count > 0
        elif total is None or last is False:
            more = last is False
        else:
            more = has_more(reached, count, total)
        return {**params, self.offset: reached} if more else None


@dataclass(frozen=True, kw_only=True)
class ArrayPaging:
    """`startAt`/`maxResults` on a bare array; ends by an empty page."""

    size: int = 1000

    @property
    def window(self) -> tuple[str, str]:
        return "startAt", "maxResults"

    def first(self) -> Params:
        return {"startAt": 0, "maxResults": self.size}

    def promised(self, reply: Any) -> int | None:
        return None

    def check(self, params: Params, reply: Any) -> None:
        self.rows(reply)

    def rows(self, reply: Any) -> list[Item]:
        return SinglePage().rows(reply)

    def next(self, params: Params, reply: Any) -> Params | None:
        count = len(self.rows(reply))
        return {**params, "startAt": params["startAt"] + count} if count else None


def _last_page_at(reply: Item, count: int) -> int:
    """Return how many items come before the last page, -1 if the reply doesn't say."""
    pages = number_at(reply, "NumberOfPages") or 0
    last = max(pages - 1, number_at(reply, "LastPageNumber") or 0)
    return last * (number_at(reply, "ItemsPerPage") or count) if last > 0 else -1


@dataclass(frozen=True, kw_only=True)
class SkipTakePaging(_Windowed):
    """Octopus' envelope; ends when neither link, total nor number of pages says more.

    Without a total (`total=None`), an empty page ends it. Pages overlap by `overlap`
    rows, for the list may lose rows between two requests, and what follows moves past
    the page border. Who reads them drops what comes twice.

    The first page has `size` rows. If `most` is set, the next ones have up to twice as
    many each time, of about PAGE_CHARACTERS at most, beyond `step` in multiples of it.
    """

    key: str = "Items"
    size: int = 100
    most: int | None = None
    step: int = 1
    overlap: int = 5
    total: str | None = "TotalResults"

    @property
    def window(self) -> tuple[str, str]:
        return "skip", "take"

    def first(self) -> Params:
        return {"skip": 0, "take": self.size + self.overlap}

    def promised(self, reply: Any) -> int | None:
        return number_at(reply, self.total) if self.total else None

    def rows(self, reply: Any) -> list[Item]:
        return rows_at(reply, self.key)

    def next(self, params: Params, reply: Any) -> Params | None:
        skip, rows = params["skip"], self.rows(reply)
        following = self._following(skip, len(rows), reply)
        if following is None:
            return None
        # A page no longer than the overlap must still lead forward.
        overlap = self.overlap if following - skip > self.overlap else 0
        following_page = {**params, "skip": following - overlap}
        if self.most is not None and rows:
            following_page["take"] = self._take(params["take"], rows, self.most)
        return following_page

    def _take(self, asked: int, rows: list[Item], most: int) -> int:
        """Return how many rows to ask for after some of this weight."""
        sample = rows[:: len(rows) // WEIGHED_ROWS + 1]
        each = sum(len(repr(row)) for row in sample) // len(sample) + 1
        light = min(2 * (asked - self.overlap), most, PAGE_CHARACTERS // each)
        if light > self.step:  # the page gets a third heavier at most
            light = min(round(light / self.step) * self.step, most)
        return max(light, self.size) + self.overlap

    def _following(self, skip: int, count: int, reply: Item) -> int | None:
        """Return where the next page begins, by the first sign that there is one."""
        # Only the number is taken from the link, so it can't lead to another host.
        links = reply.get("Links")
        link = links.get("Page.Next") if isinstance(links, dict) else None
        linked = parse_qs(urlsplit(link).query).get("skip") if link else None
        if linked and linked[0].isdecimal():
            return int(linked[0])
        if link:
            return skip + count
        if self.total is None:
            return skip + count if count else None
        total = self.promised(reply)
        if total is None:
            raise MalformedReply(f"the reply has no {self.total}")
        reached = skip + count
        last_page_at = _last_page_at(reply, count)
        is_more = has_more(reached, count, total) or reached <= last_page_at
        return reached if is_more else None
