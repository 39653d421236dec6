"""Pages that lead to the next one by a token, a cursor or a time (pure)."""

from dataclasses import dataclass
from typing import Any

from core.errors import MalformedReply
from core.paging import WholePages, number_at, rows_at
from core.types import Item, Params


@dataclass(frozen=True, kw_only=True)
class TokenPaging(WholePages):
    """A token in every reply but the last; an empty page may carry one too.

    Ends by a reply without a token, unless that says `isLast: false`.
    """

    key: str = "issues"
    size: int = 100
    token: str = "nextPageToken"

    def first(self) -> Params:
        return {"maxResults": self.size}

    def rows(self, reply: Any) -> list[Item]:
        return rows_at(reply, self.key)

    def next(self, params: Params, reply: Any) -> Params | None:
        token = reply.get(self.token)
        if not token and reply.get("isLast") is False:
            raise MalformedReply(f"isLast is false, but there is no {self.token}")
        return {**params, self.token: token} if token else None


@dataclass(frozen=True, kw_only=True)
class CursorPaging(WholePages):
    """A `cursor` beside the rows; ends when it is missing or null."""

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
class ConnectionPaging(WholePages):
    """`first`/`after`, as in GraphQL connections; ends by `hasNextPage: false`."""

    size: int

    def first(self) -> Params:
        return {"first": self.size}

    def rows(self, reply: Any) -> list[Item]:
        return rows_at(reply, "results")

    def next(self, params: Params, reply: Any) -> Params | None:
        info = reply.get("pageInfo")
        has_next = info.get("hasNextPage") if isinstance(info, dict) else None
        if has_next is False:
            return None
        if has_next is not True or not info.get("endCursor"):
            raise MalformedReply("pageInfo does not say how the list goes on")
        return {**params, "after": info["endCursor"]}


@dataclass(frozen=True)
class FeedPaging(WholePages):
    """A feed of changes since a time; ends by `lastPage: true`.

    The next page begins `until` this one ended.
    """

    def first(self) -> Params:
        return {}

    def rows(self, reply: Any) -> list[Item]:
        return rows_at(reply, "values")

    def next(self, params: Params, reply: Any) -> Params | None:
        last = reply.get("lastPage")
        if last is True:
            return None
        if last is not False or number_at(reply, "until") is None:
            raise MalformedReply("the feed does not say how it goes on")
        return {**params, "since": reply["until"]}
