"""List what has changed since a moment in a way of its own, and the rest as usual."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime
from typing import Any

from core.api import Api
from core.fetch import fetch_all
from core.resource import ListChanged, ListWith, Resource, Selector
from core.types import Item


def listed_by(listing: Callable[[datetime], ListWith], **changes: Any) -> ListChanged:
    """Return what lists a kind's changes; `listing` is given the moment.

    `changes` are those of the resource, because such a list is not the whole one.
    """

    async def list_changed(
        api: Api, resource: Resource, selector: Selector, since: datetime
    ) -> AsyncGenerator[list[Item]]:
        bounded = replace(resource, list_with=listing(since), **changes)
        async with aclosing(fetch_all(api, bounded, selector)) as batches:
            async for batch in batches:
                yield batch

    return list_changed
