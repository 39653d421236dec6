"""One pure class per paging style: `first()` and `next(params, reply)`.

Page sizes are wishes: vendors clamp them silently, so every style advances by what
arrived and never takes a short page for the last one.
"""

from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

from core.errors import MalformedReply
from core.types import Item, Params


class Paging(Protocol):
    """Tell the parameters of the first page, the rows of a reply, and what is next."""

    def first(self) -> Params:
        """Return the parameters that ask for the first page."""

    def rows(self, reply: Any) -> list[Item]:
        """Return the items of a reply; raise MalformedReply when it holds none."""

    def next(self, params: Params, reply: Any) -> Params | None:
        """Return the parameters of the next page, or None after the last one."""


def rows_at(reply: Any, key: str) -> list[Item]:
    """Return the list under `key`; anything else would look like an empty vendor."""
    rows = reply.get(key) if isinstance(reply, dict) else None
    if not isinstance(rows, list):
        raise MalformedReply(f"expected a list under {key!r} in the reply")
    return rows


@dataclass(frozen=True, kw_only=True)
class SinglePage:
    """A bare array, or a list under `key`, that always comes whole."""

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
class OffsetPaging:
    """`startAt`/`maxResults`; ends by `isLast`, else `total`, else an empty page."""

    key: str = "values"
    size: int = 100
    offset: str = "startAt"
    limit: str = "maxResults"

    def first(self) -> Params:
        return {self.offset: 0, self.limit: self.size}

    def rows(self, reply: Any) -> list[Item]:
        return rows_at(reply, self.key)

    def next(self, params: Params, reply: Any) -> Params | None:
        count = len(self.rows(reply))
        reached = params[self.offset] + count
        last = reply.get("isLast")
        if last is None and "total" in reply:
            last = reached >= reply["total"]
        if last or count == 0:
            return None
        return {**params, self.offset: reached}


@dataclass(frozen=True, kw_only=True)
class ArrayPaging:
    """`startAt`/`maxResults` on a bare array; ends by an empty page."""

    size: int = 1000

    def first(self) -> Params:
        return {"startAt": 0, "maxResults": self.size}

    def rows(self, reply: Any) -> list[Item]:
        return SinglePage().rows(reply)

    def next(self, params: Params, reply: Any) -> Params | None:
        count = len(self.rows(reply))
        return {**params, "startAt": params["startAt"] + count} if count else None


@dataclass(frozen=True, kw_only=True)
class TokenPaging:
    """A token in every reply but the last; an empty page may carry one too."""

    key: str = "issues"
    size: int = 100
    token: str = "nextPageToken"

    def first(self) -> Params:
        return {"maxResults": self.size}

    def rows(self, reply: Any) -> list[Item]:
        return rows_at(reply, self.key)

    def next(self, params: Params, reply: Any) -> Params | None:
        token = reply.get(self.token)
        return {**params, self.token: token} if token else None


@dataclass(frozen=True, kw_only=True)
class CursorPaging:
    """A `cursor` beside the rows; ends when it is missing."""

    key: str
    size: int

    def first(self) -> Params:
        return {"size": self.size}

    def rows(self, reply: Any) -> list[Item]:
        return rows_at(reply, self.key)

    def next(self, params: Params, reply: Any) -> Params | None:
        cursor = reply.get("cursor")
        return {**params, "cursor": cursor} if cursor else None


@dataclass(frozen=True, kw_only=True)
class ConnectionPaging:
    """`first`/`after` with `pageInfo`, as in GraphQL connections."""

    size: int

    def first(self) -> Params:
        return {"first": self.size}

    def rows(self, reply: Any) -> list[Item]:
        return rows_at(reply, "results")

    def next(self, params: Params, reply: Any) -> Params | None:
        info = reply.get("pageInfo") or {}
        return (
            {**params, "after": info["endCursor"]} if info.get("hasNextPage") else None
        )


@dataclass(frozen=True)
class FeedPaging:
    """A feed of changes since a time; the next page begins `until` this one ended."""

    def first(self) -> Params:
        return {}

    def rows(self, reply: Any) -> list[Item]:
        return rows_at(reply, "values")

    def next(self, params: Params, reply: Any) -> Params | None:
        return (
            None if reply.get("lastPage", True) else {**params, "since": reply["until"]}
        )


@dataclass(frozen=True, kw_only=True)
class SkipTakePaging:
    """Octopus' envelope: follow `Links["Page.Next"]`, else the total.

    Where a list tells no total (`total=None`), an empty page ends it.

    Pages overlap by `overlap` rows, for the list may lose rows between two requests and
    what follows then moves towards the start, past the page border. The same rows come
    twice; whoever reads the pages drops what it has just seen.
    """

    key: str = "Items"
    size: int = 100
    overlap: int = 5
    total: str | None = "TotalResults"

    def first(self) -> Params:
        return {"skip": 0, "take": self.size + self.overlap}

    def rows(self, reply: Any) -> list[Item]:
        return rows_at(reply, self.key)

    def next(self, params: Params, reply: Any) -> Params | None:
        skip, count = params["skip"], len(self.rows(reply))
        following = self._following(skip + count, reply)
        if count == 0 or following is None:
            return None
        # A page no longer than the overlap must still lead forward.
        overlap = self.overlap if following - skip > self.overlap else 0
        return {**params, "skip": following - overlap}

    def _following(self, reached: int, reply: Item) -> int | None:
        # Only the number is taken from the link, so it can't lead to another host.
        link = (reply.get("Links") or {}).get("Page.Next")
        skip = parse_qs(urlsplit(link).query).get("skip") if link else None
        if skip and skip[0].isdecimal():
            return int(skip[0])
        if self.total is None:
            return reached
        return reached if reached < reply.get(self.total, 0) else None
