"""The one loop over the pages of a list."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from functools import partial
from typing import Any

from core.errors import ApiError, Incomplete, MalformedReply, Unavailable
from core.paging import Paging
from core.replies import Check
from core.trouble import current_report
from core.types import Item, Params

# A list that goes on without end brings the same pages again and again.
MAX_PAGES_WITHOUT_NEWS = 10
# A page of five hundred rows with three broken ones needs so many requests that fail.
MAX_BROKEN_REQUESTS = 32

# What the vendors call the ids of rows.
ID_FIELDS = ("id", "Id", "key", "accountId", "issueId", "worklogId", "groupId")

# Asks for one page; the reply has passed the check.
type Ask = Callable[[Params, Check], Awaitable[Any]]
# Returns whether what follows a page is no longer wanted.
type Until = Callable[[list[Item]], bool]


async def read_pages(
    ask: Ask,
    paging: Paging,
    params: Params | None,
    *,
    ask_once: Ask | None = None,
    until: Until | None = None,
) -> AsyncGenerator[list[Item]]:
    """Yield each page's rows, without empty pages.

    Raises MalformedReply when replies contradict themselves, lead back to a page
    already read, or bring nothing new for long. Of lists with offsets, what is behind a
    page that can't be read comes all the same, and of that page all but the rows that
    break it; at the end Incomplete is raised. `ask_once` asks for parts of such a page,
    without retries. The list may end early, with a page that fulfils `until`.
    """
    broken: list[ApiError] = []
    # An offset that leads to the same rows again was not taken notice of.
    guard = _Guard(1 if paging.window else MAX_PAGES_WITHOUT_NEWS)
    first = {**paging.first(), **(params or {})}
    page: Params | None = first
    while page is not None:
        guard.note_request(page)
        try:
            reply = await ask(page, partial(paging.check, page))
        except (Unavailable, MalformedReply) as error:
            if ask_once is None or paging.window is None:
                raise
            parts = _read_parts(ask_once, paging, page, error, broken)
            async with aclosing(parts):
                async for rows in parts:
                    yield rows
            page = _behind(paging.window, page)
            continue
        rows, page = paging.rows(reply), paging.next(page, reply)
        guard.note_rows(rows)
        guard.note_total(paging.promised(reply))
        del reply
        if rows:
            yield rows
            if until is not None and until(rows):
                page, guard.longest = None, 0
        del rows  # a page weighs megabytes, and the next is awaited now
    if broken:
        raise Incomplete("rows", [*broken])
    await guard.confirm_end(ask, paging, first)


class _Guard:
    """Ends lists that would never end."""

    def __init__(self, patience: int) -> None:
        self._patience = patience
        self._asked: set[int] = set()
        self._seen: set[int] = set()
        self._without_news = 0
        self.longest = self._total = self._count = 0

    def note_request(self, page: Params) -> None:
        fingerprint = hash(repr(sorted(page.items())))
        if fingerprint in self._asked:
            raise MalformedReply("the vendor's paging leads in a circle")
        self._asked.add(fingerprint)

    def note_total(self, total: int | None) -> None:
        if total is not None:
            self._total, self.longest = total, max(self.longest, total)

    async def confirm_end(self, ask: Ask, paging: Paging, first: Params) -> None:
        """Ask again how long a list is that has become shorter while it was read.

        Raises MalformedReply if it is longer than its last page says.
        """
        if self.longest <= max(self._total, self._count):
            return
        total = paging.promised(await ask(first, partial(paging.check, first)))
        if total is not None and total > self._total:
            raise MalformedReply(
                f"the list ended with {self._total} rows, but it has {total}"
            )

    def note_rows(self, rows: list[Item]) -> None:
        self._count += len(rows)
        ends = (_mark(rows[0]), _mark(rows[-1])) if rows else ()
        fingerprint = hash((len(rows), *ends))
        is_known = fingerprint in self._seen
        self._without_news = self._without_news + 1 if is_known else 0
        if self._without_news >= self._patience:
            raise MalformedReply(f"nothing new in {self._without_news} pages")
        self._seen.add(fingerprint)


def _mark(row: Any) -> str:
    """Return the key that identifies a row; whole rows may weigh megabytes."""
    ids = [row.get(name) for name in ID_FIELDS] if isinstance(row, dict) else []
    return repr(ids if any(ids) else row)


async def _read_parts(
    ask: Ask,
    paging: Paging,
    page: Params,
    error: ApiError,
    broken: list[ApiError],
) -> AsyncGenerator[list[Item]]:
    """Yield what can be read of a page that can't, half by half.

    Raises the page's own error if nothing, or hardly anything, of it can be read.
    """
    offset, limit = paging.window or ("", "")
    waiting, failures = _halves(page[offset], page[limit]), 1
    is_all_broken = True
    while waiting:
        start, size = waiting.pop(0)
        part = {**page, offset: start, limit: size}
        try:
            reply = await ask(part, partial(paging.check, part))
        except (Unavailable, MalformedReply) as failure:
            failures += 1
            if failures > MAX_BROKEN_REQUESTS:
                raise error from failure
            waiting = [*_halves(start, size), *waiting]
            if size == 1:
                broken.append(failure)
                current_report().has_gaps = True
            continue
        is_all_broken = False
        rows = paging.rows(reply)[:size]
        if 0 < len(rows) < size and paging.next(part, reply) is not None:
            waiting.insert(0, (start + len(rows), size - len(rows)))  # a smaller page
        if rows:
            yield rows
    if is_all_broken:
        raise error


def _halves(start: int, size: int) -> list[tuple[int, int]]:
    if size < 2:
        return []
    half = size // 2
    return [(start, half), (start + half, size - half)]


def _behind(window: tuple[str, str], page: Params) -> Params:
    offset, limit = window
    return {**page, offset: page[offset] + page[limit]}
