"""The handlers of every list and single item in the table."""

from collections.abc import Iterator
from typing import Any

from starlette.requests import Request

from sandbox.company import Item
from sandbox.contracts import Endpoint, contract
from sandbox.jira.replies import STYLES, Problem
from sandbox.jira.sign_in import is_anonymous
from sandbox.jira.state import JiraState
from sandbox.jira.table import LISTINGS, SINGLES, Listing, Single
from sandbox.serving import Handler, Part, Row


class Lists(Part[JiraState]):
    """Make handlers of the rows of the contract table that are lists, or of one."""

    def routes(self) -> Iterator[Row]:
        """Yield method, path and handler."""
        for row in contract("jira").endpoints:
            if row.path in LISTINGS:
                yield row.method, f"/{row.path}", self._page(LISTINGS[row.path], row)
            elif row.path in SINGLES:
                yield row.method, f"/{row.path}", self._one(SINGLES[row.path])

    def _page(self, listing: Listing, row: Endpoint) -> Handler:
        async def handler(request: Request) -> Any:
            state = self._state
            rows = [] if is_anonymous(request) else self._rows(listing, request)
            body = STYLES[row.page](request, rows, row.take, row.most)
            if listing.show is not None:
                shown = [listing.show(item, request, state) for item in body["values"]]
                body = {**body, "values": shown}
            return body

        return handler

    def _rows(self, listing: Listing, request: Request) -> list[Item]:
        if listing.rows is not None:
            rows = listing.rows(request, self._state)
        else:
            rows = self._state.visible(listing.collection)
        if listing.keep is not None:
            rows = listing.keep(rows, request, self._state)
        return rows

    def _one(self, single: Single) -> Handler:
        async def handler(request: Request) -> Any:
            state = self._state
            item = None if is_anonymous(request) else single.find(request, state)
            if item is None:
                wanted = next(iter(request.path_params.values()), "")
                raise Problem(single.missing_status, single.missing.format(id=wanted))
            return single.show(item, request, state) if single.show else item

        return handler
