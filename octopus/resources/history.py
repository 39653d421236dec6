"""Lists that grow for ever: newest first, read back to the selector's look-back."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import Any

from core.paging import SkipTakePaging
from core.resource import ListWith
from core.types import Api, Item
from octopus.resources.spaces import PAGE

type Older = Callable[[Api, str, datetime], AsyncGenerator[list[Item]]]


def cutoff(selector: Any) -> datetime | None:
    """Return the moment before which items are too old, None for no such moment."""
    days = getattr(selector, "lookback_days", 0)
    return datetime.now(UTC) - timedelta(days=days) if days else None


def newest_first(
    collection: str,
    date: str,
    paging: SkipTakePaging = PAGE,
    older: Older | None = None,
) -> ListWith:
    """Return a listing that ends at the first page wholly older than the look-back.

    Octopus can't filter these lists by date. `older` yields what must be read however
    old it is.
    """

    async def list_recent(
        api: Api, selector: Any, space: Item
    ) -> AsyncGenerator[list[Item]]:
        since = cutoff(selector)
        path = f"api/{space['Id']}/{collection}"
        async with aclosing(api.pages(path, paging)) as pages:
            async for page in pages:
                recent = [item for item in page if is_recent(item, date, since)]
                if not recent:
                    break
                yield recent
        if older is not None and since is not None:
            async with aclosing(older(api, space["Id"], since)) as pages:
                async for page in pages:
                    yield [item for item in page if not is_recent(item, date, since)]

    return list_recent


def is_recent(item: Item, date: str, since: datetime | None) -> bool:
    """Tell whether an item is within the look-back; one without a date is."""
    moment = item.get(date)
    return not (since and moment) or datetime.fromisoformat(moment) >= since
