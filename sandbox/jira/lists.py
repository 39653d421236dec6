"""The handlers of every list and single item in the table."""

from collections.abc import Awaitable, Callable, Iterator
from typing import TYPE_CHECKING, Any

from starlette.requests import Request

from sandbox.company import Item
from sandbox.jira.replies import Problem
from sandbox.jira.table import LISTINGS, SINGLES, Listing, Single

if TYPE_CHECKING:
    from sandbox.jira.app import JiraSandbox

type Handler = Callable[[Request], Awaitable[Any]]
type Row = tuple[str, str, Handler]


class Lists:
    """Make handlers from the tables of lists and single items."""

    def __init__(self, sandbox: "JiraSandbox") -> None:
        self._sandbox = sandbox

    def routes(self) -> Iterator[Row]:
        """Yield method, path and handler."""
        for listing in LISTINGS:
            yield "GET", listing.path, self._page(listing)
        for single in SINGLES:
            yield "GET", single.path, self._one(single)

    def _page(self, listing: Listing) -> Handler:
        async def handler(request: Request) -> Any:
            sandbox = self._sandbox
            sandbox.require(listing.permission)
            rows = [] if sandbox.is_anonymous(request) else self._rows(listing, request)
            body = listing.style(request, rows, listing.default, listing.cap)
            if listing.show is not None:
                shown = [listing.show(item, request, sandbox) for item in _part(body)]
                body = {**body, "values": shown} if isinstance(body, dict) else shown
            return body

        return handler

    def _rows(self, listing: Listing, request: Request) -> list[Item]:
        if listing.rows is not None:
            rows = listing.rows(request, self._sandbox)
        else:
            rows = self._sandbox.visible(listing.collection)
        for keep in listing.keep:
            rows = keep(rows, request, self._sandbox)
        if listing.order is not None:
            rows = sorted(rows, key=listing.order)
        return rows

    def _one(self, single: Single) -> Handler:
        async def handler(request: Request) -> Any:
            sandbox = self._sandbox
            sandbox.require(single.permission)
            item = single.find(request, sandbox)
            if item is None:
                wanted = next(iter(request.path_params.values()), "")
                raise Problem(404, single.missing.format(id=wanted))
            return single.show(item, request, sandbox) if single.show else item

        return handler


def _part(body: Any) -> list[Item]:
    """Return the rows on a page; those under other names are shown as they are."""
    rows: list[Item] = body["values"] if isinstance(body, dict) else body
    return rows
