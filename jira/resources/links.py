"""The pages of things on the site; `self` links lead to the API, if anywhere."""

from string import Formatter

from core.api import Api
from core.resource import Enrich
from core.types import Item


def linked(api: Api, item: Item, page: str | None = None) -> Item:
    """Return the item with `__siteUrl` and, where it has a page, `__url`."""
    added = {"__siteUrl": api.site_url}
    if page is not None:
        added["__url"] = f"{api.site_url}/{page}"
    return {**item, **added}


def page_at(path: str) -> Enrich:
    """Return the enrichment that links each item to `path`, filled with its fields.

    An item that lacks one of them gets no page.
    """

    def page_of(item: Item) -> str | None:
        names = [name for _, name, _, _ in Formatter().parse(path) if name]
        is_known = all(item.get(name) not in (None, "") for name in names)
        return path.format_map(item) if is_known else None

    async def add_links(api: Api, items: list[Item], selector: object) -> list[Item]:
        return [linked(api, item, page_of(item)) for item in items]

    return add_links
