"""Lists that grow forever: newest first, read back to the selector's lookback."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import Any

from core.api import Api
from core.errors import MalformedReply
from core.paging import SkipTakePaging
from core.resource import ListWith
from core.trouble import Missing, attempt
from core.types import Item
from core.values import at, moment
from octopus.paging import PAGE
from octopus.resources.by_ids import get_many

# Returns the ids of what must be read in a space however old it is.
type Older = Callable[[Api, str], Awaitable[set[str]]]


def cutoff(selector: Any) -> datetime | None:
    """Return the moment before which items are too old, None for no such moment."""
    days = getattr(selector, "lookback_days", 0)
    return datetime.now(UTC) - timedelta(days=days) if days else None


def newest_first(
    collection: str,
    date: str,
    paging: SkipTakePaging = PAGE,
    *,
    older: Older | None = None,
    since: datetime | None = None,
) -> ListWith:
    """Return a listing that ends at the first page wholly older than the lookback.

    `since` is a moment that takes the place of the lookback.

    Octopus can't filter these lists by date. What only `older` knows and can't be read
    is not missed: what is older than the lookback stays as it is. The listing raises
    MalformedReply at its end if it leaves out what is neither gone nor too old.
    """

    async def list_recent(
        api: Api, selector: Any, space: Item
    ) -> AsyncGenerator[list[Item]]:
        start = since or cutoff(selector)
        path = f"api/{space['Id']}/{collection}"
        what = f"what is in use of {path} however old"
        missing = set[str]()
        if older is not None and start is not None:
            wanted = await attempt(older(api, space["Id"]), value=what)
            missing = set() if isinstance(wanted, Missing) else {*wanted}
        pages = api.pages(
            path, paging, until=lambda page: not any(_recent(page, date, start))
        )
        async with aclosing(pages):
            async for page in pages:
                if recent := list(_recent(page, date, start)):
                    missing -= {str(at(item, "Id")) for item in recent}
                    yield recent
        found = await attempt(get_many(api, path, missing), value=what)
        if not isinstance(found, Missing) and found.found:
            yield list(found.found.values())
            # It was known before the list was read, which therefore is not complete.
            if left_out := list(_recent(list(found.found.values()), date, start)):
                names = ", ".join(str(at(item, "Id")) for item in left_out[:3])
                raise MalformedReply(f"{path} leaves out {names}, which the server has")

    return list_recent


def _recent(page: list[Item], date: str, since: datetime | None) -> Iterator[Item]:
    return (item for item in page if is_recent(item, date, since))


def is_recent(item: Item, date: str, since: datetime | None) -> bool:
    """Return whether an item is within the lookback; one without a date is."""
    dated = moment(at(item, date))
    return since is None or dated is None or dated >= since
